// What a memory channel holds: batches in order, counted in events and bytes. Every operation is O(1) per batch; taking
// part of a batch shares its bytes, and neighbours that were built into one buffer are joined again without copying.
import { type Batch, EMPTY_BATCH, joinBatches } from '../batch.ts'

export interface Held {
  readonly batch: Batch
  /** What it is charged for, in the unit of the limit in force. */
  readonly cost: number
}

export class MemoryQueue {
  readonly #costOf: (batch: Batch) => number
  #entries: (Held | undefined)[] = []
  #head = 0
  /** Events that can be taken. */
  events = 0

  constructor(costOf: (batch: Batch) => number) {
    this.#costOf = costOf
  }

  append(held: Held): void {
    this.#entries.push(held)
    this.events += held.batch.length
  }

  /** Puts entries that were taken back to the front, in their old order. */
  putBack(taken: readonly Held[]): void {
    for (let i = taken.length - 1; i >= 0; i--) this.#unshift(taken[i] as Held)
  }

  #unshift(held: Held): void {
    if (this.#head > 0) this.#entries[--this.#head] = held
    else this.#entries.unshift(held)
    this.events += held.batch.length
  }

  /** Takes up to `max` events from the front. */
  take(max: number): Held[] {
    const taken: Held[] = []
    for (let left = max; left > 0 && this.events > 0; ) {
      const first = this.#entries[this.#head] as Held
      const part = first.batch.length <= left ? this.#shift(first) : this.#cut(first, left)
      this.events -= part.batch.length
      left -= part.batch.length
      taken.push(part)
    }
    return taken
  }

  #shift(first: Held): Held {
    this.#entries[this.#head++] = undefined
    if (this.#head >= 1024 && this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
    return first
  }

  #cut(first: Held, length: number): Held {
    const batch = first.batch.slice(0, length)
    const cost = Math.min(first.cost, this.#costOf(batch))
    this.#entries[this.#head] = { batch: first.batch.slice(length, first.batch.length), cost: first.cost - cost }
    return { batch, cost }
  }

  /** Everything that is held, from first to last; it stays. */
  contents(): readonly Batch[] {
    return this.#entries.slice(this.#head).map((held) => held?.batch ?? EMPTY_BATCH)
  }
}

/** One batch of what was taken. */
export function joined(taken: readonly Held[]): Batch {
  const first = taken[0]
  if (first === undefined) return EMPTY_BATCH
  return taken.length === 1 ? first.batch : joinBatches(taken.map((held) => held.batch))
}

export function totalCost(taken: readonly Held[]): number {
  let cost = 0
  for (const held of taken) cost += held.cost
  return cost
}
