// The two directions of an RPC connection: plain, or with a zlib stream in each (compression-type = deflate).
import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { deflated } from '../avro/zlib-stream.ts'

export interface Wire {
  /** The peer's bytes. */
  readonly input: Readable
  /** Where answers queue up when the peer does not read them. */
  readonly output: Writable
  /** Sends the buffers of one frame or of several whole ones. */
  send(buffers: readonly Buffer[]): void
  /** Sends what is still to be sent and closes this direction. */
  end(): void
  destroy(): void
}

/** `level` is that of the direction out; undefined for a connection without compression. */
export function wireOver(socket: Socket, level: number | undefined): Wire {
  return level === undefined ? new PlainWire(socket) : deflated(socket, level)
}

// What is sent within one turn of the event loop goes out in one call to the system, without being copied together.
class PlainWire implements Wire {
  readonly #socket: Socket
  #corked = false

  constructor(socket: Socket) {
    this.#socket = socket
  }

  get input(): Readable {
    return this.#socket
  }

  get output(): Writable {
    return this.#socket
  }

  send(buffers: readonly Buffer[]): void {
    if (!this.#corked) {
      this.#corked = true
      this.#socket.cork()
      process.nextTick(() => {
        this.#corked = false
        this.#socket.uncork()
      })
    }
    for (const buffer of buffers) this.#socket.write(buffer)
  }

  end(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
