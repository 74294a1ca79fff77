// Lines of a stream into batches for avro-client. A line ends at \n, \r or \r\n, as Java's readLine has it; a last line
// without end counts, an empty line is an empty event. Bytes are sent as they are, where Flume decodes and encodes them.
// Better on purpose: Flume holds a batch back until it is full; here what has come goes out when the input pauses.
import type { Readable } from 'node:stream'
import type { Batch } from '../batch.ts'
import { BatchBuilder } from '../batch-builder.ts'
import type { Headers } from '../event.ts'
import { LineSplitter } from '../net/lines.ts'

export interface LineBatchOptions {
  /** Headers of every event. */
  readonly headers: Headers
  /** Events per batch at most. */
  readonly batchSize: number
  /** How long an unfinished batch waits for more input, in ms. Default 500. */
  readonly pauseMs?: number
  /** Longest event in bytes; a longer line becomes several. Default 4 MiB. */
  readonly maxLineBytes?: number
  /** Called for each piece of a line that was too long. */
  onPiece?(): void
}

const MAX_BATCH_BYTES = 4 << 20

/** Reads the stream to its end, holding no more than a chunk and a batch, and destroys it. */
export async function* lineBatches(input: Readable, options: LineBatchOptions): AsyncGenerator<Batch, void, undefined> {
  const { headers, batchSize, pauseMs = 500, maxLineBytes = 4 << 20, onPiece } = options
  const splitter = new LineSplitter({ maxBytes: maxLineBytes, ends: 'any' })
  const builder = new BatchBuilder()
  const ready: Batch[] = []
  const onLine = (buffer: Buffer, start: number, end: number, whole: boolean) => {
    builder.add(headers, buffer.subarray(start, end))
    if (builder.length >= batchSize || builder.byteLength >= MAX_BATCH_BYTES) ready.push(builder.build())
    if (!whole) onPiece?.()
  }
  const chunks: AsyncIterator<Buffer> = input[Symbol.asyncIterator]()
  try {
    let next = chunks.next()
    for (;;) {
      const chunk = builder.length > 0 ? await within(pauseMs, next) : await next
      if (chunk === undefined) yield builder.build()
      else if (chunk.done) break
      else {
        splitter.push(chunk.value, onLine)
        next = chunks.next()
        // Whoever takes the batches may stop in between; the chunk that fails then is nobody's any more.
        next.catch(() => {})
        yield* ready.splice(0)
      }
    }
    splitter.end(onLine)
    yield* ready.splice(0)
    if (builder.length > 0) yield builder.build()
  } finally {
    input.destroy()
  }
}

async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, undefined)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
