// Drains a channel into one sink (Flume 1.11, SinkRunner and the transaction dance of its sinks): connect, take, write,
// settle, again. Up to the sink's `inFlight` writes are under way at once; they are committed in order, and when one
// fails, it and all behind it go back into the channel in their old order.
import type { Batch } from '../batch.ts'
import type { Outcome, Sink, Taken } from '../component.ts'
import { reasonOf } from '../errors.ts'
import { Backoff, Pause, restMs } from './backoff.ts'
import { Complaint } from './complaint.ts'
import { type Line, takeBatch } from './take-batch.ts'
import { nextTurn, turnIsOver } from './turn.ts'

interface Flight {
  readonly taken: Taken
  readonly written: Promise<Outcome | undefined>
}

export class SinkLine {
  readonly #line: Line
  readonly #inFlight: number
  readonly #backoff = new Backoff()
  readonly #pause = new Pause()
  readonly #complaint: Complaint
  #flights: Flight[] = []
  #landing: Promise<void> = Promise.resolve()
  #failure: unknown
  #roomWanted: (() => void) | undefined
  #halt = new AbortController()
  #stopping = false
  #rests = 0
  #restMs = 0

  constructor(line: Line) {
    this.#line = line
    this.#inFlight = Math.max(1, line.sink.inFlight ?? 1)
    this.#complaint = new Complaint(line.log)
  }

  /** True between a failure and the next success. */
  get failing(): boolean {
    return this.#backoff.failing
  }

  /** Failures since the start. */
  get failures(): number {
    return this.#backoff.total
  }

  /** Ends the pause after a failure. */
  retryNow(): void {
    this.#pause.end()
  }

  /** Ends the loop: nothing more is taken. */
  stop(): void {
    this.#stopping = true
    this.#halt.abort()
    this.#pause.end()
    this.#roomWanted?.()
  }

  /** Runs until `stop`; resolves when everything that was taken is settled. */
  async run(): Promise<void> {
    while (!this.#stopping) {
      if (turnIsOver()) await nextTurn()
      try {
        await this.#round()
      } catch (error) {
        this.#failure ??= error
      }
      if (this.#failure !== undefined) await this.#recover()
      else if (this.#restMs > 0) await this.#rest()
    }
    await this.#landing
    await this.#putBack()
  }

  async #round(): Promise<void> {
    const taken = await takeBatch(this.#line, this.#halt.signal)
    if (!taken) return
    if (this.#inFlight === 1) await this.#writeAlone(taken)
    else await this.#launch(taken)
  }

  async #writeAlone(taken: Taken): Promise<void> {
    let outcome: Outcome | undefined
    try {
      outcome = await this.#line.sink.write(taken.batch)
    } catch (error) {
      await taken.rollback()
      throw error
    }
    await this.#settle(taken, outcome)
  }

  async #launch(taken: Taken): Promise<void> {
    if (this.#failure !== undefined) {
      await taken.rollback()
      return
    }
    const flight: Flight = { taken, written: startWrite(this.#line.sink, taken.batch) }
    this.#flights.push(flight)
    this.#landing = this.#landing.then(() => this.#land(flight))
    while (this.#flights.length >= this.#inFlight && this.#failure === undefined && !this.#stopping) {
      await new Promise<void>((resolve) => {
        this.#roomWanted = resolve
      })
    }
  }

  // Called in the order of the flights. After a failure the rest stays where it is and is put back by #recover.
  async #land(flight: Flight): Promise<void> {
    try {
      const outcome = await flight.written
      if (this.#failure !== undefined) return
      await this.#settle(flight.taken, outcome)
      this.#flights.shift()
    } catch (error) {
      this.#failure ??= error
      this.#halt.abort()
    } finally {
      this.#roomWanted?.()
    }
  }

  async #settle(taken: Taken, outcome: Outcome | undefined): Promise<void> {
    const keep = outcome?.keep ?? false
    await (keep ? taken.rollback() : taken.commit())
    if (outcome?.counted ?? !keep) this.#line.counters.add('EventDrainSuccessCount', taken.batch.length)
    if (outcome?.rest) this.#restMs = restMs(++this.#rests)
    else this.#rests = 0
    if (keep && outcome?.rest) return
    this.#backoff.succeeded()
    this.#complaint.over(`Sink ${this.#line.name} delivers again.`)
  }

  async #rest(): Promise<void> {
    const ms = this.#restMs
    this.#restMs = 0
    await this.#pause.wait(ms)
  }

  async #recover(): Promise<void> {
    await this.#landing
    await this.#putBack()
    const { name, log, counters } = this.#line
    counters.add('EventWriteFail')
    const reason = reasonOf(this.#failure)
    if (log.debugEnabled && this.#failure instanceof Error) log.debug(this.#failure.stack ?? reason)
    this.#failure = undefined
    if (!this.#stopping) {
      this.#halt = new AbortController()
      this.#complaint.say(`Sink ${name} could not deliver, the events stay in the channel: ${reason}`)
      await this.#pause.wait(this.#backoff.next())
    }
  }

  async #putBack(): Promise<void> {
    for (const flight of this.#flights.splice(0).reverse()) await flight.taken.rollback()
  }
}

function startWrite(sink: Sink, batch: Batch): Promise<Outcome | undefined> {
  const written = sink.write(batch)
  // It is awaited when its turn comes, which may be after it has failed.
  written.catch(() => {})
  return written
}
