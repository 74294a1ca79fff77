// A whole file as one event (Flume 1.11, BlobDeserializer of the morphline module); a file of more than maxBlobLength
// bytes becomes several events, with one warning. Different on purpose: a file of exactly maxBlobLength bytes is not
// called truncated, and one batch holds 64 MiB at most beyond its first event, whatever its number of events.
import { type FileHandle, open } from 'node:fs/promises'
import { sizeOfLong, writeLong } from '../avro/binary.ts'
import { type Batch, EMPTY_BATCH, EncodedBatch, joinBatches } from '../batch.ts'
import { type Deserializer, type DeserializerContext, defineDeserializer, integer } from '../component.ts'

const MOST_BATCH_BYTES = 64 * 1024 * 1024

export const blobDeserializer = defineDeserializer({
  type: 'BlobDeserializer',
  aliases: ['org.apache.flume.sink.solr.morphline.BlobDeserializer$Builder'],
  summary: 'Reads a whole file as one event.',
  options: {
    maxBlobLength: integer({
      default: 100_000_000,
      min: 1,
      unit: 'bytes',
      doc: 'Longest event; the rest of a longer file becomes further events.',
    }),
  },
  async create({ maxBlobLength }, context) {
    const file = await open(context.path, 'r')
    const { size } = await file.stat()
    return new BlobReader({ file, size, maxBlobLength }, context)
  },
})

interface BlobFile {
  readonly file: FileHandle
  readonly size: number
  readonly maxBlobLength: number
}

class BlobReader implements Deserializer {
  readonly #file: FileHandle
  /** When the file was opened: what is added meanwhile must not become an event of its own. */
  readonly #size: number
  readonly #maxBlobLength: number
  readonly #context: DeserializerContext
  #warned = false
  position: number

  constructor({ file, size, maxBlobLength }: BlobFile, context: DeserializerContext) {
    this.#file = file
    this.#size = size
    this.#maxBlobLength = maxBlobLength
    this.#context = context
    this.position = context.position
  }

  async read(max: number): Promise<Batch> {
    const blobs: Batch[] = []
    let bytes = 0
    while (blobs.length < max && bytes < MOST_BATCH_BYTES) {
      const blob = await this.#next()
      if (blob.length === 0) break
      blobs.push(blob)
      bytes += blob.byteLength
    }
    return joinBatches(blobs)
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  // Reads to where the body stands in the encoded event, so that a large file is in memory once.
  async #next(): Promise<Batch> {
    const length = Math.min(this.#size - this.position, this.#maxBlobLength)
    if (length <= 0) return EMPTY_BATCH
    const head = 1 + sizeOfLong(length)
    const event = Buffer.allocUnsafeSlow(head + length)
    event[0] = 0
    writeLong(event, 1, length)
    for (let at = head; at < event.length; ) {
      const { bytesRead } = await this.#file.read(event, at, event.length - at, this.position + at - head)
      if (bytesRead === 0) throw new Error('The file became shorter while it was read.')
      at += bytesRead
    }
    this.position += length
    if (this.position < this.#size) this.#warn()
    return new EncodedBatch(event, 0, event.length, 1)
  }

  #warn(): void {
    if (this.#warned) return
    this.#warned = true
    const { log, path } = this.#context
    log.warn(`File length exceeds maxBlobLength (${this.#maxBlobLength}), truncating BLOB event! It is ${path}.`)
  }
}
