// The CRC-64-AVRO fingerprint of a schema (Avro specification 1.11, "Parsing Canonical Form" and "Schema Fingerprints"),
// written as Java's SchemaNormalization gives it: its eight bytes low first, in lower-case hex.

type Json = Readonly<Record<string, unknown>>

/** The fingerprint of the schema in 16 hex digits. The schema must be well-formed. */
export function schemaFingerprint(schema: unknown): string {
  const fingerprint = crc64(Buffer.from(canonical(schema, ''), 'utf8'))
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(fingerprint)
  return bytes.toString('hex')
}

const PRIMITIVE = /^(null|boolean|int|long|float|double|bytes|string)$/

/** The schema's parsing canonical form. */
export function canonical(schema: unknown, namespace: string): string {
  if (typeof schema === 'string') return JSON.stringify(PRIMITIVE.test(schema) ? schema : fullName(schema, namespace))
  if (Array.isArray(schema)) return `[${schema.map((branch) => canonical(branch, namespace)).join(',')}]`
  const { type, ...rest } = schema as Json
  switch (type) {
    case 'array':
      return `{"type":"array","items":${canonical(rest['items'], namespace)}}`
    case 'map':
      return `{"type":"map","values":${canonical(rest['values'], namespace)}}`
    case 'enum':
    case 'fixed':
    case 'record':
    case 'error':
      return named(String(type), rest, namespace)
    default:
      return canonical(type, namespace)
  }
}

function named(type: string, schema: Json, namespace: string): string {
  const own = typeof schema['namespace'] === 'string' ? schema['namespace'] : namespace
  const name = fullName(String(schema['name']), own)
  const head = `{"name":${JSON.stringify(name)},"type":"${type}"`
  if (type === 'enum') return `${head},"symbols":${JSON.stringify(schema['symbols'])}}`
  if (type === 'fixed') return `${head},"size":${Number(schema['size'])}}`
  const inner = name.slice(0, Math.max(0, name.lastIndexOf('.')))
  const fields = (schema['fields'] as readonly Json[]).map(
    (field) => `{"name":${JSON.stringify(field['name'])},"type":${canonical(field['type'], inner)}}`,
  )
  return `${head},"fields":[${fields.join(',')}]}`
}

function fullName(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`
}

const EMPTY = 0xc15d213aa4d7a795n
let table: readonly bigint[] | undefined

function crc64(bytes: Uint8Array): bigint {
  table ??= Array.from({ length: 256 }, (_, i) => {
    let entry = BigInt(i)
    for (let bit = 0; bit < 8; bit++) entry = entry & 1n ? (entry >> 1n) ^ EMPTY : entry >> 1n
    return entry
  })
  let crc = EMPTY
  for (const byte of bytes) crc = (crc >> 8n) ^ (table[Number((crc ^ BigInt(byte)) & 0xffn)] as bigint)
  return crc
}
