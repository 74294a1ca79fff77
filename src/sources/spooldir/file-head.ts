// Tells by its beginning whether a file is still the one of which a part was delivered: a file that took the name of
// another must be read from its start, although a position is known for that name.
import { closeSync, openSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'

const MOST_BYTES = 1024

/** What identifies the beginning of the file, as far as `upTo`: its length and CRC-32; of no byte if it is unreadable. */
export function headOf(path: string, upTo: number): string {
  const bytes = Buffer.alloc(Math.min(MOST_BYTES, upTo))
  const length = readBeginning(path, bytes)
  return `${length}:${crc32(bytes.subarray(0, length)).toString(16)}`
}

/** Whether the file begins as `head` says. */
export function hasHead(path: string, head: string): boolean {
  return headOf(path, Number.parseInt(head, 10) || 0) === head
}

function readBeginning(path: string, bytes: Buffer): number {
  try {
    const file = openSync(path, 'r')
    try {
      return readSync(file, bytes, 0, bytes.length, 0)
    } finally {
      closeSync(file)
    }
  } catch {
    return 0
  }
}
