// Starts the sinks of one group and drains their channels until it is stopped.
import type { Processor } from '../component.ts'
import { reasonOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { CounterGroup } from '../metrics/counters.ts'
import { SinkGroup } from './sink-group.ts'
import { SinkLine } from './sink-line.ts'
import { startSupervised } from './supervise.ts'
import type { Line } from './take-batch.ts'

export interface RunningSink extends Line {
  readonly counters: CounterGroup
  readonly channelName: string
  readonly halt: AbortController
}

/** After its channel has stopped giving, a write that hangs is waited for this long, and then cut off. */
const LAST_WRITE_MS = 300

export class SinkRunner {
  readonly name: string
  readonly #sinks: readonly RunningSink[]
  readonly #drain: SinkLine | SinkGroup
  #loop: Promise<void> = Promise.resolve()
  #waiting: number

  constructor(name: string, sinks: readonly RunningSink[], processor: Processor, log: Log) {
    const [only, ...more] = sinks
    this.name = name
    this.#sinks = sinks
    this.#waiting = sinks.length
    this.#drain = only && more.length === 0 ? new SinkLine(only) : new SinkGroup(sinks, processor, log)
  }

  /** True when its last attempt to deliver failed. */
  get failing(): boolean {
    return this.#waiting > 0 || this.#drain.failing
  }

  /** Failures since the start; a sink that could not be started counts as one more at every look. */
  get failures(): number {
    return this.#waiting > 0 ? Number.POSITIVE_INFINITY : this.#drain.failures
  }

  retryNow(): void {
    this.#drain.retryNow()
  }

  drains(channel: string): boolean {
    return this.#sinks.some((sink) => sink.channelName === channel)
  }

  async start(): Promise<void> {
    await Promise.all(
      this.#sinks.map((running) =>
        startSupervised(running.sink, { title: `sink ${running.name}`, log: running.log }, running.halt.signal, () => {
          running.counters.startTime = Date.now()
          if (--this.#waiting === 0) this.#loop = this.#drain.run()
        }),
      ),
    )
  }

  async stop(): Promise<void> {
    this.#drain.stop()
    await settledWithin(this.#loop, LAST_WRITE_MS)
    await Promise.all(this.#sinks.map((running) => this.#stopSink(running)))
    await settledWithin(this.#loop, LAST_WRITE_MS)
  }

  async #stopSink({ name, sink, counters, log, halt }: RunningSink): Promise<void> {
    halt.abort()
    try {
      await sink.stop?.()
    } catch (error) {
      log.error(`Sink ${name} did not stop cleanly: ${reasonOf(error)}`)
    }
    counters.stopTime = Date.now()
  }
}

async function settledWithin(promise: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([promise, late])
  clearTimeout(timer)
}
