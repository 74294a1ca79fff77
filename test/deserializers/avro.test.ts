import { describe, expect, test } from '@jest/globals'
import avsc from 'avsc'
import { containerBlock, containerHeader, newSync } from '../../src/avro/container.ts'
import { avroDeserializer } from '../../src/deserializers/avro.ts'
import { canonical, schemaFingerprint } from '../../src/deserializers/avro-fingerprint.ts'
import { contextOf, fileOf, type Place, readAll } from './reading.ts'

const SCHEMA = {
  type: 'record',
  name: 'R',
  fields: [
    { name: 's', type: 'string' },
    { name: 'n', type: 'long' },
  ],
} as const
const type = avsc.Type.forSchema(structuredClone(SCHEMA) as unknown as avsc.Schema)
const datum = (i: number) => type.toBuffer({ s: `a${i}`, n: i })

/** A container file of 11 records in blocks of 4, and the places of its markers. */
function container(codec: 'null' | 'deflate' = 'null', schema = JSON.stringify(SCHEMA)) {
  const sync = newSync()
  const parts = [containerHeader(schema, codec, sync)]
  for (let i = 0; i < 11; i += 4) {
    const data = [0, 1, 2, 3].filter((k) => i + k < 11).map((k) => datum(i + k))
    parts.push(containerBlock(data.length, Buffer.concat(data), sync, codec))
  }
  const bytes = Buffer.concat(parts)
  const markers: number[] = []
  for (let at = bytes.indexOf(sync); at >= 0; at = bytes.indexOf(sync, at + 1)) markers.push(at)
  return { bytes, markers }
}

const open = (content: Buffer, schemaType: 'HASH' | 'LITERAL' = 'HASH', place: Place = {}) =>
  avroDeserializer.create({ schemaType }, contextOf(fileOf(content, 'x.avro'), place))

async function bodies(content: Buffer, place: Place = {}) {
  const { events } = await readAll(await open(content, 'HASH', place))
  return events.map((event) => type.fromBuffer(event.body).n)
}

const ALL = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]

describe('records', () => {
  test.each(['null', 'deflate'] as const)('each record is an event with its bare datum, codec %s', async (codec) => {
    const { events } = await readAll(await open(container(codec).bytes), 3)
    expect(events.map((event) => event.body)).toEqual(ALL.map(datum))
    expect([...(events[0]?.headers ?? [])]).toEqual([['flume.avro.schema.hash', 'b9b0ed6002fb4ec7']])
  })

  test('LITERAL puts the schema into a header', async () => {
    const { events } = await readAll(await open(container().bytes, 'LITERAL'))
    expect(JSON.parse(events[0]?.headers.get('flume.avro.schema.literal') ?? '')).toEqual(SCHEMA)
  })

  test('values that JavaScript has no numbers for pass unchanged', async () => {
    const sync = newSync()
    const wide = Buffer.from([2, 0x78, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1])
    const file = Buffer.concat([
      containerHeader(JSON.stringify(SCHEMA), 'null', sync),
      containerBlock(1, wide, sync, 'null'),
    ])
    const { events } = await readAll(await open(file))
    expect(events.map((event) => event.body)).toEqual([wide])
  })
})

describe('going on after a restart', () => {
  test('inside of a block the place is the marker before it, behind a block the one behind it', async () => {
    const { bytes, markers } = container()
    const { positions } = await readAll(await open(bytes), 2)
    expect(positions).toEqual([markers[0], markers[1], markers[1], markers[2], markers[2], markers[3]])
  })

  test('reading goes on at the marker', async () => {
    const { bytes, markers } = container()
    expect(await bodies(bytes, { position: markers[1] ?? 0 })).toEqual([4, 5, 6, 7, 8, 9, 10])
    expect(await bodies(bytes, { position: markers[0] ?? 0 })).toEqual(ALL)
    expect(await bodies(bytes, { position: markers[3] ?? 0 })).toEqual([])
  })

  test('a place that is no marker leads to the next one', async () => {
    const { bytes, markers } = container()
    expect(await bodies(bytes, { position: (markers[1] ?? 0) + 1 })).toEqual([8, 9, 10])
  })
})

describe('files that cannot be read', () => {
  test('no container', async () => {
    await expect(open(Buffer.from('plain text\n'))).rejects.toThrow('It is not an Avro container file.')
    await expect(open(Buffer.alloc(0))).rejects.toThrow('It is not an Avro container file.')
    await expect(open(container().bytes.subarray(0, 60))).rejects.toThrow('It is not an Avro container file.')
  })

  test('a codec that is not there is named', async () => {
    const snappy = Buffer.from(container().bytes.toString('latin1').replace('\x08null', '\x0csnappy'), 'latin1')
    await expect(open(snappy)).rejects.toThrow('Its Avro codec snappy is not supported')
  })

  test('a schema that makes no sense', async () => {
    await expect(open(container('null', '{"type":"nonsense"}').bytes)).rejects.toThrow('Its Avro schema cannot be used')
    await expect(open(container('null', '{').bytes)).rejects.toThrow('Its Avro schema cannot be used')
  })

  test('the records before a damaged block are read, the block is named', async () => {
    const { bytes, markers } = container()
    const block = (markers[1] ?? 0) + 16
    bytes[block + 2] = 0x7f
    const reader = await open(bytes)
    expect((await reader.read(100)).length).toBe(4)
    await expect(reader.read(100)).rejects.toThrow(`offset ${block}`)
    await reader.close()
  })

  test('a torn end is said', async () => {
    const reader = await open(container().bytes.subarray(0, -20))
    expect((await reader.read(100)).length).toBe(8)
    await expect(reader.read(100)).rejects.toThrow('is damaged')
    await reader.close()
  })

  test('a block that claims endless records of no bytes is refused', async () => {
    const sync = newSync()
    const schema = '{"type":"record","name":"E","fields":[]}'
    const header = containerHeader(schema, 'null', sync)
    const reader = await open(Buffer.concat([header, containerBlock(2 ** 40, Buffer.alloc(0), sync, 'null')]))
    await expect(reader.read(100)).rejects.toThrow('is damaged')
    await reader.close()
  })
})

// Canonical form and fingerprint as Avro 1.11.0 for Java prints them for this schema.
test('the fingerprint is that of Java', () => {
  const inner = {
    type: 'record',
    name: 'Inner',
    namespace: '',
    fields: [{ name: 'x', type: { type: 'record', name: 'Inner2', fields: [] } }],
  }
  const outer = {
    type: 'record',
    name: 'Outer',
    namespace: 'a.b',
    doc: 'x',
    aliases: ['Z'],
    fields: [
      { name: 'e', type: { type: 'enum', name: 'E', symbols: ['A', 'B'], doc: 'd' }, default: 'A' },
      { name: 'f', type: { type: 'fixed', name: 'c.F', size: 4 }, order: 'ignore' },
      { name: 'again', type: 'E' },
      { name: 'again2', type: 'c.F' },
      {
        name: 'm',
        type: {
          type: 'map',
          values: ['null', { type: 'array', items: { type: 'long', logicalType: 'timestamp-millis' } }, 'Outer'],
        },
      },
      { name: 'b', type: { type: 'boolean' } },
      { name: 'd', type: ['null', 'double'], default: null },
      { name: 'in', type: inner },
    ],
  }
  expect(canonical(outer, '')).toBe(
    '{"name":"a.b.Outer","type":"record","fields":[{"name":"e","type":{"name":"a.b.E","type":"enum","symbols":["A","B"]}},{"name":"f","type":{"name":"c.F","type":"fixed","size":4}},{"name":"again","type":"a.b.E"},{"name":"again2","type":"c.F"},{"name":"m","type":{"type":"map","values":["null",{"type":"array","items":"long"},"a.b.Outer"]}},{"name":"b","type":"boolean"},{"name":"d","type":["null","double"]},{"name":"in","type":{"name":"Inner","type":"record","fields":[{"name":"x","type":{"name":"Inner2","type":"record","fields":[]}}]}}]}',
  )
  expect(schemaFingerprint(outer)).toBe('f819f8debd94d0ab')
})
