import { expect, test } from '@jest/globals'
import { createEvent } from '../../src/component.ts'
import { made } from '../sinks/made.ts'
import { contextFor } from '../support/context.ts'

const make = (channels: string[], texts: Record<string, string> = {}) =>
  made('selector', 'replicating', { texts, context: { ...contextFor('source'), channels } })

test('every event goes to every channel of the source', async () => {
  const selector = await make(['c1', 'c2'])
  expect(selector.route(createEvent('x'))).toEqual({ required: ['c1', 'c2'], optional: [] })
  expect(selector.constant).toEqual({ required: ['c1', 'c2'], optional: [] })
})

test('channels may be optional, even all of them', async () => {
  expect((await make(['c1', 'c2', 'c3'], { optional: 'c3  c1' })).constant).toEqual({
    required: ['c2'],
    optional: ['c1', 'c3'],
  })
  expect((await make(['c1'], { optional: 'c1' })).constant).toEqual({ required: [], optional: ['c1'] })
})

test('an optional channel that the source is not connected to is refused', async () => {
  await expect(make(['c1'], { optional: 'c1 c9' })).rejects.toMatchObject({
    code: 'CONFIGURATION',
    message: 'Selector channel not found: c9',
  })
})
