// The handler of JSON lists of events, the http source's default (Flume 1.11, JSONHandler). Its charsets are told in
// http-charset.ts, its lenient JSON in http-json-text.ts. Differs from Flume: the answer also says where the JSON is wrong.
import { type Batch, batchOf } from '../batch.ts'
import { charsetOf } from './http-charset.ts'
import { BadRequestError, type HttpHandler } from './http-handler.ts'
import { JsonEvents } from './http-json-events.ts'
import { JsonSyntaxError } from './http-json-text.ts'

export function jsonHandler(): HttpHandler {
  const json = new JsonEvents()
  return {
    events({ contentType, body }) {
      const charset = charsetOf(contentType)
      if (charset === undefined) throw new Error('JSON handler supports UTF-8, UTF-16 and UTF-32 only.')
      const batch = parse(json, charset.decode(body))
      return charset.encode === undefined ? batch : withBodies(batch, charset.encode)
    },
  }
}

function parse(json: JsonEvents, text: Buffer): Batch {
  try {
    const batch = json.parse(text)
    if (batch !== undefined) return batch
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw new BadRequestError(`Request has invalid JSON Syntax. ${error.message}`)
  }
  throw new Error('The request holds no list of events, or an event in it is null.')
}

function withBodies(batch: Batch, encode: (body: Buffer) => Buffer): Batch {
  return batchOf(Array.from(batch, ({ headers, body }) => ({ headers, body: encode(body) })))
}
