// Records of an Avro container file as events (Flume 1.11, AvroEventDeserializer): the body is the record's bare datum,
// a header tells the schema, by CRC-64-AVRO fingerprint or in full. Reading can go on at the sync marker before a block,
// so a restart may repeat the records of one block. Different on purpose: when the last event of a block was read,
// reading goes on behind that block; records are not decoded, so values beyond Java's types pass.
import { open } from 'node:fs/promises'
import { parseSchema, type Schema } from '../avro/schema.ts'
import { skipValue } from '../avro/schema-skip.ts'
import { type Batch, BatchBuilder, choice, type Deserializer, defineDeserializer, reasonOf } from '../component.ts'
import { type AvroBlock, AvroBlocks } from './avro-blocks.ts'
import { schemaFingerprint } from './avro-fingerprint.ts'

export const avroDeserializer = defineDeserializer({
  type: 'avro',
  aliases: ['org.apache.flume.serialization.AvroEventDeserializer$Builder'],
  summary: 'Reads the records of an Avro container file; each record is an event.',
  options: {
    schemaType: choice(['HASH', 'LITERAL'], {
      default: 'HASH',
      doc: 'HASH: the fingerprint of the schema in the header flume.avro.schema.hash; LITERAL: its text in flume.avro.schema.literal.',
    }),
  },
  async create({ schemaType }, context) {
    const file = await open(context.path, 'r')
    try {
      const blocks = await AvroBlocks.open(file, context.position)
      const text = blocks.schemaText
      const schema = readSchema(text)
      if (schemaType === 'HASH')
        return new AvroReader(blocks, schema, ['flume.avro.schema.hash', schemaFingerprint(JSON.parse(text))])
      context.log.warn('schemaType is LITERAL: every event carries the whole schema in a header. HASH is much smaller.')
      return new AvroReader(blocks, schema, ['flume.avro.schema.literal', text])
    } catch (error) {
      await file.close()
      throw error
    }
  },
})

function readSchema(text: string): Schema {
  try {
    return parseSchema(text)
  } catch (error) {
    throw new Error(`Its Avro schema cannot be used: ${reasonOf(error)}.`)
  }
}

class AvroReader implements Deserializer {
  readonly #blocks: AvroBlocks
  readonly #schema: Schema
  readonly #headers: ReadonlyMap<string, string>
  readonly #builder = new BatchBuilder()
  #block: AvroBlock | undefined
  #at = 0
  #left = 0
  position: number

  constructor(blocks: AvroBlocks, schema: Schema, header: readonly [string, string]) {
    this.#blocks = blocks
    this.#schema = schema
    this.#headers = new Map([header])
    this.position = blocks.position
  }

  async read(max: number): Promise<Batch> {
    const builder = this.#builder
    try {
      while (builder.length < max && (await this.#loaded())) this.#addRecord()
    } catch (error) {
      // The records before come first; the next call meets the same bytes again.
      if (builder.length === 0) throw error
    }
    return builder.build()
  }

  close(): Promise<void> {
    return this.#blocks.close()
  }

  async #loaded(): Promise<boolean> {
    while (this.#left === 0) {
      this.#block = await this.#blocks.next()
      if (!this.#block) return false
      this.#at = 0
      this.#left = this.#block.count
    }
    return true
  }

  #addRecord(): void {
    const block = this.#block
    if (!block) return
    const end = skipValue(this.#schema, block.bytes, this.#at, block.bytes.length)
    if (end < 0 || (this.#left === 1 && end !== block.bytes.length))
      throw new Error(`The Avro block at offset ${block.start} does not hold what its schema says.`)
    this.#builder.add(this.#headers, block.bytes.subarray(this.#at, end))
    this.#at = end
    this.#left--
    this.position = this.#left === 0 ? block.nextMarker : block.marker
  }
}
