import { describe, expect, test } from '@jest/globals'
import { reasonOf } from '../../src/errors.ts'
import { createEvent, createRpcClient } from '../../src/rpc/index.ts'
import { readRpcProperties } from '../../src/rpc/properties.ts'
import { recordingLog } from '../support/context.ts'
import { serving } from './serving.ts'

const events = (count: number) => Array.from({ length: count }, (_, i) => createEvent(`${i}`))
const text = (error: unknown) => reasonOf(error).replace(/port: \d+/g, 'port: N')
const NAME = 'NettyAvroRpcClient { host: 127.0.0.1, port: N }'

describe('createRpcClient', () => {
  const properties = (port: number, more: Record<string, string> = {}) => ({
    hosts: 'h1',
    'hosts.h1': `127.0.0.1:${port}`,
    'batch-size': '3',
    ...more,
  })

  test('sends events one by one and in pieces of batch-size', async () => {
    const server = await serving()
    const client = await createRpcClient(new Map(Object.entries(properties(server.port))))
    expect([client.batchSize, client.isActive()]).toEqual([3, true])
    await client.append(createEvent('one', { k: 'v' }))
    await client.appendBatch(events(7))
    expect(server.calls).toEqual(['append', 'appendBatch', 'appendBatch', 'appendBatch'])
    expect(server.batches.map((batch) => batch.length)).toEqual([1, 3, 3, 1])
    expect(server.bodies().slice(1)).toEqual(['0', '1', '2', '3', '4', '5', '6'])
    await client.close()
    expect(client.isActive()).toBe(false)
  })

  test('compresses as the server does', async () => {
    const server = await serving({ deflate: true })
    const client = await createRpcClient(properties(server.port, { 'compression-type': 'deflate' }))
    await client.appendBatch(events(4))
    expect(server.bodies()).toEqual(['0', '1', '2', '3'])
    await client.close()
  })

  test('is dead after a failure: the pieces before it are delivered, further calls say so', async () => {
    let seen = 0
    const server = await serving({}, () => {
      if (++seen === 2) throw new Error('no')
    })
    const client = await createRpcClient(properties(server.port))
    expect(text(await client.appendBatch(events(9)).catch((error: unknown) => error))).toBe(
      `${NAME}: Failed to send batch: ${NAME}: Avro RPC call returned Status: FAILED`,
    )
    expect(server.bodies()).toEqual(['0', '1', '2'])
    expect(client.isActive()).toBe(false)
    expect(text(await client.append(createEvent('x')).catch((error: unknown) => error))).toBe(
      `${NAME}: Failed to send event: RPC failed, client in an invalid state: DEAD`,
    )
    await client.close()
  })

  test('rejects when the host cannot be reached', async () => {
    const { port, close } = await serving()
    await close(0)
    await expect(createRpcClient(properties(port))).rejects.toMatchObject({
      code: 'EVENT_DELIVERY',
      message: expect.stringContaining('RPC connection error'),
    })
  })

  test.each([
    [{}, 'Hosts list is invalid: hosts is not set'],
    [{ hosts: 'h1' }, 'Host not found: h1'],
    [{ hosts: 'h1', 'hosts.h1': 'localhost' }, 'Invalid hostname: h1'],
    [{ hosts: 'h1', 'hosts.h1': '::1:41414' }, 'Invalid hostname: h1'],
    [{ hosts: 'h1', 'hosts.h1': 'localhost:port' }, 'Invalid Port: port'],
    [{ hosts: 'h1', 'hosts.h1': 'localhost:1', ssl: 'true' }, 'TLS is not available yet'],
    [{ 'client.type': 'thrift' }, 'client.type thrift is not available; the types that are: DEFAULT'],
  ])('%j is refused: %s', async (given, message) => {
    await expect(createRpcClient(given as Record<string, string>)).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringContaining(message),
    })
  })
})

describe('properties', () => {
  const host = { hosts: 'h1', 'hosts.h1': 'somewhere:41414' }
  const read = (more: Record<string, string>) => {
    const log = recordingLog()
    return { settings: readRpcProperties({ ...host, ...more }, log), lines: log.lines }
  }

  test('have Flume’s defaults', () => {
    expect(read({ 'client.type': 'default' }).settings).toEqual({
      host: 'somewhere',
      port: 41414,
      batchSize: 100,
      connectTimeoutMs: 20_000,
      requestTimeoutMs: 20_000,
      deflateLevel: undefined,
    })
  })

  test('are taken where they are right', () => {
    const { settings, lines } = read({
      'batch-size': '7',
      'connect-timeout': '1000',
      'request-timeout': '5000',
      'compression-type': 'Deflate',
      'compression-level': '9',
    })
    expect(settings).toMatchObject({ batchSize: 7, connectTimeoutMs: 1000, requestTimeoutMs: 5000, deflateLevel: 9 })
    expect(lines).toEqual([])
  })

  test.each([
    [{ 'connect-timeout': '999' }, 'WARN Connection timeout specified less than 1s. Using default value instead.'],
    [{ 'request-timeout': '0' }, 'WARN Request timeout specified less than 1s. Using default value instead.'],
    [{ 'request-timeout': 'soon' }, 'ERROR Request timeout soon is not a number. Using default value instead.'],
    [{ 'batch-size': '0' }, 'WARN Batch size 0 is not a number of at least 1. Using default value 100 instead.'],
    [{ maxIoWorkers: '4' }, 'WARN Specifying the number of workers is no longer supported'],
    [{ hosts: 'h1 h2' }, 'WARN More than one host was given; h1 is used'],
    [
      { 'compression-type': 'deflate', 'compression-level': '10' },
      'WARN Compression level 10 is not from 0 to 9. Using default value 6 instead.',
    ],
  ])('%j gives the default and the line: %s', (more, line) => {
    const { settings, lines } = read(more as Record<string, string>)
    expect(lines).toEqual([line])
    expect(settings).toMatchObject({ batchSize: 100, connectTimeoutMs: 20_000, requestTimeoutMs: 20_000 })
  })
})
