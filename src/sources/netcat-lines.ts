// Turns what netcat connections read into batches. One builder serves all connections of a source, because splitting a
// chunk and building its batches happen in one turn: thousands of idle connections hold no slabs.
import type { Batch } from '../batch.ts'
import { BatchBuilder } from '../batch-builder.ts'
import type { TextLines } from '../net/text-lines.ts'

export class LineCollector {
  readonly #builder = new BatchBuilder()
  readonly #maxBatch: number
  readonly #maxLength: number
  #batches: Batch[] = []
  #tooLong = false

  /** Batches of `maxBatch` events at most; lines of `maxLength` characters at most, the newline counted. */
  constructor(maxBatch: number, maxLength: number) {
    this.#maxBatch = maxBatch
    this.#maxLength = maxLength
  }

  /** The lines that end in this chunk. Lines behind one that is too long are left out. */
  collect(text: TextLines, chunk: Buffer): { readonly batches: readonly Batch[]; readonly tooLong: boolean } {
    this.#batches = []
    this.#tooLong = false
    this.#builder.stage(chunk)
    text.push(chunk, this.#onBody)
    if (text.pendingBytes >= this.#maxLength && !this.#tooLong) {
      this.#tooLong = this.#isTooLong(text.pending(), 0, text.pendingBytes)
    }
    if (this.#builder.length > 0) this.#batches.push(this.#builder.build())
    return { batches: this.#batches, tooLong: this.#tooLong }
  }

  readonly #onBody = (buffer: Buffer, start: number, end: number, whole: boolean): void => {
    if (this.#tooLong) return
    if (!whole || (end - start >= this.#maxLength && this.#isTooLong(buffer, start, end))) {
      this.#tooLong = true
      return
    }
    this.#builder.addBody(buffer, start, end)
    if (this.#builder.length >= this.#maxBatch) this.#batches.push(this.#builder.build())
  }

  // Flume counts Java characters: two for what lies outside the basic plane. Only first bytes are looked at.
  #isTooLong(buffer: Buffer, start: number, end: number): boolean {
    let characters = 0
    for (let at = start; at < end; at++) {
      const byte = buffer[at] as number
      if ((byte & 0xc0) !== 0x80) characters += byte >= 0xf0 ? 2 : 1
    }
    return characters >= this.#maxLength
  }
}
