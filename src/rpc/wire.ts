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
  if (level !== undefined) return deflated(socket, level)
  return {
    input: socket,
    output: socket,
    send(buffers) {
      writeTogether(socket, buffers)
    },
    end() {
      socket.end()
    },
    destroy() {
      socket.destroy()
    },
  }
}

function writeTogether(output: Writable, buffers: readonly Buffer[]): void {
  if (buffers.length > 1) output.cork()
  for (const buffer of buffers) output.write(buffer)
  if (buffers.length > 1) output.uncork()
}
