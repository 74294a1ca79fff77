// Prints events into the agent's log (Flume 1.11, LoggerSink and EventHelper): headers as Java prints a map, and the
// first bytes of the body as a dump whose first row bears no offset. maxBytesToLog works here; in Flume 1.11 it does not.
// Lines are made of bytes in one buffer, because half a million a second are wanted.
import { bodyStart, lastBodyLength, readHeaders } from '../avro/events.ts'
import { encodedEvents } from '../batch.ts'
import { defineSink, type Headers, integer } from '../component.ts'

const ROW_BYTES = 16
const HEX_COLUMNS = ROW_BYTES * 3
/** Line break, offset, blank, columns of hex, characters. */
const ROW_CHARS = 1 + 8 + 1 + HEX_COLUMNS + ROW_BYTES
const END_CHARS = 2
const BLANK = 0x20
const CLOSING = 0x7d
const HEX = Buffer.from('0123456789ABCDEF')
const CHARS = Buffer.from(Array.from({ length: 256 }, (_, byte) => (byte >= 0x20 && byte < 0x7f ? byte : 0x2e)))
const BODY = ' body:'
const NO_HEADERS = `Event: { headers:{}${BODY}`

export const loggerSink = defineSink({
  type: 'logger',
  aliases: ['org.apache.flume.sink.LoggerSink'],
  summary: "Prints events into the agent's log.",
  options: {
    maxBytesToLog: integer({
      default: 16,
      min: 0,
      unit: 'bytes',
      onInvalid: 'default',
      doc: 'Bytes of the body that are shown, 16 in a row.',
    }),
  },
  create({ maxBytesToLog }, { log }) {
    const dump = dumper(maxBytesToLog)
    return {
      // Flume takes one event per transaction; more at once look the same in the log.
      batchSize: 100,
      async write(batch) {
        const events = encodedEvents(batch)
        let at = 0
        for (let i = 0; i < batch.length; i++) {
          const head = events[at] === 0 ? NO_HEADERS : headOf(readHeaders(events, at, events.length))
          const from = bodyStart(events, at, events.length)
          at = from + lastBodyLength()
          log.info(head + dump(events, from, at))
        }
        return undefined
      },
    }
  },
})

function headOf(headers: Headers): string {
  let text = ''
  for (const [key, value] of headers) text += text === '' ? `${key}=${value}` : `, ${key}=${value}`
  return `Event: { headers:{${text}}${BODY}`
}

/** A function from a body's place to the dump of its first bytes and the end of the line. */
function dumper(maxBytes: number): (bytes: Buffer, from: number, end: number) => string {
  let line = Buffer.alloc(ROW_CHARS + END_CHARS)
  return (bytes, from, end) => {
    const shown = Math.min(end - from, maxBytes)
    const needed = Math.ceil(shown / ROW_BYTES) * ROW_CHARS + END_CHARS
    if (line.length < needed) line = Buffer.alloc(needed)
    let to = 0
    for (let offset = 0; offset < shown; offset += ROW_BYTES) {
      if (offset > 0) to = writeOffset(line, to, offset)
      line[to++] = BLANK
      const row = from + offset
      to = writeRow(line, to, bytes, { from: row, to: Math.min(row + ROW_BYTES, from + shown) })
    }
    line[to++] = BLANK
    line[to++] = CLOSING
    return line.toString('latin1', 0, to)
  }
}

function writeOffset(line: Buffer, at: number, offset: number): number {
  return at + line.write(`\n${offset.toString(16).toUpperCase().padStart(8, '0')}`, at, 'latin1')
}

function writeRow(
  line: Buffer,
  at: number,
  bytes: Buffer,
  row: { readonly from: number; readonly to: number },
): number {
  let hex = at
  let text = at + HEX_COLUMNS
  const columnsEnd = text
  for (let i = row.from; i < row.to; i++) {
    const byte = bytes[i] as number
    line[hex++] = HEX[byte >> 4] as number
    line[hex++] = HEX[byte & 15] as number
    line[hex++] = BLANK
    line[text++] = CHARS[byte] as number
  }
  while (hex < columnsEnd) line[hex++] = BLANK
  return text
}
