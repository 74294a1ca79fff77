// How the encodings that need no tables read and write: UTF-8, UTF-16, UTF-32, Latin-1 and ASCII. A malformed sequence
// leaves a mark in the text that `bad` finds, so that one piece of code (charset.ts) replaces, drops or refuses it.
/** How one encoding reads and writes; policies and streams are the same for all. */
export interface Form {
  readonly name: string
  /** Text of whole characters; malformed sequences leave what `bad` matches. */
  read(bytes: Buffer): string
  /** Trailing bytes that are the beginning of a character. */
  cut(bytes: Buffer): number
  write(text: string): Buffer
  /** What `read` leaves in the text for a malformed sequence. */
  readonly bad: RegExp
  /** Offset of the first malformed sequence in bytes, -1 for none; `at` is where `bad` matched the text. */
  offsetOf(bytes: Buffer, text: string, at: number): number
}

const LONE_SURROGATE = /\p{Surrogate}/gu
export const utf8: Form = {
  name: 'UTF-8',
  read: (bytes) => bytes.toString('utf8'),
  cut: cutUtf8,
  write: (text) => Buffer.from(text, 'utf8'),
  bad: /\ufffd/g,
  offsetOf: malformedUtf8,
}

export const ascii: Form = {
  name: 'US-ASCII',
  read: (bytes) => bytes.toString('latin1'),
  cut: () => 0,
  write: (text) => Buffer.from(text.replace(/[^\0-\x7f]/gu, '?'), 'latin1'),
  bad: /[\x80-\xff]/g,
  offsetOf: (_bytes, _text, at) => at,
}

export const latin1: Form = {
  ...ascii,
  name: 'ISO-8859-1',
  write: (text) => Buffer.from(text.replace(/[^\0-\xff]/gu, '?'), 'latin1'),
  bad: /(?!)/g,
}

export function utf16(name: string, little: boolean, mark = ''): Form {
  return {
    name,
    read(bytes) {
      const even = bytes.length & ~1
      const text = (little ? bytes : Buffer.from(bytes.subarray(0, even)).swap16()).toString('utf16le', 0, even)
      return even < bytes.length ? `${text}\ud800` : text
    },
    cut(bytes) {
      const odd = bytes.length & 1
      const high = bytes[bytes.length - odd - (little ? 1 : 2)] ?? 0
      return (high & 0xfc) === 0xd8 ? odd + 2 : odd
    },
    write(text) {
      const bytes = Buffer.from(mark + text, 'utf16le')
      return little ? bytes : bytes.swap16()
    },
    bad: LONE_SURROGATE,
    offsetOf: (_bytes, _text, at) => at * 2,
  }
}

export function utf32(name: string, little: boolean): Form {
  return {
    name,
    read(bytes) {
      let text = ''
      for (let at = 0; at < bytes.length; at += 4) {
        const point = at + 4 > bytes.length ? -1 : little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)
        text += point >= 0 && point <= 0x10ffff ? String.fromCodePoint(point) : '\ud800'
        // Two encoded surrogates must not become a pair.
        if (point >= 0xdc00 && point < 0xe000) text = `${text.slice(0, -1)}\ud800`
      }
      return text
    },
    cut: (bytes) => bytes.length % 4,
    write(text) {
      const points = [...text]
      const bytes = Buffer.allocUnsafe(points.length * 4)
      points.forEach((point, i) => {
        const value = point.codePointAt(0) ?? 0
        little ? bytes.writeUInt32LE(value, i * 4) : bytes.writeUInt32BE(value, i * 4)
      })
      return bytes
    },
    bad: LONE_SURROGATE,
    offsetOf: (_bytes, text, at) => [...text.slice(0, at)].length * 4,
  }
}

/** Bytes of the character at `at`; negative: bytes of a malformed or cut sequence (the longest that could begin one). */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number
  if (first < 0x80) return 1
  if (first < 0xc2 || first > 0xf4) return -1
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  let low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  let high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  for (let i = 1; i < length; i++) {
    const next = bytes[at + i] ?? 0
    if (next < low || next > high) return -i
    low = 0x80
    high = 0xbf
  }
  return length
}

function malformedUtf8(bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at)
    if (length < 0) return at
    at += length
  }
  return -1
}

export function withoutMalformedUtf8(bytes: Buffer): string {
  const good: Buffer[] = []
  let from = 0
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at)
    at += Math.abs(length)
    if (length > 0) continue
    good.push(bytes.subarray(from, at + length))
    from = at
  }
  return Buffer.concat([...good, bytes.subarray(from)]).toString('utf8')
}

/** Trailing bytes that are the beginning of a character. */
export function cutUtf8(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return byte >= 0xc2 && sequenceLength(bytes, bytes.length - back) === -back ? back : 0
  }
  return 0
}
