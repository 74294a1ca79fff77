// Starts a source and, when it is one that is polled, runs its loop (Flume 1.11, PollableSourceRunner).
import type { Source } from '../component.ts'
import { reasonOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { CounterGroup } from '../metrics/counters.ts'
import { Pause } from './backoff.ts'
import { startSupervised } from './supervise.ts'
import { nextTurn, turnIsOver } from './turn.ts'

export interface RunningSource {
  readonly name: string
  readonly source: Source
  readonly counters: CounterGroup
  readonly log: Log
  /** Its context's signal. */
  readonly halt: AbortController
}

export class SourceRunner {
  readonly #running: RunningSource
  readonly #pause = new Pause()
  #loop: Promise<void> = Promise.resolve()

  constructor(running: RunningSource) {
    this.#running = running
  }

  start(): Promise<void> {
    const { name, source, counters, log, halt } = this.#running
    return startSupervised(source, { title: `source ${name}`, log }, halt.signal, () => {
      counters.startTime = Date.now()
      if (source.poll) this.#loop = this.#run()
    })
  }

  async stop(): Promise<void> {
    const { name, source, counters, log, halt } = this.#running
    halt.abort()
    this.#pause.end()
    try {
      await this.#loop
      await source.stop?.()
    } catch (error) {
      log.error(`Source ${name} did not stop cleanly: ${reasonOf(error)}`)
    }
    counters.stopTime = Date.now()
  }

  async #run(): Promise<void> {
    const { source, halt } = this.#running
    const { backoffSleepIncrementMs = 1000, maxBackoffSleepMs = 5000 } = source
    let idle = 0
    while (!halt.signal.aborted) {
      if (turnIsOver()) await nextTurn()
      const result = await this.#poll()
      idle = result === 'idle' ? idle + 1 : 0
      const pauseMs = result === 'busy' ? 0 : idle === 0 ? maxBackoffSleepMs : idle * backoffSleepIncrementMs
      if (pauseMs > 0 && !halt.signal.aborted) await this.#pause.wait(Math.min(pauseMs, maxBackoffSleepMs))
    }
  }

  async #poll(): Promise<'busy' | 'idle' | 'failed'> {
    const { name, source, counters, log, halt } = this.#running
    try {
      return (await source.poll?.()) ?? 'idle'
    } catch (error) {
      if (halt.signal.aborted) return 'idle'
      counters.add('GenericProcessingFail')
      log.error(`Source ${name} failed and pauses: ${reasonOf(error)}`)
      return 'failed'
    }
  }
}
