// Builds batches event by event, for sources that make events out of something else. Consecutive batches share slabs, so
// that a batch costs one small object and its neighbours can be joined again without copying.
import { writeLong } from './avro/binary.ts'
import { sizeOfEvent, writeEvent } from './avro/events.ts'
import { type Batch, EMPTY_BATCH, EncodedBatch } from './batch.ts'
import type { Headers } from './event.ts'

const SLAB_BYTES = 256 * 1024
/** Slabs of who stages chunks: large, because what is left of a slab when a chunk does not fit is wasted. */
const STAGING_SLAB_BYTES = 1024 * 1024
/** Smaller chunks are not worth staging. */
const STAGE_FROM_BYTES = 4096

/** Encodes events one after the other into slabs that consecutive batches share. Use it within one turn: add, build. */
export class BatchBuilder {
  #slab: Buffer
  #start = 0
  #at = 0
  #length = 0
  /** The chunk that lies in the slab, and where it begins there. */
  #staged: Uint8Array | undefined
  #stagedAt = 0
  #gap = 0
  /** Bytes that encoding added per byte of the last staged chunk. */
  #growth = 0.05

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

  /**
   * Announces a chunk most of which `addBody` will be given, in order. It is copied into the slab once, a little behind
   * where its events will stand, and they are then moved into place: half the cost of a copy for each. The chunk must not
   * change before the next one is staged.
   *
   *   slab  ┆ events so far ┆ gap ┆ chunk ………………… ┆         an event's head of two or three bytes grows into the gap
   */
  stage(chunk: Buffer): void {
    if (this.#staged) this.#growth = this.#grown()
    this.#staged = undefined
    if (chunk.length < STAGE_FROM_BYTES) return
    // Room for the heads, and for the line whose beginning came with the chunk before.
    this.#gap = 1024 + Math.ceil(chunk.length * this.#growth * 1.25)
    const bytes = this.#gap + chunk.length
    if (this.#slab.length - this.#at < bytes) this.#newSlab(bytes, STAGING_SLAB_BYTES)
    this.#stagedAt = this.#at + this.#gap
    chunk.copy(this.#slab, this.#stagedAt)
    this.#staged = chunk
  }

  /** Adds an event without headers whose body is `source[from, to)`: the way of line sources. */
  addBody(source: Uint8Array, from: number, to: number): void {
    const bytes = to - from
    if (source === this.#staged) {
      const place = this.#stagedAt + from
      if (this.#at + 11 <= place) {
        const at = this.#head(bytes)
        this.#slab.copyWithin(at, place, place + bytes)
        this.#at = at + bytes
        this.#length++
        return
      }
      // More heads than the gap could take: what is left of the chunk is added as if it had not been staged.
      this.#growth = Math.min(3, this.#growth * 2)
      this.#staged = undefined
    }
    this.#room(bytes + 11)
    let at = this.#head(bytes)
    // A short copy is quicker by hand than through the call into native code.
    if (bytes <= 24) for (let i = from; i < to; i++) this.#slab[at++] = source[i] as number
    else {
      ;(source as Buffer).copy(this.#slab, at, from, to)
      at += bytes
    }
    this.#at = at
    this.#length++
  }

  // Writes what stands before a body, and gives the place of the body.
  #head(bytes: number): number {
    const slab = this.#slab
    slab[this.#at] = 0
    if (bytes >= 64) return writeLong(slab, this.#at + 1, bytes)
    slab[this.#at + 1] = bytes << 1
    return this.#at + 2
  }

  #grown(): number {
    const chunk = this.#staged?.length ?? 1
    const left = this.#stagedAt + chunk - this.#at
    return Math.min(3, Math.max(0.005, (this.#gap - left) / chunk))
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
    // What comes from elsewhere is written over a staged chunk when it does not fit before it.
    if (this.#staged && this.#at + bytes > this.#stagedAt) this.#staged = undefined
    if (this.#slab.length - this.#at < bytes) this.#newSlab(bytes, SLAB_BYTES)
  }

  #newSlab(bytes: number, slabBytes: number): void {
    const pending = this.#at - this.#start
    const slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, (pending + bytes) * 2))
    this.#slab.copy(slab, 0, this.#start, this.#at)
    this.#slab = slab
    this.#start = 0
    this.#at = pending
  }
}
