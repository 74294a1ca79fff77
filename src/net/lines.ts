// Splits a stream of bytes into lines. A line that lies inside one chunk is handed on where it stands, without a copy;
// only the line that is cut by the end of a chunk is carried over. What is carried never exceeds `maxBytes`: a longer
// line comes in pieces, at the same places however the stream was cut into chunks, and its reader decides whether a piece
// is an event, a failure or nothing.

export interface LineOptions {
  /** Longest line in bytes, its end not counted. */
  readonly maxBytes: number
  /** What ends a line: `\n`, or like Java's readLine each of `\n`, `\r` and `\r\n`. Default `lf`. */
  readonly ends?: 'lf' | 'any' | undefined
}

/**
 * Gets a line, which is `buffer[start, end)` without its end. The bytes may change after the call. `whole` is false for a
 * piece of exactly `maxBytes` whose line goes on.
 */
export type OnLine = (buffer: Buffer, start: number, end: number, whole: boolean) => void

const LF = 10
const CR = 13
const NOTHING = Buffer.alloc(0)
const SMALLEST_CARRY = 256
/** A carry of this size is kept for the next line; thousands of idle connections must not keep larger ones. */
const KEPT_CARRY = 4096

export class LineSplitter {
  readonly #maxBytes: number
  readonly #anyEnd: boolean
  #carry: Buffer = NOTHING
  #carried = 0
  #skipLf = false

  constructor(options: LineOptions) {
    this.#maxBytes = options.maxBytes
    this.#anyEnd = options.ends === 'any'
  }

  /** Bytes of the line that is not finished yet; at most `maxBytes`. */
  get pendingBytes(): number {
    return this.#carried
  }

  /** The line that is not finished yet, where it stands: good until the next push. */
  pending(): Buffer {
    return this.#carry.subarray(0, this.#carried)
  }

  /** Hands on the lines that end in this chunk and keeps the rest. */
  push(chunk: Buffer, onLine: OnLine): void {
    let from = 0
    if (this.#skipLf && chunk.length > 0) {
      this.#skipLf = false
      if (chunk[0] === LF) from = 1
    }
    const cr = this.#anyEnd ? chunk.indexOf(CR, from) : -1
    const at = cr < 0 ? this.#splitAtLf(chunk, from, onLine) : this.#splitAtAny(chunk, from, onLine)
    if (at < chunk.length) this.#add(chunk, at, chunk.length, onLine)
  }

  /** The stream has ended: hands on the line that was not finished, if there is one. */
  end(onLine: OnLine): void {
    this.#skipLf = false
    if (this.#carried > 0) this.#handOnCarry(onLine, true)
  }

  #splitAtLf(chunk: Buffer, from: number, onLine: OnLine): number {
    const maxBytes = this.#maxBytes
    let at = from
    for (let lf = chunk.indexOf(LF, at); lf >= 0; lf = chunk.indexOf(LF, at)) {
      if (this.#carried === 0 && lf - at <= maxBytes) onLine(chunk, at, lf, true)
      else this.#finish(chunk, at, lf, onLine)
      at = lf + 1
    }
    return at
  }

  #splitAtAny(chunk: Buffer, from: number, onLine: OnLine): number {
    let at = from
    let cr = chunk.indexOf(CR, at)
    let lf = chunk.indexOf(LF, at)
    while (cr >= 0 || lf >= 0) {
      const end = cr < 0 || (lf >= 0 && lf < cr) ? lf : cr
      this.#finish(chunk, at, end, onLine)
      at = end + 1
      if (end === cr) {
        if (at === chunk.length) this.#skipLf = true
        else if (chunk[at] === LF) at++
      }
      if (cr >= 0 && cr < at) cr = chunk.indexOf(CR, at)
      if (lf >= 0 && lf < at) lf = chunk.indexOf(LF, at)
    }
    return at
  }

  #finish(chunk: Buffer, from: number, end: number, onLine: OnLine): void {
    if (this.#carried === 0 && end - from <= this.#maxBytes) {
      onLine(chunk, from, end, true)
      return
    }
    this.#add(chunk, from, end, onLine)
    this.#handOnCarry(onLine, true)
  }

  // Adds to the unfinished line, handing on pieces so that at most maxBytes remain.
  #add(chunk: Buffer, from: number, end: number, onLine: OnLine): void {
    let at = from
    while (this.#carried + end - at > this.#maxBytes) {
      const take = this.#maxBytes - this.#carried
      if (this.#carried === 0) onLine(chunk, at, at + take, false)
      else {
        this.#append(chunk, at, at + take)
        this.#handOnCarry(onLine, false)
      }
      at += take
    }
    this.#append(chunk, at, end)
  }

  #append(chunk: Buffer, from: number, end: number): void {
    const bytes = this.#carried + end - from
    if (bytes > this.#carry.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(this.#maxBytes, Math.max(SMALLEST_CARRY, bytes * 2)))
      this.#carry.copy(grown, 0, 0, this.#carried)
      this.#carry = grown
    }
    chunk.copy(this.#carry, this.#carried, from, end)
    this.#carried = bytes
  }

  #handOnCarry(onLine: OnLine, whole: boolean): void {
    const carry = this.#carry
    const bytes = this.#carried
    this.#carried = 0
    if (carry.length > KEPT_CARRY && whole) this.#carry = NOTHING
    onLine(carry, 0, bytes, whole)
  }
}
