import { afterEach, expect, jest, test } from '@jest/globals'
import { made } from '../sinks/made.ts'
import { contextFor } from '../support/context.ts'

afterEach(() => {
  jest.useRealTimers()
})

async function make(texts: Record<string, string> = {}) {
  const interceptor = await made('interceptor', 'timestamp', { texts, context: contextFor('source') })
  return (before: Record<string, string>) => {
    const after = interceptor.intercept({ headers: new Map(Object.entries(before)), body: Buffer.from('x') })
    return Object.fromEntries(after?.headers ?? [])
  }
}

test('every event gets the time at which it passes', async () => {
  const headersAfter = await make()
  jest.useFakeTimers({ now: 1_700_000_000_123 })
  expect(headersAfter({ host: 'h' })).toEqual({ host: 'h', timestamp: '1700000000123' })
  expect(headersAfter({ timestamp: 'old' })).toEqual({ timestamp: '1700000000123' })
  jest.setSystemTime(1_700_000_000_124)
  expect(headersAfter({})).toEqual({ timestamp: '1700000000124' })
})

test('a header that is there already stays with preserveExisting', async () => {
  const headersAfter = await make({ preserveExisting: 'true', headerName: 'at' })
  expect(headersAfter({ at: 'old' })).toEqual({ at: 'old' })
  expect(headersAfter({ timestamp: 'other' })).toEqual({ timestamp: 'other', at: expect.stringMatching(/^\d{13}$/) })
})
