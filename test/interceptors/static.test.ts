import { expect, test } from '@jest/globals'
import { made } from '../sinks/made.ts'
import { contextFor } from '../support/context.ts'

async function headersAfter(texts: Record<string, string>, before: Record<string, string>) {
  const context = contextFor('source')
  const interceptor = await made('interceptor', 'static', { texts, context })
  const event = { headers: new Map(Object.entries(before)), body: Buffer.from('x') }
  const after = interceptor.intercept(event)
  expect(after?.body).toEqual(Buffer.from('x'))
  return { headers: Object.fromEntries(after?.headers ?? []), log: context.log.lines }
}

test('every event gets the header', async () => {
  const { headers, log } = await headersAfter({ key: 'env', value: 'prod' }, { host: 'h' })
  expect(headers).toEqual({ host: 'h', env: 'prod' })
  // The value may be a secret.
  expect(log).toEqual(['INFO Creating StaticInterceptor: preserveExisting=true,key=env'])
})

test('without options the header is key=value', async () => {
  expect((await headersAfter({}, {})).headers).toEqual({ key: 'value' })
})

test('a header that is there already stays unless preserveExisting is off', async () => {
  const texts = { key: 'env', value: 'prod' }
  expect((await headersAfter(texts, { env: 'test' })).headers).toEqual({ env: 'test' })
  expect((await headersAfter({ ...texts, preserveExisting: 'false' }, { env: 'test' })).headers).toEqual({
    env: 'prod',
  })
})
