// Frames of Avro's Netty transport, as Flume's clients and sources exchange them. All integers are signed 32 bits, high
// byte first; the buffers together are one Avro message, and where they are cut means nothing.
//
//   frame = serial count count * ( length byte... )
//
// A frame is refused by what it claims, before it is gathered (Flume gathers first: a million empty buffers stop it).
// A frame that lies inside one chunk is not copied; another is gathered once, into a buffer of its size.
import { ProtocolError } from '../errors.ts'

export interface FrameLimits {
  /** Bytes of one frame, lengths included. */
  readonly maxFrameBytes: number
  /** Buffers of one frame. */
  readonly maxBuffersPerFrame: number
}

export interface Frame {
  readonly serial: number
  /** The first buffer: what Flume and Avro's clients put handshake, call meta and message name into. */
  readonly head: Buffer
  /** The other buffers, joined. */
  readonly rest: Buffer
  /** Bytes that the frame took on the wire. */
  readonly byteLength: number
}

const EMPTY = Buffer.alloc(0)
const PLAIN_BYTES = 256 * 1024

/** Cuts a stream of chunks into frames. After it has thrown, the stream has no meaning any more. */
export class FrameReader {
  readonly #limits: FrameLimits
  #chunk: Buffer = EMPTY
  #at = 0
  // A frame that began in an earlier chunk is gathered here.
  #stash: Buffer | undefined
  #filled = 0
  // How far the lengths of the frame in hand are known: count, buffers that lie there whole, the place behind them,
  // and the bytes that are needed to go on.
  #count = -1
  #part = 0
  #known = 0
  #need = 8

  constructor(limits: FrameLimits) {
    this.#limits = limits
  }

  /** Bytes that are held: of a frame that is not whole, and of frames that were not asked for. */
  get byteLength(): number {
    return this.#filled + this.#chunk.length - this.#at
  }

  push(chunk: Buffer): void {
    const left = this.#chunk.length - this.#at
    this.#chunk = left === 0 ? chunk : Buffer.concat([this.#chunk.subarray(this.#at), chunk])
    this.#at = 0
  }

  /** The next whole frame, or undefined until more is pushed. Throws ProtocolError when the frame breaks a limit. */
  next(): Frame | undefined {
    if (this.#stash === undefined) {
      if (this.#at === this.#chunk.length) return undefined
      if (this.#scan(this.#chunk, this.#at, this.#chunk.length)) {
        const frame = this.#cut(this.#chunk, this.#at, false)
        this.#at += frame.byteLength
        return frame
      }
      this.#stash = EMPTY
    }
    return this.#gather()
  }

  #gather(): Frame | undefined {
    for (;;) {
      const missing = this.#need - this.#filled
      const bytes = Math.min(missing, this.#chunk.length - this.#at)
      const stash = this.#room(bytes)
      this.#chunk.copy(stash, this.#filled, this.#at, this.#at + bytes)
      this.#filled += bytes
      this.#at += bytes
      if (bytes < missing) {
        this.#chunk = EMPTY
        this.#at = 0
        return undefined
      }
      if (this.#scan(stash, 0, this.#filled)) {
        this.#stash = undefined
        this.#filled = 0
        return this.#cut(stash, 0, true)
      }
    }
  }

  // A large claim gets its memory as the bytes arrive, four times what is there, so that it costs its sender something.
  #room(bytes: number): Buffer {
    const stash = this.#stash ?? EMPTY
    const least = this.#filled + bytes
    if (least <= stash.length) return stash
    let capacity = Math.max(least, Math.min(this.#need, Math.max(PLAIN_BYTES, this.#filled * 4)))
    if (this.#part < this.#count - 1) capacity = Math.max(capacity, this.#filled * 2)
    const grown = Buffer.allocUnsafeSlow(capacity)
    stash.copy(grown, 0, 0, this.#filled)
    this.#stash = grown
    return grown
  }

  // Walks over the lengths of the frame that starts at `start`; true when it ends before `end`.
  #scan(buffer: Buffer, start: number, end: number): boolean {
    const { maxFrameBytes, maxBuffersPerFrame } = this.#limits
    if (this.#count < 0) {
      if (end - start < 8) return false
      const count = int32(buffer, start + 4)
      if (count < 0 || count > maxBuffersPerFrame)
        throw new ProtocolError(`a frame claims ${count} buffers (${maxBuffersPerFrame} at most are taken)`)
      this.#count = count
      this.#known = 8
    }
    for (; this.#part < this.#count; this.#part++) {
      this.#need = this.#known + 4
      if (end - start < this.#need) return false
      const length = int32(buffer, start + this.#known)
      this.#need += length
      if (length < 0 || this.#need > maxFrameBytes)
        throw new ProtocolError(`a frame claims a buffer of ${length} bytes (${maxFrameBytes} at most are taken)`)
      if (end - start < this.#need) return false
      this.#known = this.#need
    }
    return true
  }

  #cut(buffer: Buffer, start: number, owned: boolean): Frame {
    const count = this.#count
    const byteLength = this.#known
    this.#count = -1
    this.#part = 0
    this.#need = 8
    const serial = int32(buffer, start)
    if (count === 0) return { serial, head: EMPTY, rest: EMPTY, byteLength }
    const headEnd = start + 12 + int32(buffer, start + 8)
    const head = buffer.subarray(start + 12, headEnd)
    if (count === 1) return { serial, head, rest: EMPTY, byteLength }
    const end = start + byteLength
    if (count === 2) return { serial, head, rest: buffer.subarray(headEnd + 4, end), byteLength }
    return { serial, head, rest: joinBuffers(buffer, headEnd, end, owned), byteLength }
  }
}

// Moves the buffers of a frame together: in place when the memory is the frame's own.
function joinBuffers(buffer: Buffer, from: number, end: number, inPlace: boolean): Buffer {
  const start = inPlace ? from : 0
  const target = inPlace ? buffer : Buffer.allocUnsafe(end - from)
  let to = start
  for (let at = from; at < end; ) {
    const length = int32(buffer, at)
    at += 4
    buffer.copy(target, to, at, at + length)
    to += length
    at += length
  }
  return target.subarray(start, to)
}

function int32(buffer: Buffer, at: number): number {
  return (
    ((buffer[at] as number) << 24) |
    ((buffer[at + 1] as number) << 16) |
    ((buffer[at + 2] as number) << 8) |
    (buffer[at + 3] as number)
  )
}

/** A whole frame in one buffer, for messages that are small. */
export function writeFrame(serial: number, buffers: readonly Buffer[]): Buffer {
  let size = 8
  for (const buffer of buffers) size += 4 + buffer.length
  const frame = Buffer.allocUnsafe(size)
  frame.writeInt32BE(serial, 0)
  frame.writeInt32BE(buffers.length, 4)
  let at = 8
  for (const buffer of buffers) {
    at = frame.writeInt32BE(buffer.length, at)
    at += buffer.copy(frame, at)
  }
  return frame
}
