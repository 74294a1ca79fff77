// Avro container files of events (Flume 1.11, FlumeEventAvroEventSerializer): a record `Event` of headers and body, a
// block for each batch. The bytes of a batch are the bytes of a block already, so nothing is decoded.
// Compression codecs other than deflate are not available here: as in Flume, the output is then not compressed.
import { type ContainerCodec, containerBlockParts, containerHeader, newSync } from '../avro/container.ts'
import { eachBody, encodedEvents } from '../batch.ts'
import { type Batch, defineSerializer, integer, string } from '../component.ts'

const SCHEMA =
  '{"type":"record","name":"Event","fields":[' +
  '{"name":"headers","type":{"type":"map","values":"string"}},{"name":"body","type":"bytes"}]}'
const NOTHING = Buffer.alloc(0)

export const avroEventSerializer = defineSerializer({
  type: 'avro_event',
  aliases: ['org.apache.flume.serialization.FlumeEventAvroEventSerializer$Builder'],
  summary: 'Writes Avro container files of events.',
  options: {
    syncIntervalBytes: integer({
      default: 2048000,
      min: 32,
      max: 2 ** 30,
      unit: 'bytes',
      doc: 'A block is ended once it holds this much; every batch ends its block anyway.',
    }),
    compressionCodec: string({ default: 'null', doc: 'null or deflate.' }),
  },
  check({ compressionCodec: codec }) {
    if (codecOf(codec) === codec) return []
    const message = `there is no Avro codec ${codec} here; use deflate or null. Compression disabled.`
    return [{ key: 'compressionCodec', message, severity: 'warning' }]
  },
  create({ syncIntervalBytes, compressionCodec }) {
    const codec = codecOf(compressionCodec)
    let sync = newSync()
    return {
      supportsAppend: false,
      header() {
        sync = newSync()
        return containerHeader(SCHEMA, codec, sync)
      },
      write(batch) {
        return pieces(batch, syncIntervalBytes).flatMap((piece) =>
          containerBlockParts(piece.length, encodedEvents(piece), sync, codec),
        )
      },
      footer: () => NOTHING,
    }
  },
})

function codecOf(name: string): ContainerCodec {
  return name === 'deflate' ? 'deflate' : 'null'
}

function pieces(batch: Batch, syncIntervalBytes: number): readonly Batch[] {
  if (batch.length === 0) return []
  if (batch.byteLength <= syncIntervalBytes) return [batch]
  const found: Batch[] = []
  let first = 0
  let start = -1
  let next = 0
  eachBody(batch, (_, bodyStart, end) => {
    if (start < 0) start = bodyStart
    next++
    if (end - start < syncIntervalBytes) return
    found.push(batch.slice(first, next))
    first = next
    start = end
  })
  if (first < next) found.push(batch.slice(first, next))
  return found
}
