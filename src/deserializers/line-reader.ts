// Splits a file into lines: big blocks are read, lines are found in them and copied as ranges into a batch. Where the
// text is UTF-8 that needs no change no character is ever looked at; see line-text.ts for everything else.
import type { FileHandle } from 'node:fs/promises'
import { CharsetError } from '../charset.ts'
import { type Batch, BatchBuilder, type Deserializer } from '../component.ts'
import type { LineText } from './line-text.ts'

const BLOCK_BYTES = 512 * 1024
const SLAB_BYTES = 256 * 1024

export interface LineReading {
  /** Where reading starts, in bytes. */
  readonly position: number
  /** Bytes that are likely to follow; sizes the buffers. */
  readonly expected: number
  /** Called once, when the first line is cut. */
  onCut(): void
}

export class LineReader implements Deserializer {
  readonly #file: FileHandle
  readonly #text: LineText
  readonly #builder: BatchBuilder
  readonly #onCut: () => void
  #buffer: Buffer
  /** Place in the file of the buffer's first byte. */
  #base: number
  #start = 0
  #end = 0
  /** No newline begins in [start, scanned). */
  #scanned = 0
  /** End of the line at `start`, -1 until it is found. */
  #lineEnd = -1
  /** What follows the line: a newline, or nothing at the end of the file and in a line whose end is not loaded yet. */
  #gap = 0
  #loadedAll = false
  #cutBefore = false

  constructor(file: FileHandle, text: LineText, { position, expected, onCut }: LineReading) {
    const known = Math.max(0, expected)
    this.#file = file
    this.#text = text
    this.#onCut = onCut
    this.#base = Math.max(position, text.skip)
    // A small file must not pin a large slab in a channel.
    this.#builder = new BatchBuilder(Math.min(SLAB_BYTES, 2 * known + 64))
    this.#buffer = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, known + 64))
  }

  get position(): number {
    return this.#base + this.#start
  }

  async read(max: number): Promise<Batch> {
    try {
      while (this.#split(max)) await this.#load()
    } catch (error) {
      // The lines before come first; the next call meets the same bytes again.
      if (this.#builder.length === 0) throw this.#placed(error)
    }
    return this.#builder.build()
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  /** Adds events out of what is loaded; true when more must be loaded first. */
  #split(max: number): boolean {
    const builder = this.#builder
    const text = this.#text
    while (builder.length < max) {
      if (this.#lineEnd < 0 && !this.#findLine()) return !this.#loadedAll
      const from = this.#start
      const lineEnd = this.#lineEnd
      const to = lineEnd - from <= text.maxLength ? lineEnd : this.#cut(from, lineEnd)
      if (to <= text.asIsTo) builder.addBody(this.#buffer, from, to)
      else text.add(builder, this.#buffer, from, to)
      this.#lineEnd = to < lineEnd && this.#gap >= 0 ? lineEnd : -1
      this.#start = to < lineEnd ? to : to + Math.max(0, this.#gap)
    }
    return false
  }

  #findLine(): boolean {
    const at = this.#text.find(this.#buffer, Math.max(this.#scanned, this.#start), this.#end)
    if (at >= 0) {
      this.#lineEnd = at
      this.#gap = this.#text.newline.length
      this.#scanned = at
      return true
    }
    this.#scanned = this.#end - ((this.#end - this.#start) % this.#text.newline.length)
    const waiting = this.#end - this.#start
    if (waiting < (this.#loadedAll ? 1 : this.#text.cutBytes)) return false
    this.#gap = this.#loadedAll ? 0 : -1
    this.#lineEnd = this.#end
    return true
  }

  #cut(from: number, to: number): number {
    const cut = this.#text.cut(this.#buffer, from, to)
    if (cut < to && !this.#cutBefore) {
      this.#cutBefore = true
      this.#onCut()
    }
    return cut
  }

  async #load(): Promise<void> {
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end)
      this.#base += this.#start
      this.#end -= this.#start
      this.#scanned = Math.max(0, this.#scanned - this.#start)
      this.#start = 0
    }
    if (this.#end === this.#buffer.length) this.#grow()
    const { bytesRead } = await this.#file.read(
      this.#buffer,
      this.#end,
      this.#buffer.length - this.#end,
      this.#base + this.#end,
    )
    this.#end += bytesRead
    this.#loadedAll = bytesRead === 0
    this.#text.loaded(this.#buffer, this.#end, this.#loadedAll)
  }

  #grow(): void {
    const larger = Buffer.allocUnsafe(this.#buffer.length < BLOCK_BYTES ? BLOCK_BYTES : this.#buffer.length * 2)
    this.#buffer.copy(larger, 0, 0, this.#end)
    this.#buffer = larger
  }

  #placed(error: unknown): unknown {
    if (!(error instanceof CharsetError)) return error
    return new CharsetError(this.#text.charset, this.position + error.offset)
  }
}
