import { expect, test } from '@jest/globals'
import { made } from '../sinks/made.ts'
import { contextFor } from '../support/context.ts'

const make = (sinks: string[]) => made('processor', 'default', { context: { ...contextFor('sink'), sinks } })

test('the one sink works in every round, whatever became of the last', async () => {
  const processor = await make(['k1'])
  processor.failed('k1')
  expect(processor.order()).toEqual(['k1'])
  processor.succeeded('k1')
  expect(processor.order()).toEqual(['k1'])
})

test('several sinks are refused', async () => {
  await expect(make(['k1', 'k2'])).rejects.toMatchObject({
    code: 'CONFIGURATION',
    message: 'DefaultSinkPolicy can only accept one sink, try using a policy that supports multiple sinks',
  })
})
