// What a receiver has accepted and the context has not finished: bounded, so that senders wait when processing falls behind.
// A batch counts against the bound until the micro-batch it went into is done.
import type { Batch } from '../batch.ts'
import { EventDeliveryError } from '../errors.ts'

export interface Bound {
  readonly events: number
  readonly bytes: number
}

interface Waiter {
  readonly batch: Batch
  readonly accept: () => void
  readonly refuse: (reason: Error) => void
}

export class Pending {
  readonly #bound: Bound
  #stored: Batch[] = []
  #waiters: Waiter[] = []
  #storedEvents = 0
  #takenEvents = 0
  #storedBytes = 0
  #takenBytes = 0
  #closed: string | undefined
  #opened = false

  constructor(bound: Bound) {
    this.#bound = bound
  }

  /** Events that were accepted: `taken` into the micro-batch at work, `waiting` for one. */
  get unfinished(): { readonly taken: number; readonly waiting: number } {
    return { taken: this.#takenEvents, waiting: this.#storedEvents }
  }

  /** Lets batches in; until then whoever comes waits, and can be refused still. */
  open(): void {
    this.#opened = true
    this.#admit()
  }

  /** Resolves when the batch is stored; rejects when it will not be. First come, first stored. */
  async accept(batch: Batch): Promise<void> {
    if (this.#closed !== undefined) throw new EventDeliveryError(this.#closed)
    if (batch.length === 0) return
    if (this.#waiters.length === 0 && this.#fits(batch)) this.#store(batch)
    else await new Promise<void>((accept, refuse) => this.#waiters.push({ batch, accept, refuse }))
  }

  /** Everything that is stored, for the next micro-batch. */
  take(): Batch[] {
    const taken = this.#stored
    this.#stored = []
    this.#takenEvents += this.#storedEvents
    this.#takenBytes += this.#storedBytes
    this.#storedEvents = 0
    this.#storedBytes = 0
    return taken
  }

  /** What was taken is done with: there is room again. */
  release(): void {
    this.#takenEvents = 0
    this.#takenBytes = 0
    this.#admit()
  }

  #admit(): void {
    for (let next = this.#waiters[0]; next && this.#fits(next.batch); next = this.#waiters[0]) {
      this.#waiters.shift()
      this.#store(next.batch)
      next.accept()
    }
  }

  /** Refuses who waits and who comes. What is stored stays. */
  close(reason: string): void {
    this.#closed ??= reason
    for (const { refuse } of this.#waiters.splice(0)) refuse(new EventDeliveryError(this.#closed))
  }

  // A batch that is longer than the bound goes alone.
  #fits({ length, byteLength }: Batch): boolean {
    if (!this.#opened) return false
    const events = this.#storedEvents + this.#takenEvents
    const bytes = this.#storedBytes + this.#takenBytes
    return events === 0 || (events + length <= this.#bound.events && bytes + byteLength <= this.#bound.bytes)
  }

  #store(batch: Batch): void {
    this.#stored.push(batch)
    this.#storedEvents += batch.length
    this.#storedBytes += batch.byteLength
  }
}
