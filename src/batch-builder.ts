// Builds batches event by event, for sources that make events out of something else. Consecutive batches share slabs, so
// that a batch costs one small object and its neighbours can be joined again without copying.
import { writeLong } from './avro/binary.ts'
import { sizeOfEvent, writeEvent } from './avro/events.ts'
import { type Batch, EMPTY_BATCH, EncodedBatch } from './batch.ts'
import type { Headers } from './event.ts'

const SLAB_BYTES = 256 * 1024

/** Encodes events one after the other into slabs that consecutive batches share. Use it within one turn: add, build. */
export class BatchBuilder {
  #slab: Buffer
  #start = 0
  #at = 0
  #length = 0

  constructor(slabBytes = SLAB_BYTES) {
    this.#slab = Buffer.allocUnsafeSlow(slabBytes)
  }

  /** Events added since the last build. */
  get length(): number {
    return this.#length
  }

  /** Bytes added since the last build. */
  get byteLength(): number {
    return this.#at - this.#start
  }

  add(headers: Headers, body: Uint8Array): void {
    this.#room(sizeOfEvent(headers, body.length))
    this.#at = writeEvent(this.#slab, this.#at, headers, body)
    this.#length++
  }

  /** Adds an event without headers whose body is `source[from, to)`: the way of line sources. */
  addBody(source: Uint8Array, from: number, to: number): void {
    const bytes = to - from
    this.#room(bytes + 11)
    const slab = this.#slab
    let at = this.#at
    slab[at++] = 0
    if (bytes < 64) slab[at++] = bytes << 1
    else at = writeLong(slab, at, bytes)
    // A short copy is quicker by hand than through the call into native code.
    if (bytes <= 24) for (let i = from; i < to; i++) slab[at++] = source[i] as number
    else {
      ;(source as Buffer).copy(slab, at, from, to)
      at += bytes
    }
    this.#at = at
    this.#length++
  }

  /** Adds an event that is encoded already. */
  addEncoded(source: Buffer, from: number, to: number): void {
    this.#room(to - from)
    source.copy(this.#slab, this.#at, from, to)
    this.#at += to - from
    this.#length++
  }

  /** The batch of what was added since the last build; the builder goes on behind it. */
  build(): Batch {
    if (this.#length === 0) return EMPTY_BATCH
    const batch = new EncodedBatch(this.#slab, this.#start, this.#at, this.#length)
    this.#start = this.#at
    this.#length = 0
    return batch
  }

  #room(bytes: number): void {
    if (this.#slab.length - this.#at >= bytes) return
    const pending = this.#at - this.#start
    const slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, (pending + bytes) * 2))
    this.#slab.copy(slab, 0, this.#start, this.#at)
    this.#slab = slab
    this.#start = 0
    this.#at = pending
  }
}
