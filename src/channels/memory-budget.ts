// One budget for all memory channels of the process that have no byteCapacity of their own. Flume's default is 80 % of
// the Java heap, counts bodies only and ends in OutOfMemoryError all the same; here all that is held counts, headers
// included, and a put is refused while there is still memory to say so.
import { totalmem } from 'node:os'

/** Charged for each batch on top of its bytes: the objects around it. */
const BATCH_OVERHEAD_BYTES = 256

export class MemoryBudget {
  readonly limitBytes: number
  #usedBytes = 0
  readonly #waiting = new Set<() => void>()

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
  }

  get freeBytes(): number {
    return this.limitBytes - this.#usedBytes
  }

  charge(bytes: number): void {
    this.#usedBytes += bytes
  }

  release(bytes: number): void {
    this.#usedBytes -= bytes
    for (const look of this.#waiting) look()
  }

  /** Calls `look` whenever bytes become free; the returned function ends that. */
  onRelease(look: () => void): () => void {
    this.#waiting.add(look)
    return () => void this.#waiting.delete(look)
  }
}

/** What a batch costs the process. */
export function heldBytes(batch: { readonly byteLength: number }): number {
  return batch.byteLength + BATCH_OVERHEAD_BYTES
}

let processBudget: MemoryBudget | undefined

/** The budget of this process: half of the memory that it may use, containers' limits included. */
export function budgetOfProcess(): MemoryBudget {
  processBudget ??= new MemoryBudget(Math.floor(availableBytes() / 2))
  return processBudget
}

/** Sets the budget of this process before the first channel uses it (`-Dmillrace.memoryBudgetBytes`). */
export function limitProcessMemory(limitBytes: number): void {
  processBudget = new MemoryBudget(limitBytes)
}

function availableBytes(): number {
  const constrained = process.constrainedMemory?.() ?? 0
  // Without a container limit this is 0 or an absurdly large number.
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem()
}
