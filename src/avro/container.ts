// Avro object container files by hand (Avro specification 1.11, "Object Container Files"), for what writes and reads them
// whole: the avro_event serializer, trackers and saved channels. The bytes of a block are ready made by the caller, so
// that a batch's encoded events become a block without being decoded.
//
//   file  = 'O' 'b' 'j' 01  map<bytes> meta  sync  block...      meta holds avro.schema and avro.codec
//   block = long count  long length  length bytes (encoded by the codec)  sync
//   sync  = 16 bytes, chosen at random for each file
//
import { randomBytes } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { after, readLong, sizeOfLong, skipBytes, skipMap, writeLong } from './binary.ts'

export type ContainerCodec = 'null' | 'deflate'

export interface ContainerBlock {
  /** Objects in the block, as the block claims. */
  readonly count: number
  /** Their encoded bytes, decompressed. */
  readonly bytes: Buffer
}

export interface Container {
  readonly meta: ReadonlyMap<string, Buffer>
  /** The file's marker: what a block that is appended must end with. Empty when the header cannot be read. */
  readonly sync: Buffer
  /** The blocks that are whole, in order; those behind a damaged one are found again by the marker. */
  readonly blocks: readonly ContainerBlock[]
  /** The place behind the last whole block: where a file that ends torn may be cut and appended to. */
  readonly end: number
  /** Where the first damage begins, such as a torn last block; not set when every byte is accounted for. */
  readonly damagedAt?: number
}

const MAGIC = Buffer.from([0x4f, 0x62, 0x6a, 1])
const SYNC_BYTES = 16
// A block that claims to be larger once decompressed is damaged or hostile.
const MAX_BLOCK_BYTES = 1 << 29

/** A marker for a new file: 16 random bytes. */
export function newSync(): Buffer {
  return randomBytes(SYNC_BYTES)
}

/** What a container file begins with. `schema` is the JSON text of the objects' schema; `meta` adds entries of one's own. */
export function containerHeader(
  schema: string,
  codec: ContainerCodec,
  sync: Buffer,
  meta: Iterable<readonly [string, string | Buffer]> = [],
): Buffer {
  const parts: Buffer[] = [MAGIC]
  const entries: (readonly [string, string | Buffer])[] = [['avro.schema', schema], ['avro.codec', codec], ...meta]
  parts.push(long(entries.length))
  for (const [key, value] of entries) {
    for (const part of [key, value]) {
      const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part
      parts.push(long(bytes.length), bytes)
    }
  }
  parts.push(long(0), sync)
  return Buffer.concat(parts)
}

/** One block of `count` encoded objects, ready to be appended. */
export function containerBlock(count: number, objects: Buffer, sync: Buffer, codec: ContainerCodec): Buffer {
  return Buffer.concat(containerBlockParts(count, objects, sync, codec))
}

/** The same block in pieces, for who can write several at once: the objects are not copied. */
export function containerBlockParts(count: number, objects: Buffer, sync: Buffer, codec: ContainerCodec): Buffer[] {
  const bytes = codec === 'deflate' ? deflateRawSync(objects) : objects
  const head = Buffer.allocUnsafe(sizeOfLong(count) + sizeOfLong(bytes.length))
  writeLong(head, writeLong(head, 0, count), bytes.length)
  return [head, bytes, sync]
}

/** Reads a whole file; never throws. Uncompressed blocks share the bytes that were given. */
export function readContainer(file: Buffer): Container {
  const metaEnd = file.subarray(0, MAGIC.length).equals(MAGIC) ? skipMap(file, MAGIC.length, file.length) : -1
  const start = metaEnd + SYNC_BYTES
  if (metaEnd < 0 || start > file.length)
    return { meta: new Map(), sync: Buffer.alloc(0), blocks: [], end: 0, damagedAt: 0 }
  const meta = readMeta(file, MAGIC.length)
  const sync = file.subarray(metaEnd, start)
  return { meta, sync, ...readBlocks(file, start, sync, meta.get('avro.codec')?.toString() ?? 'null') }
}

function readBlocks(file: Buffer, start: number, sync: Buffer, codec: string): Omit<Container, 'meta' | 'sync'> {
  const blocks: ContainerBlock[] = []
  let damagedAt: number | undefined
  let end = start
  let at = start
  while (at < file.length) {
    const block = readBlock(file, at, sync, codec)
    if (block) {
      blocks.push(block)
      at = end = blockEnd
      continue
    }
    damagedAt ??= at
    const marker = file.indexOf(sync, at)
    if (marker < 0) break
    at = marker + SYNC_BYTES
  }
  return damagedAt === undefined ? { blocks, end } : { blocks, end, damagedAt }
}

let blockEnd = 0

function readBlock(file: Buffer, at: number, sync: Buffer, codec: string): ContainerBlock | undefined {
  const count = readLong(file, at, file.length)
  if (!(count >= 0)) return undefined
  const bytesEnd = skipBytes(file, after(), file.length)
  if (bytesEnd < 0 || !file.subarray(bytesEnd, bytesEnd + SYNC_BYTES).equals(sync)) return undefined
  readLong(file, at, file.length)
  readLong(file, after(), file.length)
  const bytes = decompress(file.subarray(after(), bytesEnd), codec)
  if (!bytes) return undefined
  blockEnd = bytesEnd + SYNC_BYTES
  return { count, bytes }
}

function decompress(bytes: Buffer, codec: string): Buffer | undefined {
  if (codec === 'null') return bytes
  if (codec !== 'deflate') return undefined
  try {
    return inflateRawSync(bytes, { maxOutputLength: MAX_BLOCK_BYTES })
  } catch {
    return undefined
  }
}

// The map was skipped before, so it is well-formed.
function readMeta(file: Buffer, from: number): Map<string, Buffer> {
  const meta = new Map<string, Buffer>()
  let at = from
  const next = () => {
    const length = readLong(file, at, file.length)
    const start = after()
    at = start + length
    return file.subarray(start, at)
  }
  for (;;) {
    let count = readLong(file, at, file.length)
    at = after()
    if (count === 0) return meta
    if (count < 0) {
      count = -count
      readLong(file, at, file.length)
      at = after()
    }
    for (; count > 0; count--) {
      const key = next().toString('utf8')
      meta.set(key, next())
    }
  }
}

function long(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(sizeOfLong(value))
  writeLong(bytes, 0, value)
  return bytes
}
