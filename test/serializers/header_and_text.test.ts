import { expect, test } from '@jest/globals'
import { batchOf, createEvent, type Event } from '../../src/component.ts'
import { made } from '../sinks/made.ts'
import { contextFor } from '../support/context.ts'

async function written(events: readonly Event[], texts: Record<string, string> = {}) {
  const serializer = await made('serializer', 'HEADER_AND_TEXT', { texts, context: contextFor('sink') })
  return String(serializer.write(batchOf(events)))
}

test('headers stand before the body as Java prints a map', async () => {
  const events = [createEvent('body', { k: 'v' }), createEvent('bare'), createEvent('', { k: 'v', clé: 'été' })]
  expect(await written(events)).toBe('{k=v} body\n{} bare\n{k=v, clé=été} \n')
})

test('the newline can be left out', async () => {
  expect(await written([createEvent('a'), createEvent('b')], { appendNewline: 'false' })).toBe('{} a{} b')
})

test('an empty header value, or name, leaves its sign', async () => {
  expect(await written([createEvent('x', [['', ''] as const, ['a', ''] as const])])).toBe('{=, a=} x\n')
})
