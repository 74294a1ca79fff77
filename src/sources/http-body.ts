// Reads request bodies within two limits, one for a request and one for all that are held at a time, because Flume's http
// source dies of OutOfMemoryError under a few dozen large posts. A length that is announced is refused before anything
// is read; a body of unknown length is counted while it comes, at twice its size at most.
import type { IncomingMessage } from 'node:http'

/** A body that is not read; `status` and message are for the client. */
export class RefusedError extends Error {
  readonly status: 413 | 503

  constructor(status: 413 | 503, message: string) {
    super(message)
    this.status = status
  }
}

/** What requests cost beside their bodies. */
const REQUEST_BYTES = 4096
const FIRST_BYTES = 16 * 1024
/** Requests above this may use three quarters of the budget, so that slow large ones do not keep the small ones out. */
const LARGE_BYTES = 1024 * 1024

/** The bytes that all requests of a source hold together. */
export class HeldBytes {
  readonly limit: number
  #held = 0

  constructor(limit: number) {
    this.limit = limit
  }

  /** A hold for one request; undefined when there is no room for it now. There is always room for a lonely one. */
  hold(bytes: number): Hold | undefined {
    return this.grow(bytes + REQUEST_BYTES, bytes) ? new Hold(this, bytes) : undefined
  }

  /** Adds to what a request of `total` bytes holds. */
  grow(bytes: number, total: number): boolean {
    const limit = total > LARGE_BYTES ? this.limit * 0.75 : this.limit
    if (this.#held + bytes > limit && this.#held + bytes > total + REQUEST_BYTES) return false
    this.#held += bytes
    return true
  }

  release(bytes: number): void {
    this.#held -= bytes
  }
}

class Hold {
  readonly #all: HeldBytes
  bytes: number
  #released = false

  constructor(all: HeldBytes, bytes: number) {
    this.#all = all
    this.bytes = bytes
  }

  growTo(bytes: number): boolean {
    if (!this.#all.grow(bytes - this.bytes, bytes)) return false
    this.bytes = bytes
    return true
  }

  release(): void {
    if (!this.#released) this.#all.release(this.bytes + REQUEST_BYTES)
    this.#released = true
  }
}

export interface BodyLimits {
  /** Bytes of a body above which the request is refused. */
  readonly maxBytes: number
  /** Bytes above which the rest of a body is thrown away. */
  readonly keepBytes: number
  readonly held: HeldBytes
}

export interface Body {
  readonly cut: boolean
  /** The bytes, once: they are not kept, because events hold bytes of their own while they wait for a channel. */
  take(): Buffer
  /** Gives the room back; must be called when the events are stored or refused. */
  release(): void
}

/**
 * The body of a request. `proceed` is called once reading begins. Rejects with RefusedError, or with another error when
 * the client went away; nothing is held then, and of a refused request the rest is still to come.
 */
export function readBody(request: IncomingMessage, limits: BodyLimits, proceed: () => void): Promise<Body> {
  const header = request.headers['content-length']
  const declared = header === undefined ? undefined : Number(header)
  const wanted = Math.min(declared ?? (request.headers['transfer-encoding'] ? FIRST_BYTES : 0), limits.keepBytes)
  if (wanted > limits.maxBytes) return Promise.reject(tooLarge(limits))
  const hold = limits.held.hold(wanted)
  if (hold === undefined) return Promise.reject(noRoom())
  proceed()
  const body = new GrowingBody(limits, hold)
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      request.off('data', onData).off('end', settle).off('close', onClose)
      if (error === undefined) return resolve(body)
      hold.release()
      reject(error)
    }
    const onData = (chunk: Buffer) => {
      const refusal = body.add(chunk)
      if (refusal) settle(refusal)
    }
    const onClose = () => settle(new Error('the client went away in the middle of a request'))
    request.on('data', onData).on('end', settle).on('close', onClose)
  })
}

class GrowingBody implements Body {
  cut = false
  readonly #limits: BodyLimits
  readonly #hold: Hold
  #buffer: Buffer | undefined
  #length = 0

  constructor(limits: BodyLimits, hold: Hold) {
    this.#limits = limits
    this.#hold = hold
  }

  take(): Buffer {
    const bytes = this.#buffer?.subarray(0, this.#length) ?? Buffer.alloc(0)
    this.#buffer = undefined
    return bytes
  }

  release(): void {
    this.#hold.release()
  }

  add(all: Buffer): RefusedError | undefined {
    const keep = this.#limits.keepBytes - this.#length
    this.cut ||= all.length > keep
    const chunk = all.length > keep ? all.subarray(0, keep) : all
    const length = this.#length + chunk.length
    if (length > this.#hold.bytes) {
      const refusal = this.#grow(length)
      if (refusal) return refusal
    }
    // A body that came in one piece is used as it is.
    if (this.#buffer === undefined && chunk.length === this.#hold.bytes) this.#buffer = chunk
    else {
      this.#buffer = this.#roomFor(this.#hold.bytes)
      chunk.copy(this.#buffer, this.#length)
    }
    this.#length = length
    return undefined
  }

  #grow(length: number): RefusedError | undefined {
    const { maxBytes, keepBytes } = this.#limits
    if (length > maxBytes) return tooLarge(this.#limits)
    const bytes = Math.min(Math.max(length, this.#hold.bytes * 2), maxBytes, keepBytes)
    return this.#hold.growTo(bytes) ? undefined : noRoom()
  }

  #roomFor(bytes: number): Buffer {
    if (this.#buffer !== undefined && this.#buffer.length >= bytes) return this.#buffer
    const buffer = Buffer.allocUnsafeSlow(bytes)
    this.#buffer?.copy(buffer, 0, 0, this.#length)
    return buffer
  }
}

/** Lets the rest of a refused request pass, so that its sender sees the answer; cuts it off beyond `maxBytes`. */
export function drain(request: IncomingMessage, maxBytes: number): void {
  let passed = 0
  request.on('data', (chunk: Buffer) => {
    passed += chunk.length
    if (passed > maxBytes) request.socket.destroy()
  })
}

function tooLarge({ maxBytes }: BodyLimits): RefusedError {
  return new RefusedError(413, `A request may have ${maxBytes} bytes (maxRequestBytes).`)
}

function noRoom(): RefusedError {
  return new RefusedError(503, 'Too many bytes of other requests are held (maxHeldBytes). Try again.')
}
