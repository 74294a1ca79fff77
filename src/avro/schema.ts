// Avro schemas and protocols of peers, as far as RPC needs them: enough to walk over values that are written by them.
// Everything comes from a peer, so names that are missing, wrong shapes and endless nesting end in a ProtocolError.
import { ProtocolError } from '../errors.ts'

export const PRIMITIVES = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const

export interface Field {
  readonly name: string
  readonly schema: Schema
}
export type Schema =
  | { readonly kind: (typeof PRIMITIVES)[number] }
  | { readonly kind: 'fixed'; readonly size: number }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'array' | 'map'; readonly items: Schema }
  | { readonly kind: 'union'; readonly branches: readonly Schema[] }
  | { readonly kind: 'record'; readonly fields: readonly Field[] }

export interface Message {
  readonly request: readonly Field[]
  readonly response: Schema
}
export interface Protocol {
  readonly messages: ReadonlyMap<string, Message>
}

const MAX_TEXT = 256 * 1024
const MAX_NESTING = 50

/** Reads a protocol text (Avro specification 1.11, "Protocol Declaration"). Throws ProtocolError. */
export function parseProtocol(text: string): Protocol {
  if (text.length > MAX_TEXT) throw new ProtocolError(`its protocol text has ${text.length} characters`)
  const protocol = objectOf(parseJson(text), 'its protocol')
  const scope = new Scope(typeof protocol['namespace'] === 'string' ? protocol['namespace'] : '')
  for (const type of listOf(protocol['types'] ?? [], 'types')) scope.schema(type, 0)
  const messages = new Map<string, Message>()
  for (const [name, value] of Object.entries(objectOf(protocol['messages'] ?? {}, 'messages'))) {
    const message = objectOf(value, `message ${name}`)
    const request = listOf(message['request'] ?? [], `request of ${name}`).map((field) => scope.field(field, 0))
    messages.set(name, { request, response: scope.schema(message['response'] ?? 'null', 0) })
  }
  return { messages }
}

/** Reads a schema that stands by itself. Throws ProtocolError. */
export function parseSchema(text: string): Schema {
  return new Scope('').schema(parseJson(text), 0)
}

// Named types that were declared so far, by full name.
class Scope {
  readonly #named = new Map<string, Schema>()
  readonly #namespace: string

  constructor(namespace: string, named?: Map<string, Schema>) {
    this.#namespace = namespace
    if (named) this.#named = named
  }

  schema(json: unknown, nesting: number): Schema {
    if (nesting > MAX_NESTING) throw new ProtocolError('its types are nested too deeply')
    if (typeof json === 'string') return primitive(json) ?? this.#lookUp(json)
    if (Array.isArray(json)) return { kind: 'union', branches: json.map((branch) => this.schema(branch, nesting + 1)) }
    const type = objectOf(json, 'a type')
    switch (type['type']) {
      case 'array':
        return { kind: 'array', items: this.schema(type['items'], nesting + 1) }
      case 'map':
        return { kind: 'map', items: this.schema(type['values'], nesting + 1) }
      case 'fixed':
      case 'enum':
      case 'record':
      case 'error':
        return this.#declare(type, nesting)
      default:
        return this.schema(type['type'], nesting + 1)
    }
  }

  field(json: unknown, nesting: number): Field {
    const field = objectOf(json, 'a field')
    return { name: nameOf(field), schema: this.schema(field['type'], nesting + 1) }
  }

  #declare(type: Record<string, unknown>, nesting: number): Schema {
    const fullName = this.#fullName(nameOf(type), type['namespace'])
    if (type['type'] === 'fixed') return this.#add(fullName, { kind: 'fixed', size: sizeOf(type['size']) })
    if (type['type'] === 'enum')
      return this.#add(fullName, { kind: 'enum', symbols: listOf(type['symbols'], 'symbols').map(String) })
    const fields: Field[] = []
    const record = this.#add(fullName, { kind: 'record', fields })
    const inner = new Scope(fullName.slice(0, Math.max(0, fullName.lastIndexOf('.'))), this.#named)
    for (const field of listOf(type['fields'], 'fields')) fields.push(inner.field(field, nesting))
    return record
  }

  #add(fullName: string, schema: Schema): Schema {
    this.#named.set(fullName, schema)
    return schema
  }

  #fullName(name: string, namespace: unknown): string {
    if (name.includes('.')) return name
    const space = typeof namespace === 'string' ? namespace : this.#namespace
    return space === '' ? name : `${space}.${name}`
  }

  #lookUp(name: string): Schema {
    const schema = this.#named.get(this.#fullName(name, undefined)) ?? this.#named.get(name)
    if (schema === undefined)
      throw new ProtocolError(`it uses the type ${name.slice(0, 100)}, which it does not declare`)
    return schema
  }
}

function primitive(name: string): Schema | undefined {
  const kind = PRIMITIVES.find((known) => known === name)
  return kind === undefined ? undefined : { kind }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ProtocolError('its protocol text is not JSON')
  }
}

function objectOf(json: unknown, what: string): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new ProtocolError(`${what} is not an object`)
  return json as Record<string, unknown>
}

function listOf(json: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(json)) throw new ProtocolError(`${what} is not a list`)
  return json
}

function nameOf(json: Record<string, unknown>): string {
  if (typeof json['name'] !== 'string') throw new ProtocolError('a type or field has no name')
  return json['name']
}

function sizeOf(json: unknown): number {
  if (typeof json !== 'number' || !Number.isSafeInteger(json) || json < 0)
    throw new ProtocolError('a fixed has no size')
  return json
}
