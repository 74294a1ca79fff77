// The blocks of an Avro container file, one at a time (layout: src/avro/container.ts), starting at the first marker at or
// behind a place. Codecs: null and deflate; others are refused by name. Damaged blocks are refused with their place.
import type { FileHandle } from 'node:fs/promises'
import { inflateRawSync } from 'node:zlib'
import { after, readLong, skipMap } from '../avro/binary.ts'
import { readContainer } from '../avro/container.ts'

const SYNC_BYTES = 16
const MAGIC_BYTES = 4
const HEAD_BYTES = 64 * 1024
const MAX_HEAD_BYTES = 16 * 1024 * 1024
const MAX_BLOCK_BYTES = 2 ** 29
const MAX_EMPTY_RECORDS = 1_000_000

export interface AvroBlock {
  readonly count: number
  /** The records, decompressed. */
  readonly bytes: Buffer
  readonly start: number
  /** Place of the marker before the block: who starts there reads this block first. */
  readonly marker: number
  /** Place of the marker behind it. */
  readonly nextMarker: number
}

export class AvroBlocks {
  readonly schemaText: string
  readonly #file: FileHandle
  readonly #sync: Buffer
  readonly #codec: string
  #at: number

  private constructor(file: FileHandle, header: Buffer, start: number) {
    const { meta, sync } = readContainer(header)
    this.#file = file
    this.#sync = Buffer.from(sync)
    this.#codec = meta.get('avro.codec')?.toString('utf8') || 'null'
    this.schemaText = meta.get('avro.schema')?.toString('utf8') ?? ''
    this.#at = start
    if (this.schemaText === '') throw new Error('It has no Avro schema.')
    if (this.#codec !== 'null' && this.#codec !== 'deflate')
      throw new Error(`Its Avro codec ${this.#codec.slice(0, 40)} is not supported; null and deflate are.`)
  }

  /** Reads the header, then finds the first marker at or behind `position`. */
  static async open(file: FileHandle, position: number): Promise<AvroBlocks> {
    const header = await readHeader(file)
    const blocks = new AvroBlocks(file, header, header.length)
    if (position > header.length - SYNC_BYTES) blocks.#at = await blocks.#behindMarker(position)
    return blocks
  }

  /** Where reading may go on: the marker before the next block. */
  get position(): number {
    return this.#at - SYNC_BYTES
  }

  /** The next block; undefined at the end of the file. */
  async next(): Promise<AvroBlock | undefined> {
    const start = this.#at
    const head = await this.#bytes(start, 20)
    if (head.length === 0) return undefined
    const count = readLong(head, 0, head.length)
    const length = Number.isNaN(count) ? Number.NaN : readLong(head, after(), head.length)
    if (!(count >= 0) || !(length >= 0) || length > MAX_BLOCK_BYTES) throw damaged(start)
    const from = start + after()
    const stored = await this.#bytes(from, length + SYNC_BYTES)
    if (!stored.subarray(length).equals(this.#sync)) throw damaged(start)
    const bytes = this.#decompress(stored.subarray(0, length), start)
    // Records of no bytes exist, but a block that claims millions of them is a lie that would be delivered for ever.
    if (count > Math.max(bytes.length, MAX_EMPTY_RECORDS)) throw damaged(start)
    this.#at = from + length + SYNC_BYTES
    return { count, bytes, start, marker: start - SYNC_BYTES, nextMarker: from + length }
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  #decompress(stored: Buffer, start: number): Buffer {
    if (this.#codec === 'null') return stored
    try {
      return inflateRawSync(stored, { maxOutputLength: MAX_BLOCK_BYTES })
    } catch {
      throw damaged(start)
    }
  }

  async #behindMarker(position: number): Promise<number> {
    for (let at = position; ; at += HEAD_BYTES) {
      const bytes = await this.#bytes(at, HEAD_BYTES + SYNC_BYTES - 1)
      const found = bytes.indexOf(this.#sync)
      if (found >= 0) return at + found + SYNC_BYTES
      if (bytes.length < SYNC_BYTES) return at + bytes.length
    }
  }

  async #bytes(at: number, length: number): Promise<Buffer> {
    return readAt(this.#file, at, length)
  }
}

async function readHeader(file: FileHandle): Promise<Buffer> {
  for (let size = HEAD_BYTES; size <= MAX_HEAD_BYTES; size *= 4) {
    const beginning = await readAt(file, 0, size)
    if (beginning.subarray(0, MAGIC_BYTES).toString('latin1') !== 'Obj\x01') break
    const end = skipMap(beginning, MAGIC_BYTES, beginning.length) + SYNC_BYTES
    if (end >= SYNC_BYTES && end <= beginning.length) return beginning.subarray(0, end)
    if (beginning.length < size) break
  }
  throw new Error('It is not an Avro container file.')
}

/** Up to `length` bytes; fewer only at the end of the file. */
async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { size } = await file.stat()
  const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - at)))
  let filled = 0
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, at + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

function damaged(at: number): Error {
  return new Error(`The Avro block at offset ${at} is damaged.`)
}
