// Bodies that are Avro data, readable on a terminal: an event whose header flume.avro.schema.literal holds the schema of
// its body (spooldir's AVRO deserializer with schemaType LITERAL, log4j appenders) is shown as JSON. Decoding is avsc's;
// before that the body is walked over with a budget, because a hostile one could keep avsc busy for ever.
import type { Type } from 'avsc'
import { parseSchema, type Schema } from '../avro/schema.ts'
import { skipValue } from '../avro/schema-skip.ts'
import type { Event } from '../event.ts'

export const SCHEMA_HEADER = 'flume.avro.schema.literal'
const MOST_SCHEMAS = 100

interface Reader {
  readonly schema: Schema
  readonly type: Type
}

export class AvroBodies {
  readonly #readers = new Map<string, Reader | undefined>()

  /** The body as JSON; as it is when its event has no schema, or the body is not what the schema says. */
  async show({ headers, body }: Event): Promise<string | Buffer> {
    const text = headers.get(SCHEMA_HEADER)
    if (text === undefined) return body
    const reader = this.#readers.has(text) ? this.#readers.get(text) : await this.#load(text)
    if (!reader || skipValue(reader.schema, body, 0, body.length) !== body.length) return body
    try {
      return reader.type.toString(reader.type.fromBuffer(body))
    } catch {
      return body
    }
  }

  async #load(text: string): Promise<Reader | undefined> {
    if (this.#readers.size >= MOST_SCHEMAS) this.#readers.clear()
    const reader = await readerOf(text)
    this.#readers.set(text, reader)
    return reader
  }
}

async function readerOf(text: string): Promise<Reader | undefined> {
  try {
    const schema = parseSchema(text)
    const { default: avsc } = await import('avsc')
    return { schema, type: avsc.Type.forSchema(JSON.parse(text)) }
  } catch {
    return undefined
  }
}
