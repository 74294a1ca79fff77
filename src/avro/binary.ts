// Avro's binary primitives by hand, for the few types that Flume's wire and batches are made of
// (Avro specification 1.11, "Binary Encoding"): a long is zig-zag and then base 128, low groups first; bytes and strings
// are a long and that many bytes; a map is blocks of pairs, each block headed by its count, ended by a zero count; a
// negative count is followed by the block's size in bytes.
//
// Readers take the place to read at and leave the place after it in `after()`: the hot path cannot afford an object per
// number. A malformed or cut value gives NaN for numbers and -1 for places, never an exception.

let next = 0

/** The place after what was read last. */
export function after(): number {
  return next
}

/** Reads a long; NaN when it is cut at `end` or longer than ten bytes. Beyond 2^53 it is no longer exact. */
export function readLong(buffer: Uint8Array, at: number, end: number): number {
  if (at >= end) return Number.NaN
  let byte = buffer[at++] as number
  if (byte < 0x80) {
    next = at
    return byte & 1 ? -((byte + 1) >> 1) : byte >> 1
  }
  let low = byte & 0x7f
  let shift = 7
  while (shift < 28) {
    if (at >= end) return Number.NaN
    byte = buffer[at++] as number
    low |= (byte & 0x7f) << shift
    shift += 7
    if (byte < 0x80) {
      next = at
      return low & 1 ? -((low + 1) >> 1) : low >> 1
    }
  }
  return readWideLong(buffer, at, end, low)
}

function readWideLong(buffer: Uint8Array, from: number, end: number, low: number): number {
  let at = from
  let value = low
  for (let factor = 2 ** 28; factor <= 2 ** 63; factor *= 128) {
    if (at >= end) return Number.NaN
    const byte = buffer[at++] as number
    value += (byte & 0x7f) * factor
    if (byte < 0x80) {
      next = at
      return low & 1 ? -((value + 1) / 2) : value / 2
    }
  }
  return Number.NaN
}

/** Bytes that `value` takes. */
export function sizeOfLong(value: number): number {
  let zigzag = value < 0 ? -value * 2 - 1 : value * 2
  let size = 1
  while (zigzag >= 0x80) {
    zigzag = Math.floor(zigzag / 128)
    size++
  }
  return size
}

/** Writes a long and returns the place after it. */
export function writeLong(buffer: Uint8Array, at: number, value: number): number {
  let zigzag = value < 0 ? -value * 2 - 1 : value * 2
  while (zigzag >= 0x80) {
    buffer[at++] = (zigzag % 128) | 0x80
    zigzag = Math.floor(zigzag / 128)
  }
  buffer[at++] = zigzag
  return at
}

/** Skips bytes or a string; -1 when malformed or cut. */
export function skipBytes(buffer: Uint8Array, at: number, end: number): number {
  const length = readLong(buffer, at, end)
  if (!(length >= 0) || length > end - next) return -1
  return next + length
}

/** Skips a map whose values are bytes or strings; -1 when malformed or cut. */
export function skipMap(buffer: Uint8Array, from: number, end: number): number {
  let at = from
  for (;;) {
    let count = readLong(buffer, at, end)
    if (Number.isNaN(count)) return -1
    at = next
    if (count === 0) return at
    if (count < 0) {
      count = -count
      if (!(readLong(buffer, at, end) >= 0)) return -1
      at = next
    }
    // A pair takes two bytes at least, so a claimed count beyond that is a lie: refuse it before looping over it.
    if (count > (end - at) / 2) return -1
    for (let i = 0; i < count * 2; i++) {
      at = skipBytes(buffer, at, end)
      if (at < 0) return -1
    }
  }
}
