import { expect, test } from '@jest/globals'
import { batchOf, createEvent } from '../../src/component.ts'
import { contextFor } from '../support/context.ts'
import { made, plannedFrom } from './made.ts'

const batch = (length: number) => batchOf(Array.from({ length }, () => createEvent('x')))

test('the total is logged each time it passes a multiple of logEveryNEvents', async () => {
  const context = contextFor('sink', 'k1')
  const sink = await made('sink', 'null', { texts: { batchSize: 40, logEveryNEvents: 50 }, context })
  expect(sink.batchSize).toBe(40)
  for (const length of [40, 9, 1, 20, 200]) expect(await sink.write(batch(length))).toBeUndefined()
  expect(context.log.lines).toEqual([
    'INFO Null sink k1 successful processed 50 events.',
    'INFO Null sink k1 successful processed 250 events.',
  ])
})

test.each([
  ['batchSize', 0],
  ['batchSize', -1],
  ['logEveryNEvents', 0],
])('%s = %i leaves the sink out', async (key, value) => {
  const { planned, problems } = await plannedFrom('sink', 'null', { [key]: value })
  expect(planned).toBeUndefined()
  expect(problems).toMatchObject([{ key: `a1.x.x1.${key}`, message: `a1.x.x1.${key}: ${value} is not positive.` }])
})
