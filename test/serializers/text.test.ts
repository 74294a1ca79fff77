import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { batchOf, createEvent } from '../../src/component.ts'
import { made } from '../sinks/made.ts'
import { contextFor } from '../support/context.ts'

async function written(events: readonly { body: string; headers: Record<string, string> }[], appendNewline: boolean) {
  const context = contextFor('sink')
  const serializer = await made('serializer', 'TEXT', { texts: { appendNewline: String(appendNewline) }, context })
  const batch = batchOf(events.map(({ body, headers }) => createEvent(body, headers)))
  return Buffer.concat([serializer.write(batch)].flat()).toString('utf8')
}

test('bodies are written a line each, empty ones included, and headers are not', async () => {
  const events = ['one', '', 'grün'].map((body) => ({ body, headers: { key: 'value' } }))
  expect(await written(events, true)).toBe('one\n\ngrün\n')
  expect(await written(events, false)).toBe('onegrün')
})

test('any bodies come out whole and in order', async () => {
  const event = fc.record({
    body: fc.string({ unit: 'binary', maxLength: 300 }),
    headers: fc.dictionary(fc.string({ maxLength: 5 }), fc.string({ maxLength: 80 }), { maxKeys: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 20 }), async (events) => {
      expect(await written(events, true)).toBe(events.map(({ body }) => `${body}\n`).join(''))
      expect(await written(events, false)).toBe(events.map(({ body }) => body).join(''))
    }),
  )
})

test('what was given out is not touched by what comes after it', async () => {
  const serializer = await made('serializer', 'text', { context: contextFor('sink') })
  const given = Array.from({ length: 500 }, (_, i) => {
    const body = String(i).repeat(i)
    return { body, bytes: serializer.write(batchOf([createEvent(body)])) }
  })
  for (const { body, bytes } of given) expect(String(bytes)).toBe(`${body}\n`)
})

test('a body that is larger than what is set aside at a time is written whole', async () => {
  const body = 'x'.repeat(3_000_000)
  expect(await written([{ body, headers: {} }], true)).toBe(`${body}\n`)
})

test('a slice of a batch is written as a slice', async () => {
  const serializer = await made('serializer', 'text', { context: contextFor('sink') })
  const batch = batchOf(['a', 'b', 'c', 'd'].map((body) => createEvent(body)))
  expect(String(serializer.write(batch.slice(1, 3)))).toBe('b\nc\n')
})

test('files begin and end with nothing of their own, and may be appended to', async () => {
  const serializer = await made('serializer', 'text', { context: contextFor('sink') })
  expect([serializer.header().length, serializer.footer().length, serializer.supportsAppend]).toEqual([0, 0, true])
})
