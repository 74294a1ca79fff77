import { expect, test } from '@jest/globals'
import avro from 'avsc'
import { readContainer } from '../../src/avro/container.ts'
import { batchOf, createEvent, type Serializer } from '../../src/component.ts'
import { made, plannedFrom } from '../sinks/made.ts'
import { contextFor } from '../support/context.ts'

const make = (texts: Record<string, string | number> = {}) =>
  made('serializer', 'avro_event', { texts, context: contextFor('sink') })
const bytesOf = (serializer: Serializer, ...bodies: string[]) =>
  Buffer.concat([serializer.write(batchOf(bodies.map((body) => createEvent(body, { k: body }))))].flat())

async function decoded(file: Buffer): Promise<unknown[]> {
  const decoder = new avro.streams.BlockDecoder()
  const found: unknown[] = []
  decoder.on('data', (event) => found.push({ headers: { ...event.headers }, body: String(event.body) }))
  const ended = new Promise((resolve, reject) => decoder.on('end', resolve).on('error', reject))
  decoder.end(file)
  await ended
  return found
}

test.each(['null', 'deflate'])('another Avro library reads events that are written with codec %s', async (codec) => {
  const serializer = await make({ compressionCodec: codec })
  const file = Buffer.concat([
    serializer.header(),
    bytesOf(serializer, 'first', 'second'),
    bytesOf(serializer, 'x'.repeat(5000)),
    serializer.footer(),
  ])
  expect(await decoded(file)).toEqual(
    ['first', 'second', 'x'.repeat(5000)].map((body) => ({ headers: { k: body }, body })),
  )
  const { meta, blocks } = readContainer(file)
  expect(meta.get('avro.codec')?.toString()).toBe(codec)
  expect(blocks.map((block) => block.count)).toEqual([2, 1])
})

test('the schema is a record Event without a namespace', async () => {
  const { meta } = readContainer((await make()).header())
  expect(JSON.parse(String(meta.get('avro.schema')))).toEqual({
    type: 'record',
    name: 'Event',
    fields: [
      { name: 'headers', type: { type: 'map', values: 'string' } },
      { name: 'body', type: 'bytes' },
    ],
  })
})

test('a block ends once it holds syncIntervalBytes, and no event is lost over it', async () => {
  const serializer = await make({ syncIntervalBytes: 100 })
  const bodies = Array.from({ length: 50 }, (_, i) => String(i).repeat((i * 7) % 40))
  const file = Buffer.concat([serializer.header(), bytesOf(serializer, ...bodies)])
  const { blocks, damagedAt } = readContainer(file)
  expect(damagedAt).toBeUndefined()
  expect(blocks.length).toBeGreaterThan(10)
  for (const block of blocks.slice(0, -1)) expect(block.bytes.length).toBeGreaterThanOrEqual(100)
  expect(await decoded(file)).toEqual(bodies.map((body) => ({ headers: { k: body }, body })))
})

test('each file has a marker of its own', async () => {
  const serializer = await make()
  const first = readContainer(serializer.header()).sync
  const header = serializer.header()
  const read = readContainer(Buffer.concat([header, bytesOf(serializer, 'x')]))
  expect(read.sync).not.toEqual(first)
  expect(read.blocks).toHaveLength(1)
})

test('an empty batch makes no block', async () => {
  const serializer = await make()
  expect([serializer.write(batchOf([]))].flat()).toEqual([])
})

test('a codec that is not available is said, and the output is not compressed', async () => {
  const { planned, problems } = await plannedFrom('serializer', 'avro_event', { compressionCodec: 'snappy' })
  expect(planned).toBeDefined()
  expect(problems).toMatchObject([{ severity: 'warning', message: expect.stringMatching(/snappy.*disabled/) }])
  const { meta } = readContainer((await make({ compressionCodec: 'snappy' })).header())
  expect(meta.get('avro.codec')?.toString()).toBe('null')
})

test('files cannot be appended to', async () => {
  expect((await make()).supportsAppend).toBe(false)
})
