// A batch: what every await, transaction and request carries. Its format in memory is the Avro encoding of its events,
// one after the other without array framing, so that the same bytes go from a socket through a channel into a log
// record or another socket, and only who looks inside an event decodes it (see docs/architecture.md).
//
// A batch is immutable, and so are the bytes under it: many batches share one buffer (a socket read, a builder's slab).
// Component authors iterate it as events; the functions at the end are for the built-ins that move ranges.
import { after, readLong, sizeOfLong, writeLong } from './avro/binary.ts'
import { bodyStart, lastBodyLength, readHeaders, sizeOfEvent, skipEvent, writeEvent } from './avro/events.ts'
import { type Event, type Headers, NO_HEADERS } from './event.ts'

export interface Batch extends Iterable<Event> {
  /** Number of events. */
  readonly length: number
  /** Bytes of the encoded events, headers included. */
  readonly byteLength: number
  /** The event at `index`; decoded when its headers or body are looked at, and not before. */
  at(index: number): Event
  /** The events from index `from` up to and without `to`, sharing the bytes of this batch. */
  slice(from: number, to: number): Batch
}

class EncodedEvent implements Event {
  readonly #buffer: Buffer
  readonly #start: number
  readonly #end: number
  #headers: Headers | undefined

  constructor(buffer: Buffer, start: number, end: number) {
    this.#buffer = buffer
    this.#start = start
    this.#end = end
  }

  get headers(): Headers {
    this.#headers ??= this.#buffer[this.#start] === 0 ? NO_HEADERS : readHeaders(this.#buffer, this.#start, this.#end)
    return this.#headers
  }

  get body(): Buffer {
    const from = bodyStart(this.#buffer, this.#start, this.#end)
    return this.#buffer.subarray(from, from + lastBodyLength())
  }
}

export class EncodedBatch implements Batch {
  readonly buffer: Buffer
  readonly start: number
  readonly end: number
  readonly length: number
  #starts: number[] | undefined

  constructor(buffer: Buffer, start: number, end: number, length: number) {
    this.buffer = buffer
    this.start = start
    this.end = end
    this.length = length
  }

  get byteLength(): number {
    return this.end - this.start
  }

  at(index: number): Event {
    if (!(index >= 0 && index < this.length)) throw new RangeError(`no event ${index} in a batch of ${this.length}`)
    const starts = this.#index()
    return new EncodedEvent(this.buffer, starts[index] as number, starts[index + 1] as number)
  }

  slice(from: number, to: number): EncodedBatch {
    const first = Math.max(0, from)
    const last = Math.min(this.length, to)
    if (first >= last) return EMPTY_BATCH
    if (first === 0 && last === this.length) return this
    const start = this.#place(0, this.start, first)
    const end = last === this.length ? this.end : this.#place(first, start, last)
    return new EncodedBatch(this.buffer, start, end, last - first)
  }

  *[Symbol.iterator](): Generator<Event, void, undefined> {
    let at = this.start
    for (let i = 0; i < this.length; i++) {
      const end = skipEvent(this.buffer, at, this.end)
      yield new EncodedEvent(this.buffer, at, end)
      at = end
    }
  }

  // Where event `to` begins, walking on from event `from` at `at`: splitting a long batch piece by piece stays linear.
  #place(from: number, at: number, to: number): number {
    if (this.#starts) return this.#starts[to] as number
    let place = at
    for (let i = from; i < to; i++) place = skipEvent(this.buffer, place, this.end)
    return place
  }

  #index(): number[] {
    if (!this.#starts) {
      const starts = [this.start]
      for (let i = 0; i < this.length; i++) starts.push(skipEvent(this.buffer, starts[i] as number, this.end))
      this.#starts = starts
    }
    return this.#starts
  }
}

export const EMPTY_BATCH = new EncodedBatch(Buffer.alloc(0), 0, 0, 0)

/** Encodes events into a batch of its own. */
export function batchOf(events: Iterable<Event>): Batch {
  const all = [...events]
  let bytes = 0
  for (const event of all) bytes += sizeOfEvent(event.headers, event.body.length)
  const buffer = Buffer.allocUnsafe(bytes)
  let at = 0
  for (const event of all) at = writeEvent(buffer, at, event.headers, event.body)
  return new EncodedBatch(buffer, 0, bytes, all.length)
}

// ---- for the built-ins that move ranges -----------------------------------------------------------------------------

/** The bytes of a batch's events, without copying. */
export function encodedEvents(batch: Batch): Buffer {
  const { buffer, start, end } = encoded(batch)
  return buffer.subarray(start, end)
}

/** A batch over bytes that hold exactly `count` events; undefined when they do not. */
export function batchFromEncoded(buffer: Buffer, start: number, end: number, count: number): Batch | undefined {
  let at = start
  for (let i = 0; i < count; i++) {
    at = skipEvent(buffer, at, end)
    if (at < 0) return undefined
  }
  return at === end ? new EncodedBatch(buffer, start, end, count) : undefined
}

/**
 * Reads an Avro array of events as it stands in a request. One block, the usual case, is not copied; several are joined.
 * Undefined when malformed. `afterArray()` is the place behind it.
 */
export function readEventArray(buffer: Buffer, from: number, end: number): Batch | undefined {
  const blocks: EncodedBatch[] = []
  let at = from
  for (;;) {
    let count = readLong(buffer, at, end)
    if (Number.isNaN(count)) return undefined
    at = after()
    if (count === 0) {
      arrayEnd = at
      return joinBatches(blocks)
    }
    if (count < 0) {
      count = -count
      if (!(readLong(buffer, at, end) >= 0)) return undefined
      at = after()
    }
    // An event takes two bytes at least: a claimed count beyond that is refused before it is looped over.
    if (count > (end - at) / 2) return undefined
    const start = at
    for (let i = 0; i < count; i++) {
      at = skipEvent(buffer, at, end)
      if (at < 0) return undefined
    }
    blocks.push(new EncodedBatch(buffer, start, at, count))
  }
}

let arrayEnd = 0

/** The place behind the array that `readEventArray` read last. */
export function afterArray(): number {
  return arrayEnd
}

/** Bytes of a batch as an Avro array of one block. */
export function sizeOfEventArray(batch: Batch): number {
  return batch.length === 0 ? 1 : sizeOfLong(batch.length) + batch.byteLength + 1
}

/** Writes a batch as an Avro array and returns the place after it; there must be room. */
export function writeEventArray(target: Buffer, from: number, batch: Batch): number {
  let at = from
  if (batch.length > 0) {
    const { buffer, start, end } = encoded(batch)
    at = writeLong(target, at, batch.length)
    buffer.copy(target, at, start, end)
    at += end - start
  }
  target[at++] = 0
  return at
}

/** One batch of several, in order. Neighbours in one buffer are joined without copying. */
export function joinBatches(batches: readonly Batch[]): Batch {
  const first = batches[0]
  if (first === undefined) return EMPTY_BATCH
  if (batches.length === 1) return first
  let length = 0
  let bytes = 0
  let end = encoded(first).start
  let neighbours = true
  for (const batch of batches) {
    const part = encoded(batch)
    neighbours &&= part.buffer === encoded(first).buffer && part.start === end
    end = part.end
    length += part.length
    bytes += part.byteLength
  }
  if (neighbours) return new EncodedBatch(encoded(first).buffer, encoded(first).start, end, length)
  const joined = Buffer.allocUnsafe(bytes)
  let at = 0
  for (const batch of batches) at += encodedEvents(batch).copy(joined, at)
  return new EncodedBatch(joined, 0, bytes, length)
}

/** The same events in bytes of their own when they are a small part of a large buffer that they would keep alive. */
export function compactBatch(batch: Batch): Batch {
  const { buffer, byteLength, length } = encoded(batch)
  if (byteLength * 4 >= buffer.buffer.byteLength) return batch
  const copy = Buffer.allocUnsafe(byteLength)
  encodedEvents(batch).copy(copy)
  return new EncodedBatch(copy, 0, byteLength, length)
}

/** Calls `each` with the place of every body in the batch's buffer: the way of text serializers. */
export function eachBody(batch: Batch, each: (buffer: Buffer, start: number, end: number) => void): void {
  const { buffer, start, end, length } = encoded(batch)
  let at = start
  for (let i = 0; i < length; i++) {
    const from = bodyStart(buffer, at, end)
    at = from + lastBodyLength()
    each(buffer, from, at)
  }
}

function encoded(batch: Batch): EncodedBatch {
  return batch instanceof EncodedBatch ? batch : (batchOf(batch) as EncodedBatch)
}
