// compression-type = deflate on a connection, as Flume has it: each direction is one endless zlib stream (RFC 1950) that
// is flushed with a sync marker and never finished. It is flushed once per frame: per event it would cost ten times as
// much. A peer that does not compress breaks the stream, which ends the connection.
import type { Duplex, Readable, Writable } from 'node:stream'
import { constants, createDeflate, createInflate } from 'node:zlib'

export interface DeflatedStream {
  /** What the peer sent, decompressed. */
  readonly input: Readable
  readonly output: Writable
  /** Compresses the buffers and flushes. */
  send(buffers: readonly Buffer[]): void
  end(): void
  destroy(): void
}

const CHUNK_BYTES = 64 * 1024

/** Puts a zlib stream into each direction of `stream`; `level` is 0 to 9. */
export function deflated(stream: Duplex, level: number): DeflatedStream {
  // A stream that is never finished may end anywhere.
  const inflate = createInflate({ chunkSize: CHUNK_BYTES, finishFlush: constants.Z_SYNC_FLUSH })
  const deflate = createDeflate({ level, chunkSize: CHUNK_BYTES })
  const destroy = (error?: Error) => {
    inflate.destroy(error)
    deflate.destroy()
    stream.destroy()
  }
  stream.pipe(inflate)
  deflate.pipe(stream)
  inflate.on('error', () => destroy())
  deflate.on('error', () => destroy())
  // pipe() passes on an end, which lets what has arrived be decompressed first, but neither an error nor a close.
  stream.once('close', () => {
    if (!stream.readableEnded) inflate.destroy()
    deflate.destroy()
  })
  return {
    input: inflate,
    output: deflate,
    send(buffers) {
      for (const buffer of buffers) deflate.write(buffer)
      deflate.flush(constants.Z_SYNC_FLUSH)
    },
    end() {
      // Ending the compressor would finish the zlib stream, which Flume never does.
      deflate.write(Buffer.alloc(0), () => endWhenEmpty(deflate, stream))
    },
    destroy,
  }
}

function endWhenEmpty(deflate: Readable, stream: Writable): void {
  if (deflate.readableLength === 0) stream.end()
  else stream.once('drain', () => endWhenEmpty(deflate, stream))
}
