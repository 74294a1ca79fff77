import { appendFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { blobDeserializer } from '../../src/deserializers/blob.ts'
import { contextOf, fileOf, readAll } from './reading.ts'

test('a whole file is one event', async () => {
  const content = Buffer.from(Array.from({ length: 5000 }, (_, i) => i & 255))
  const context = contextOf(fileOf(content))
  const { events } = await readAll(await blobDeserializer.create({ maxBlobLength: 5000 }, context))
  expect(events.map((event) => event.body)).toEqual([content])
  expect(context.log.lines).toEqual([])
})

test('a file of more than maxBlobLength bytes becomes several events, with one warning', async () => {
  const context = contextOf(fileOf('0123456789'))
  const { events, positions } = await readAll(await blobDeserializer.create({ maxBlobLength: 4 }, context), 1)
  expect(events.map((event) => event.body.toString())).toEqual(['0123', '4567', '89'])
  expect(positions).toEqual([4, 8, 10])
  expect(context.log.lines).toHaveLength(1)
  expect(context.log.lines[0]).toContain('File length exceeds maxBlobLength (4), truncating BLOB event!')
})

test('reading goes on at a position', async () => {
  const context = contextOf(fileOf('0123456789'), { position: 8 })
  const { events } = await readAll(await blobDeserializer.create({ maxBlobLength: 4 }, context))
  expect(events.map((event) => event.body.toString())).toEqual(['89'])
})

test('what is added while reading makes no event of its own', async () => {
  const path = fileOf('first')
  const reader = await blobDeserializer.create({ maxBlobLength: 100 }, contextOf(path))
  await reader.read(1)
  appendFileSync(path, 'second')
  expect((await reader.read(1)).length).toBe(0)
  await reader.close()
})
