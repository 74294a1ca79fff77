// Drains through a group of sinks: in each round the processor orders them, and the first that delivers ends the round.
// One batch at a time, because which sink gets the next one depends on how this one went.
import type { Processor } from '../component.ts'
import { EventDeliveryError, reasonOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { Backoff, Pause, restMs } from './backoff.ts'
import { Complaint } from './complaint.ts'
import { type Line, takeBatch } from './take-batch.ts'
import { nextTurn, turnIsOver } from './turn.ts'

export class SinkGroup {
  readonly #lines: ReadonlyMap<string, Line>
  readonly #processor: Processor
  readonly #log: Log
  readonly #complaint: Complaint
  readonly #backoff = new Backoff()
  readonly #pause = new Pause()
  readonly #halt = new AbortController()
  #rests = 0

  constructor(lines: readonly Line[], processor: Processor, log: Log) {
    this.#lines = new Map(lines.map((line) => [line.name, line]))
    this.#processor = processor
    this.#log = log
    this.#complaint = new Complaint(log)
  }

  get failing(): boolean {
    return this.#backoff.failing
  }

  /** Failures since the start. */
  get failures(): number {
    return this.#backoff.total
  }

  retryNow(): void {
    this.#pause.end()
  }

  stop(): void {
    this.#halt.abort()
    this.#pause.end()
  }

  async run(): Promise<void> {
    while (!this.#halt.signal.aborted) {
      if (turnIsOver()) await nextTurn()
      try {
        const rest = await this.#round()
        this.#backoff.succeeded()
        this.#complaint.over()
        this.#rests = rest ? this.#rests + 1 : 0
        if (rest) await this.#wait(restMs(this.#rests))
      } catch (error) {
        this.#complaint.say(`${reasonOf(error)}. The events stay in the channel.`)
        await this.#wait(this.#backoff.next())
      }
    }
  }

  async #wait(ms: number): Promise<void> {
    if (!this.#halt.signal.aborted) await this.#pause.wait(ms)
  }

  // Resolves with true when the sink that worked wants a pause.
  async #round(): Promise<boolean> {
    let last: unknown
    for (const name of this.#processor.order()) {
      const line = this.#lines.get(name)
      if (!line) continue
      try {
        const rest = await this.#attempt(line)
        this.#processor.succeeded(name)
        return rest
      } catch (error) {
        last = error
        this.#processor.failed(name)
        this.#log.debug(`Sink ${name} failed: ${reasonOf(error)}`)
      }
      if (this.#halt.signal.aborted) return false
    }
    throw new EventDeliveryError('All configured sinks have failed', { cause: last })
  }

  async #attempt(line: Line): Promise<boolean> {
    const { sink, counters } = line
    const taken = await takeBatch(line, this.#halt.signal)
    if (!taken) return false
    const { length } = taken.batch
    try {
      const outcome = await sink.write(taken.batch)
      await (outcome?.keep ? taken.rollback() : taken.commit())
      if (outcome?.counted ?? !outcome?.keep) counters.add('EventDrainSuccessCount', length)
      return outcome?.rest ?? false
    } catch (error) {
      counters.add('EventWriteFail')
      await taken.rollback()
      throw error
    }
  }
}
