import { expect, test } from '@jest/globals'
import avsc from 'avsc'
import { AvroBodies, SCHEMA_HEADER } from '../../src/cli/avro-bodies.ts'
import { createEvent } from '../../src/event.ts'

const schema =
  '{"type":"record","name":"Line","fields":[{"name":"level","type":"string"},{"name":"count","type":"long"}]}'
const show = (body: Buffer, text = schema) => new AvroBodies().show(createEvent(body, { [SCHEMA_HEADER]: text }))

test('a body with the schema in its header is shown as JSON', async () => {
  const body = avsc.Type.forSchema(JSON.parse(schema)).toBuffer({ level: 'WARN', count: -70 })
  expect(await show(body)).toBe('{"level":"WARN","count":-70}')
})

test('a body without a schema, or one that is not what its schema says, stays as it is', async () => {
  const body = Buffer.from('plain text')
  expect(await new AvroBodies().show(createEvent(body))).toBe(body)
  expect(await show(body)).toBe(body)
  expect(await show(body, 'no schema')).toBe(body)
  expect(await show(body, '{"type":"record","name":"R","fields":[{"name":"x","type":"missing.Type"}]}')).toBe(body)
})

test('an array that claims endless elements of no size does not keep anybody busy', async () => {
  const body = Buffer.from('feffffffffffffff7f00', 'hex')
  expect(await show(body, '{"type":"array","items":"null"}')).toBe(body)
})
