// Lines of a stream of text in any charset, as the bytes of event bodies in the charset that a source promises: UTF-8 for
// netcat, the command's own for exec (Flume 1.11 decodes to characters, splits, and encodes again). Valid UTF-8, which
// is nearly all there is, is looked at once a chunk and handed on as it came; malformed bytes become U+FFFD.
import { isUtf8 } from 'node:buffer'
import type { Charset, TextDecoding } from '../charset.ts'
import { cutUtf8 } from '../charset-forms.ts'
import { type LineOptions, LineSplitter, type OnLine } from './lines.ts'

export interface TextLineOptions extends LineOptions {
  /** What the stream is written in. */
  readonly charset: Charset
  /** What bodies are written in. `maxBytes` counts bytes of UTF-8. */
  readonly bodies: Charset
}

export class TextLines {
  readonly #splitter: LineSplitter
  readonly #bodies: Charset
  readonly #decoder: TextDecoding | undefined
  /** Every sequence of bytes is text in both charsets and the same. */
  readonly #asItIs: boolean
  #onBody: OnLine = () => {}
  #trusted: Buffer | undefined
  #inPieces = false

  constructor(options: TextLineOptions) {
    const { charset, bodies } = options
    this.#splitter = new LineSplitter(options)
    this.#bodies = bodies
    this.#asItIs = charset.name === 'ISO-8859-1' && bodies.name === charset.name
    this.#decoder = charset.isUtf8 || this.#asItIs ? undefined : charset.decoder('REPLACE')
  }

  /** Bytes of the line that is not finished yet. */
  get pendingBytes(): number {
    return this.#splitter.pendingBytes
  }

  /** The line that is not finished yet: good until the next push. */
  pending(): Buffer {
    return this.#splitter.pending()
  }

  /** Hands on the bodies of the lines that end in this chunk. */
  push(chunk: Buffer, onBody: OnLine): void {
    const text = this.#decoder ? Buffer.from(this.#decoder.write(chunk), 'utf8') : chunk
    this.#split(text, onBody)
  }

  /** The stream has ended: hands on the line that was not finished, if there is one. */
  end(onBody: OnLine): void {
    if (this.#decoder) this.#split(Buffer.from(this.#decoder.end(), 'utf8'), onBody)
    this.#onBody = onBody
    this.#trusted = undefined
    this.#splitter.end(this.#asItIs ? onBody : this.#onLine)
  }

  #split(text: Buffer, onBody: OnLine): void {
    const fresh = this.#splitter.pendingBytes === 0
    const valid = this.#asItIs || this.#decoder !== undefined || isWholeText(text, fresh)
    if (this.#asItIs || (valid && fresh && this.#bodies.isUtf8)) {
      this.#splitter.push(text, onBody)
      return
    }
    this.#onBody = onBody
    this.#trusted = valid ? text : undefined
    this.#splitter.push(text, this.#onLine)
    // An idle stream must not hold on to the last chunk.
    this.#trusted = undefined
  }

  readonly #onLine: OnLine = (buffer, start, end, whole) => {
    // A line that comes in pieces may be cut inside a character: its pieces must fit together again.
    const piece = this.#inPieces || !whole
    this.#inPieces = !whole
    const sound = piece || buffer === this.#trusted || this.#decoder || isUtf8(buffer.subarray(start, end))
    if (sound && this.#bodies.isUtf8) return this.#onBody(buffer, start, end, whole)
    const body = this.#bodies.encode(buffer.toString('utf8', start, end))
    this.#onBody(body, 0, body.length, whole)
  }
}

// Whether all of the chunk is valid but for characters that its borders cut. The end of a character can only be first
// when a line was carried over, and that line is looked at by itself.
function isWholeText(chunk: Buffer, fresh: boolean): boolean {
  let from = 0
  while (!fresh && from < 3 && ((chunk[from] ?? 0) & 0xc0) === 0x80) from++
  return isUtf8(chunk.subarray(from, chunk.length - cutUtf8(chunk)))
}
