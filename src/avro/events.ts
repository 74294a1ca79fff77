// One event in Avro's binary encoding, as it stands in requests, batches, container blocks and log records
// (record AvroFlumeEvent of Flume's AvroSourceProtocol; container files call the same record `Event`):
//
//   event  = headers body
//   headers = { count pair... } 00        map<string>, any number of blocks
//   body    = length byte...
//
import type { Headers } from '../event.ts'
import { after, readLong, sizeOfLong, skipBytes, skipMap, writeLong } from './binary.ts'

/** The place after the event that starts at `at`, or -1 when it is malformed or runs over `end`. */
export function skipEvent(buffer: Uint8Array, at: number, end: number): number {
  const body = buffer[at] === 0 && at < end ? at + 1 : skipMap(buffer, at, end)
  return body < 0 ? -1 : skipBytes(buffer, body, end)
}

let textEnd = 0

/** The headers of the event that starts at `at`. The event must be well-formed. */
export function readHeaders(buffer: Buffer, at: number, end: number): Map<string, string> {
  const headers = new Map<string, string>()
  for (;;) {
    let count = readLong(buffer, at, end)
    at = after()
    if (count === 0) return headers
    if (count < 0) {
      count = -count
      readLong(buffer, at, end)
      at = after()
    }
    for (; count > 0; count--) {
      const key = readString(buffer, at, end)
      at = textEnd
      headers.set(key, readString(buffer, at, end))
      at = textEnd
    }
  }
}

function readString(buffer: Buffer, at: number, end: number): string {
  const length = readLong(buffer, at, end)
  const from = after()
  textEnd = from + length
  return length < 24 ? shortText(buffer, from, textEnd) : buffer.toString('utf8', from, textEnd)
}

// Header names and values are short and mostly ASCII; crossing into native code costs more than this loop.
function shortText(buffer: Buffer, from: number, to: number): string {
  let text = ''
  for (let i = from; i < to; i++) {
    const byte = buffer[i] as number
    if (byte > 0x7f) return buffer.toString('utf8', from, to)
    text += String.fromCharCode(byte)
  }
  return text
}

/** Where the body's bytes begin, for the well-formed event at `at`; `lastBodyLength()` tells how many there are. */
export function bodyStart(buffer: Uint8Array, at: number, end: number): number {
  const body = buffer[at] === 0 ? at + 1 : skipMap(buffer, at, end)
  bodyLength = readLong(buffer, body, end)
  return after()
}

let bodyLength = 0

/** Length in bytes of the body that `bodyStart` found last. */
export function lastBodyLength(): number {
  return bodyLength
}

/** Bytes that an event takes. */
export function sizeOfEvent(headers: Headers, bodyBytes: number): number {
  let size = 1 + sizeOfLong(bodyBytes) + bodyBytes
  if (headers.size > 0) {
    size += sizeOfLong(headers.size)
    for (const [key, value] of headers) size += sizeOfText(key) + sizeOfText(value)
  }
  return size
}

function sizeOfText(text: string): number {
  const bytes = Buffer.byteLength(text, 'utf8')
  return sizeOfLong(bytes) + bytes
}

/** Writes an event and returns the place after it; there must be room. */
export function writeEvent(target: Buffer, from: number, headers: Headers, body: Uint8Array): number {
  let at = from
  if (headers.size > 0) {
    at = writeLong(target, at, headers.size)
    for (const [key, value] of headers) at = writeText(target, writeText(target, at, key), value)
  }
  target[at++] = 0
  at = writeLong(target, at, body.length)
  target.set(body, at)
  return at + body.length
}

function writeText(target: Buffer, from: number, text: string): number {
  const bytes = Buffer.byteLength(text, 'utf8')
  const at = writeLong(target, from, bytes)
  return at + target.write(text, at, bytes, 'utf8')
}
