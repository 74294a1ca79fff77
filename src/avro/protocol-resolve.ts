// What a client's protocol means for this side: how the parameters of its calls become batches (Avro's schema resolution
// for AvroSourceProtocol). Fields and parameters are found by name; names of records do not matter, additional fields are
// skipped, a union with null counts as the other branch and null as empty. Bytes and strings are the same on the wire, so
// resolving an event is copying two ranges, and the usual writer's bytes are taken as they are.
import { type Batch, EncodedBatch, readEventArray } from '../batch.ts'
import { ProtocolError } from '../errors.ts'
import { after, readLong } from './binary.ts'
import { skipEvent } from './events.ts'
import { type Field, type Message, parseProtocol, type Schema } from './schema.ts'
import { stepBudget, Walk } from './schema-skip.ts'

export type Call = 'append' | 'appendBatch'

/** Reads the parameters of a call out of `buffer[at, end)`; undefined when they are malformed. */
export type ReadParameters = (buffer: Buffer, at: number, end: number) => Batch | undefined

export interface RemoteProtocol {
  /** Names of the messages that the client's protocol declares. */
  has(message: string): boolean
  /** How its calls are read, or why they cannot be. */
  reader(call: Call): ReadParameters | { readonly problem: string }
}

const USUAL: Record<Call, ReadParameters> = {
  append(buffer, at, end) {
    const place = skipEvent(buffer, at, end)
    return place < 0 ? undefined : new EncodedBatch(buffer, at, place, 1)
  },
  appendBatch: readEventArray,
}

/** The protocol of Flume's own clients. */
export const FLUME_REMOTE: RemoteProtocol = { has: isCall, reader: (call) => USUAL[call] }

export function isCall(name: string): name is Call {
  return name === 'append' || name === 'appendBatch'
}

/** Understands a protocol text. Never throws: a text that cannot be used gives a protocol whose calls say why. */
export function resolveProtocol(text: string): RemoteProtocol {
  try {
    const { messages } = parseProtocol(text)
    const readers = { append: readerOf(messages.get('append')), appendBatch: readerOf(messages.get('appendBatch')) }
    return { has: (name) => messages.has(name), reader: (call) => readers[call] }
  } catch (error) {
    const problem = error instanceof ProtocolError ? error.message : 'its protocol cannot be read'
    return { has: () => true, reader: () => ({ problem }) }
  }

  function readerOf(message: Message | undefined): ReturnType<RemoteProtocol['reader']> {
    try {
      return message === undefined ? { problem: 'its protocol lacks the message' } : resolveMessage(message)
    } catch (error) {
      return { problem: error instanceof ProtocolError ? error.message : String(error) }
    }
  }
}

const STATUS = ['OK', 'FAILED', 'UNKNOWN'] as const

/** The words of a server's answers by their number, as its protocol text has them; Flume's when it cannot be read. */
export function statusWords(serverProtocol: string | undefined): readonly string[] {
  if (serverProtocol === undefined) return STATUS
  try {
    const response = parseProtocol(serverProtocol).messages.get('appendBatch')?.response
    return response?.kind === 'enum' ? response.symbols : STATUS
  } catch {
    return STATUS
  }
}

function resolveMessage({ request }: Message): ReadParameters {
  const index = request.findIndex(({ name }) => name === 'event' || name === 'events')
  const parameter = request[index]
  if (parameter === undefined) throw new ProtocolError('the parameters lack event or events')
  const { name, schema } = parameter
  if (name === 'events' && schema.kind !== 'array') throw new ProtocolError('the parameter events is not an array')
  const event = eventOf(schema.kind === 'array' && name === 'events' ? schema.items : schema)
  if (index === 0 && isUsual(event)) return USUAL[name === 'event' ? 'append' : 'appendBatch']
  return (buffer, at, end) => {
    const copy = new EventCopy(buffer, at, end)
    let place = at
    for (const before of request.slice(0, index)) place = copy.walk.skip(before.schema, place)
    const each = (from: number) => copy.event(event, from)
    place = place < 0 ? -1 : name === 'event' ? each(place) : copy.walk.blocks(place, each)
    return place < 0 ? undefined : copy.batch()
  }
}

function eventOf(schema: Schema): readonly Field[] {
  if (schema.kind !== 'record') throw new ProtocolError('an event is not a record')
  for (const [name, kinds] of [['headers', HEADERS] as const, ['body', TEXT] as const]) {
    const field = schema.fields.find((each) => each.name === name)
    if (field === undefined) throw new ProtocolError(`its events lack the field ${name}`)
    const { schema: type } = field
    const fits =
      type.kind === 'union' ? type.branches.every((each) => kinds(each) || each.kind === 'null') : kinds(type)
    if (!fits) throw new ProtocolError(`the field ${name} of its events has another type`)
  }
  return schema.fields
}

const TEXT = (schema: Schema) => schema.kind === 'bytes' || schema.kind === 'string'
const HEADERS = (schema: Schema) => schema.kind === 'map' && TEXT(schema.items)

function isUsual([first, second, ...others]: readonly Field[]): boolean {
  if (first?.name !== 'headers' || second?.name !== 'body' || others.length > 0) return false
  return HEADERS(first.schema) && TEXT(second.schema)
}

// Copies the two ranges of each event behind one another; they are never longer than what they are taken from.
class EventCopy {
  readonly walk: Walk
  readonly #source: Buffer
  readonly #sourceEnd: number
  readonly #target: Buffer
  #filled = 0
  #events = 0

  constructor(source: Buffer, at: number, end: number) {
    this.walk = new Walk(source, end, stepBudget(end - at))
    this.#source = source
    this.#sourceEnd = end
    this.#target = Buffer.allocUnsafe(end - at)
  }

  /** Takes over the event at `at` and gives the place after it, or -1. */
  event(fields: readonly Field[], at: number): number {
    let headers: readonly [number, number] = [0, 0]
    let body: readonly [number, number] = [0, 0]
    let place = at
    for (const { name, schema } of fields) {
      const from = name === 'headers' || name === 'body' ? this.#valueOf(schema, place) : place
      place = this.walk.skip(schema, place)
      if (place < 0) return -1
      if (name === 'headers') headers = [from, place]
      else if (name === 'body') body = [from, place]
    }
    this.#copy(...headers)
    this.#copy(...body)
    this.#events++
    return place
  }

  batch(): Batch {
    return new EncodedBatch(this.#target, 0, this.#filled, this.#events)
  }

  // Where the value itself begins: behind the branch of a union.
  #valueOf(schema: Schema, at: number): number {
    if (schema.kind !== 'union') return at
    return Number.isNaN(readLong(this.#source, at, this.#sourceEnd)) ? at : after()
  }

  // A range without bytes is null: an empty map and no bytes are written alike.
  #copy(from: number, to: number): void {
    if (from === to) this.#target[this.#filled++] = 0
    else this.#filled += this.#source.copy(this.#target, this.#filled, from, to)
  }
}
