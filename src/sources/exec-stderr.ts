// Logs what a command says on its standard error, line by line (Flume 1.11, ExecSource's StderrReader). A line without an
// end comes in pieces, so that a flood costs no memory.
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Charset, charsetOf } from '../charset.ts'
import type { Log } from '../log.ts'
import { TextLines } from '../net/text-lines.ts'

const MAX_LINE_BYTES = 8192
/** How long the end is awaited after the command has ended: something that it started may hold it open for good. */
const LINGER_MS = 1000

/** Logs all lines; the function that it gives resolves when the last one is logged, within a second. */
export function logStderr(stderr: Readable, charset: Charset, log: Log): () => Promise<void> {
  const text = new TextLines({ charset, bodies: charsetOf('UTF-8') ?? charset, maxBytes: MAX_LINE_BYTES, ends: 'any' })
  let line = 0
  const onLine = (buffer: Buffer, start: number, end: number) => {
    line++
    log.info(`StderrLogger[${line}] = '${buffer.toString('utf8', start, end)}'`)
  }
  const ended = new Promise<void>((resolve) => stderr.once('close', resolve))
  stderr.on('data', (chunk: Buffer) => text.push(chunk, onLine))
  return async () => {
    await Promise.race([ended, sleep(LINGER_MS, undefined, { ref: false })])
    stderr.destroy()
    text.end(onLine)
  }
}
