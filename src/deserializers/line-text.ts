// What the characters of a line matter for: finding its end, cutting it when it is too long, and changing its charset.
// UTF-8 in and out is checked by the block and then copied as it is; only malformed bytes and too long lines are looked
// at one by one.
import { isUtf8 } from 'node:buffer'
import type { FileHandle } from 'node:fs/promises'
import { type Charset, charsetOf, type DecodePolicy } from '../charset.ts'
import type { BatchBuilder } from '../component.ts'

const NEWLINE = 10
const MOST_CUT_BYTES = 256 * 1024 * 1024

export interface TextSettings {
  readonly input: Charset
  readonly output: Charset
  readonly policy: DecodePolicy
  /** Most UTF-16 units of an event. */
  readonly maxLength: number
}

/** The text of one file. Its first bytes tell the byte order when the charset leaves it open. */
export async function lineText(settings: TextSettings, file: FileHandle): Promise<LineText> {
  const orders = BYTE_ORDERS[settings.input.name]
  if (!orders) return new LineText(settings, 0)
  const beginning = Buffer.alloc(4)
  await file.read(beginning, 0, 4, 0)
  for (const name of orders) {
    const input = charsetOf(name)
    const mark = input?.encode('\ufeff')
    if (input && mark && beginning.subarray(0, mark.length).equals(mark))
      return new LineText({ ...settings, input }, mark.length)
  }
  return new LineText({ ...settings, input: charsetOf(orders[0]) ?? settings.input }, 0)
}

/** Charsets without a byte order of their own: the order without a mark first. */
const BYTE_ORDERS: Readonly<Record<string, readonly [string, string]>> = {
  'UTF-16': ['UTF-16BE', 'UTF-16LE'],
  'x-UTF-16LE-BOM': ['UTF-16LE', 'UTF-16BE'],
  'UTF-32': ['UTF-32BE', 'UTF-32LE'],
}

export class LineText {
  readonly newline: Buffer
  readonly maxLength: number
  /** A line with that many bytes without an end in sight is cut. */
  readonly cutBytes: number
  /** Bytes of the byte order mark, which belongs to no line. */
  readonly skip: number
  /** Lines up to this place in the buffer can be copied as they are. */
  asIsTo = 0
  readonly #settings: TextSettings
  readonly #utf8: boolean

  constructor(settings: TextSettings, skip: number) {
    this.#settings = settings
    this.#utf8 = settings.input.isUtf8 && settings.output.isUtf8
    this.newline = settings.input.asciiNewline ? Buffer.from([NEWLINE]) : settings.input.encode('\n')
    this.skip = skip
    this.maxLength = settings.maxLength
    this.cutBytes = Math.min(4 * (settings.maxLength + 2), MOST_CUT_BYTES)
  }

  get charset(): string {
    return this.#settings.input.name
  }

  /** Told of new bytes: all of [0, end) is still to be split, and no more will come when `all`. */
  loaded(buffer: Buffer, end: number, all: boolean): void {
    if (!this.#utf8) return
    const to = all ? end : buffer.subarray(0, end).lastIndexOf(NEWLINE) + 1
    this.asIsTo = isUtf8(buffer.subarray(0, to)) ? to : 0
  }

  /** Where the newline after `from` begins, -1 for none before `end`. */
  find(buffer: Buffer, from: number, end: number): number {
    const { newline } = this
    if (newline.length === 1) {
      const at = buffer.indexOf(NEWLINE, from)
      return at < end ? at : -1
    }
    let at = buffer.indexOf(newline, from)
    while (at >= 0 && (at - from) % newline.length !== 0) at = buffer.indexOf(newline, at + 1)
    return at + newline.length <= end ? at : -1
  }

  /** Where the first event of the line [from, to) ends: `to` when it is not too long. */
  cut(buffer: Buffer, from: number, to: number): number {
    const most = Math.min(to, from + this.cutBytes)
    if (this.#settings.input.isUtf8) return cutUtf8(buffer.subarray(from, most), this.maxLength) + from
    return from + this.#cutDecoded(buffer.subarray(from, most))
  }

  /** Adds [from, to) as an event. Throws CharsetError, with the offset from `from`, for what policy FAIL refuses. */
  add(builder: BatchBuilder, buffer: Buffer, from: number, to: number): void {
    const bytes = buffer.subarray(from, to)
    const { input, output, policy } = this.#settings
    const body = this.#utf8 && isUtf8(bytes) ? bytes : output.encode(input.decode(bytes, policy))
    builder.addBody(body, 0, body.length)
  }

  #cutDecoded(bytes: Buffer): number {
    const { input } = this.#settings
    const text = input.decode(bytes, 'REPLACE')
    if (text.length <= this.maxLength) return bytes.length
    const piece = text.slice(0, wholeUnits(text, this.maxLength))
    const encoded = input.encode(piece).length
    if (input.decode(bytes.subarray(0, encoded), 'REPLACE') === piece) return encoded
    // Malformed bytes or several ways to write a character: the longest beginning that is not too long.
    let fits = 1
    for (let low = 1, high = bytes.length; low <= high; ) {
      const middle = (low + high) >> 1
      if (input.decode(bytes.subarray(0, middle), 'REPLACE').length <= this.maxLength) {
        fits = middle
        low = middle + 1
      } else high = middle - 1
    }
    return fits
  }
}

function wholeUnits(text: string, units: number): number {
  return units > 1 && (text.charCodeAt(units - 1) & 0xfc00) === 0xd800 ? units - 1 : units
}

// Bytes that hold at most `max` units, at least one character. A byte that continues nothing counts as a character, as
// it does when it is replaced.
function cutUtf8(bytes: Buffer, max: number): number {
  let units = 0
  let following = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (following > 0 && (byte & 0xc0) === 0x80) {
      following--
      continue
    }
    const wanted = byte >= 0xf0 ? 2 : 1
    if (units + wanted > max && at > 0) return at
    units += wanted
    following = byte < 0xc0 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3
  }
  return bytes.length
}
