// Headers as Java prints a map, a blank and the body, a line each: `{k=v, k2=v2} body` (Flume 1.11,
// HeaderAndBodyTextEventSerializer). Headers stand in the order in which they were added.
import { readHeaders, skipEvent } from '../avro/events.ts'
import { eachBody, encodedEvents } from '../batch.ts'
import { type Batch, boolean, defineSerializer, type Headers } from '../component.ts'
import { Slab } from './slab.ts'

const NOTHING = Buffer.alloc(0)
const NEWLINE = 10
const NO_HEADERS = '{} '

export const headerAndTextSerializer = defineSerializer({
  type: 'header_and_text',
  aliases: ['org.apache.flume.serialization.HeaderAndBodyTextEventSerializer$Builder'],
  summary: 'Writes headers and bodies of events, a line each.',
  options: {
    appendNewline: boolean({ default: true, doc: 'Write a newline after each body.' }),
  },
  create({ appendNewline }) {
    const slab = new Slab()
    return {
      supportsAppend: true,
      header: () => NOTHING,
      footer: () => NOTHING,
      write(batch) {
        const heads = headsOf(batch)
        const bytes = slab.take(sizeOf(batch, heads) + (appendNewline ? batch.length : 0))
        let at = 0
        let i = 0
        eachBody(batch, (buffer, from, end) => {
          const head = heads[i++]
          at += head === undefined ? bytes.write(NO_HEADERS, at, 'latin1') : bytes.write(head, at)
          at += buffer.copy(bytes, at, from, end)
          if (appendNewline) bytes[at++] = NEWLINE
        })
        return bytes
      },
    }
  },
})

/** What stands before the body of each event; undefined where there are no headers. */
function headsOf(batch: Batch): readonly (string | undefined)[] {
  const events = encodedEvents(batch)
  const heads: (string | undefined)[] = []
  let at = 0
  for (let i = 0; i < batch.length; i++) {
    heads.push(events[at] === 0 ? undefined : headOf(readHeaders(events, at, events.length)))
    at = skipEvent(events, at, events.length)
  }
  return heads
}

function headOf(headers: Headers): string {
  let text = ''
  for (const [key, value] of headers) text += text === '' ? `${key}=${value}` : `, ${key}=${value}`
  return `{${text}} `
}

function sizeOf(batch: Batch, heads: readonly (string | undefined)[]): number {
  let bytes = 0
  for (const head of heads) bytes += head === undefined ? NO_HEADERS.length : Buffer.byteLength(head)
  eachBody(batch, (_, from, end) => {
    bytes += end - from
  })
  return bytes
}
