// The file that tells how far the current file was delivered: Flume's .flumespool-main.meta (Flume 1.11,
// DurablePositionTracker), an Avro container file to which each commit appends a block; the last one counts.
//
//   meta  = file: path; millrace.head: the file's beginning, see file-head.ts
//   Flume's block = 1 record { long offset }
//   our block     = 2 records { long check } { long offset }     check = CRC-32 of the path and the offset in decimal
//
// Flume takes the last record of the file, so it reads ours as well. With the check a damaged record is never believed.
import { crc32 } from 'node:zlib'
import { after, readLong, sizeOfLong, writeLong } from '../../avro/binary.ts'
import { containerBlock, containerHeader, readContainer } from '../../avro/container.ts'

const SCHEMA = JSON.stringify({
  type: 'record',
  name: 'TransferStateFileMeta',
  namespace: 'org.apache.flume.serialization',
  fields: [{ name: 'offset', type: 'long' }],
})

export interface TrackerState {
  readonly path: string
  readonly position: number
  /** The file's beginning; not told by Flume. */
  readonly head: string | undefined
}

export function trackerHeader(path: string, head: string, sync: Buffer): Buffer {
  return containerHeader(SCHEMA, 'null', sync, [
    ['file', path],
    ['millrace.head', head],
  ])
}

export function trackerBlock(path: string, position: number, sync: Buffer): Buffer {
  const check = checkOf(path, position)
  const records = Buffer.allocUnsafe(sizeOfLong(check) + sizeOfLong(position))
  writeLong(records, writeLong(records, 0, check), position)
  return containerBlock(2, records, sync, 'null')
}

/** The last good record; undefined when there is none. Never throws. */
export function readTracker(bytes: Buffer): TrackerState | undefined {
  const { meta, blocks } = readContainer(bytes)
  const path = meta.get('file')?.toString('utf8')
  if (path === undefined) return undefined
  for (let i = blocks.length - 1; i >= 0; i--) {
    const block = blocks[i]
    const position = block ? positionIn(block.bytes, block.count, path) : undefined
    if (position !== undefined) return { path, position, head: meta.get('millrace.head')?.toString('utf8') }
  }
  return undefined
}

function positionIn(bytes: Buffer, count: number, path: string): number | undefined {
  const first = readLong(bytes, 0, bytes.length)
  if (count === 1) return whole(bytes, first)
  if (count !== 2 || Number.isNaN(first)) return undefined
  const position = whole(bytes, readLong(bytes, after(), bytes.length))
  return position !== undefined && checkOf(path, position) === first ? position : undefined
}

function whole(bytes: Buffer, position: number): number | undefined {
  return position >= 0 && after() === bytes.length ? position : undefined
}

function checkOf(path: string, position: number): number {
  return crc32(String(position), crc32(path))
}
