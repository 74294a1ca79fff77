// The transactions of a memory channel over its queue. A put that does not fit waits in line, up to keep-alive; a take
// that finds nothing waits likewise. A taker that waited is served at the end of the turn, so that a source that puts
// event after event gives it a whole batch.
import { type Batch, EMPTY_BATCH } from '../batch.ts'
import type { Channel, Taken } from '../component.ts'
import { ChannelError, ChannelFullError } from '../errors.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { type Held, joined, MemoryQueue, totalCost } from './memory-queue.ts'
import type { SavedEvents } from './memory-save.ts'

export interface MemorySettings {
  readonly capacity: number
  readonly transactionCapacity: number
  readonly keepAliveMs: number
  readonly drainMs: number
  readonly bytes: ByteLimit
  readonly saved?: SavedEvents | undefined
  /** Told how many events a stop throws away. */
  readonly onLost?: (events: number) => void
}

/** At most one of `slots` (a limit of this channel) and `budget` (shared by the process). */
export interface ByteLimit {
  readonly slots?: number
  readonly budget?: MemoryBudget
  costOf(batch: Batch): number
  /** What a put is told that finds no room in bytes. */
  readonly refusal: string
}

interface Putter {
  readonly held: Held
  readonly signal: AbortSignal | undefined
  readonly resolve: () => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

interface Taker {
  readonly max: number
  readonly resolve: (taken: Taken) => void
  readonly timer: NodeJS.Timeout
}

const DONE = Promise.resolve()
const NOTHING: Taken = { batch: EMPTY_BATCH, commit: () => DONE, rollback: () => DONE }
const NO_ROOM =
  "Space for commit to queue couldn't be acquired. Sinks are likely not keeping up with sources, or the buffer size is too tight"

export class MemoryChannel implements Channel {
  readonly transactionCapacity: number
  readonly capacity: number
  readonly drainMs: number
  readonly #settings: MemorySettings
  readonly #queue: MemoryQueue
  /** Events and cost of all that is held, open takes included. */
  #events = 0
  #cost = 0
  readonly #putters: Putter[] = []
  readonly #takers: Taker[] = []
  readonly #heeded = new WeakSet<AbortSignal>()
  #serving = false
  #stopped = false
  #forgetBudget: (() => void) | undefined

  constructor(settings: MemorySettings) {
    this.#settings = settings
    this.transactionCapacity = settings.transactionCapacity
    this.capacity = settings.capacity
    this.drainMs = settings.drainMs
    this.#queue = new MemoryQueue((batch) => settings.bytes.costOf(batch))
  }

  async start(): Promise<void> {
    this.#stopped = false
    for (const batch of (await this.#settings.saved?.restore()) ?? []) this.#keep(this.#charged(batch))
    this.#forgetBudget = this.#settings.bytes.budget?.onRelease(() => this.#admit())
  }

  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#forgetBudget?.()
    for (const taker of this.#takers.splice(0)) {
      clearTimeout(taker.timer)
      taker.resolve(NOTHING)
    }
    for (const putter of this.#putters.splice(0)) {
      clearTimeout(putter.timer)
      putter.reject(new ChannelError('The channel has been stopped.'))
    }
    const { saved, onLost } = this.#settings
    if (saved) await saved.save(this.#queue.contents())
    else if (this.#queue.events > 0) onLost?.(this.#queue.events)
  }

  depth(): number {
    return this.#events
  }

  put(batch: Batch, signal?: AbortSignal): Promise<void> {
    if (batch.length > this.transactionCapacity) return Promise.reject(tooLong(this.transactionCapacity))
    if (batch.length === 0) return DONE
    if (this.#stopped) return Promise.reject(new ChannelError('The channel has been stopped.'))
    const held = this.#charged(batch)
    if (this.#putters.length > 0 || this.#lack(held) !== undefined) return this.#wait(held, signal)
    this.#keep(held)
    return DONE
  }

  take(max: number, signal?: AbortSignal): Promise<Taken> {
    const most = Math.min(max, this.transactionCapacity)
    if (this.#queue.events > 0 && this.#takers.length === 0) return Promise.resolve(this.#taken(most))
    if (this.#stopped || signal?.aborted) return Promise.resolve(NOTHING)
    return new Promise((resolve) => {
      const give = () => {
        signal?.removeEventListener('abort', give)
        const at = this.#takers.indexOf(taker)
        if (at >= 0) this.#takers.splice(at, 1)
        clearTimeout(taker.timer)
        resolve(NOTHING)
      }
      const settle = (taken: Taken) => {
        signal?.removeEventListener('abort', give)
        resolve(taken)
      }
      const taker: Taker = { max: most, resolve: settle, timer: setTimeout(give, this.#settings.keepAliveMs) }
      signal?.addEventListener('abort', give)
      this.#takers.push(taker)
    })
  }

  #charged(batch: Batch): Held {
    return { batch, cost: this.#settings.bytes.costOf(batch) }
  }

  // What a transaction lacks, if anything. Bytes first, as Flume does. Asked for every put: an Error is made only for
  // who is told.
  #lack({ batch, cost }: Held): 'slots' | 'budget' | 'room' | undefined {
    const { bytes, capacity } = this.#settings
    if (bytes.slots !== undefined && this.#cost + cost > bytes.slots) return 'slots'
    if (bytes.budget !== undefined && cost > bytes.budget.freeBytes) return 'budget'
    return this.#events + batch.length > capacity ? 'room' : undefined
  }

  #refusal(held: Held): ChannelError {
    const lack = this.#lack(held)
    if (lack === 'slots') return new ChannelError(this.#settings.bytes.refusal)
    return new ChannelFullError(lack === 'budget' ? this.#settings.bytes.refusal : NO_ROOM)
  }

  #keep(held: Held): void {
    this.#events += held.batch.length
    this.#cost += held.cost
    this.#settings.bytes.budget?.charge(held.cost)
    this.#queue.append(held)
    this.#serve()
  }

  #wait(held: Held, signal: AbortSignal | undefined): Promise<void> {
    const { keepAliveMs } = this.#settings
    if (keepAliveMs === 0 || signal?.aborted) return Promise.reject(this.#refusal(held))
    if (signal) this.#heed(signal)
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#putters.splice(this.#putters.indexOf(putter), 1)
        reject(this.#refusal(held))
        this.#admit()
      }
      const putter: Putter = { held, signal, resolve, reject, timer: setTimeout(giveUp, keepAliveMs) }
      this.#putters.push(putter)
    })
  }

  // One listener for all puts of a source, because thousands of them may wait.
  #heed(signal: AbortSignal): void {
    if (this.#heeded.has(signal)) return
    this.#heeded.add(signal)
    signal.addEventListener('abort', () => this.#refuse(signal), { once: true })
  }

  #refuse(signal: AbortSignal): void {
    for (const putter of this.#putters.splice(0)) {
      if (putter.signal !== signal) this.#putters.push(putter)
      else {
        clearTimeout(putter.timer)
        putter.reject(this.#refusal(putter.held))
      }
    }
    this.#admit()
  }

  // Lets waiting puts in, in their order.
  #admit(): void {
    for (let first = this.#putters[0]; first && !this.#lack(first.held); first = this.#putters[0]) {
      this.#putters.shift()
      clearTimeout(first.timer)
      this.#keep(first.held)
      first.resolve()
    }
  }

  #serve(): void {
    if (this.#serving || this.#takers.length === 0) return
    this.#serving = true
    setImmediate(() => {
      this.#serving = false
      while (this.#queue.events > 0) {
        const taker = this.#takers.shift()
        if (!taker) return
        clearTimeout(taker.timer)
        taker.resolve(this.#taken(taker.max))
      }
    })
  }

  #taken(max: number): Taken {
    const entries = this.#queue.take(max)
    const batch = joined(entries)
    let open = true
    return {
      batch,
      commit: () => {
        if (open) this.#release(entries, batch.length)
        open = false
        return DONE
      },
      rollback: () => {
        if (open) this.#queue.putBack(entries)
        open = false
        this.#serve()
        return DONE
      },
    }
  }

  #release(entries: readonly Held[], events: number): void {
    const cost = totalCost(entries)
    this.#events -= events
    this.#cost -= cost
    this.#settings.saved?.delivered(events)
    this.#admit()
    // Last, because it lets other channels of the process in as well.
    this.#settings.bytes.budget?.release(cost)
  }
}

function tooLong(capacity: number): ChannelError {
  return new ChannelError(
    `Put queue for MemoryTransaction of capacity ${capacity} full, consider committing more frequently, increasing capacity or increasing thread count`,
  )
}
