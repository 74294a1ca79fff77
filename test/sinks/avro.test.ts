import { afterEach, describe, expect, test } from '@jest/globals'
import { batchOf, createEvent, type Sink } from '../../src/component.ts'
import { reasonOf } from '../../src/errors.ts'
import { rawServer } from '../rpc/raw-server.ts'
import { serving } from '../rpc/serving.ts'
import { contextFor } from '../support/context.ts'
import { eventually } from '../support/eventually.ts'
import { made, plannedFrom } from './made.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function sinkTo(port: number, texts: Record<string, string | number> = {}) {
  const context = contextFor('sink', 'k1')
  const sink: Sink = await made('sink', 'avro', { texts: { hostname: '127.0.0.1', port, ...texts }, context })
  closing.push(() => sink.stop?.())
  await sink.start?.()
  const count = (name: 'Created' | 'Closed' | 'Failed') => context.counters.get(`Connection${name}Count`)
  return { sink, log: context.log.lines, connections: () => [count('Created'), count('Closed'), count('Failed')] }
}

const events = (...bodies: string[]) => batchOf(bodies.map((body) => createEvent(body)))
const reason = (promise: Promise<unknown> | undefined) =>
  (promise ?? Promise.resolve()).then(() => 'no failure', reasonOf)

describe('avro sink', () => {
  test('sends each batch as one request over one connection', async () => {
    const server = await serving()
    const { sink, log, connections } = await sinkTo(server.port)
    for (const batch of [events('a', 'b'), events('c')]) {
      await sink.connect?.()
      await sink.write(batch)
    }
    expect(server.calls).toEqual(['appendBatch', 'appendBatch'])
    expect(server.bodies()).toEqual(['a', 'b', 'c'])
    expect(connections()).toEqual([1, 0, 0])
    await sink.stop?.()
    await sink.stop?.()
    expect(connections()).toEqual([1, 1, 0])
    expect(log.filter((line) => line.startsWith('INFO'))).toEqual([
      `INFO Starting RpcSink k1 { host: 127.0.0.1, port: ${server.port} }...`,
      'INFO Rpc sink k1 started.',
    ])
  })

  test('has several requests under way, which arrive in order', async () => {
    const server = await serving()
    const { sink } = await sinkTo(server.port, { maxInFlight: 3 })
    expect(sink.inFlight).toBe(3)
    await sink.connect?.()
    await Promise.all(['a', 'b', 'c'].map((body) => sink.write(events(body))))
    expect(server.bodies()).toEqual(['a', 'b', 'c'])
  })

  test('compresses with its level', async () => {
    const server = await serving({ deflate: true })
    const { sink } = await sinkTo(server.port, { 'compression-type': 'DEFLATE', 'compression-level': 1 })
    await sink.connect?.()
    await sink.write(events('z'.repeat(3000), 'small'))
    expect(server.bodies()).toEqual(['z'.repeat(3000), 'small'])
  })

  test('connect rejects with the reason when the next hop is down, and connects once it is back', async () => {
    const gone = await serving()
    await gone.close(0)
    const { sink, connections } = await sinkTo(gone.port)
    expect(await reason(sink.connect?.())).toMatch(
      new RegExp(`^Unable to create Rpc client using hostname: 127.0.0.1, port: ${gone.port}: .*ECONNREFUSED`),
    )
    const back = await serving({ port: gone.port })
    await sink.connect?.()
    await sink.write(events('x'))
    expect(back.bodies()).toEqual(['x'])
    expect(connections()).toEqual([1, 0, 1])
  })

  test('a refused batch rejects with the status, and the next round has a new connection', async () => {
    let refuse = true
    const server = await serving({}, () => {
      if (refuse) throw new Error('full')
    })
    const { sink, connections } = await sinkTo(server.port)
    await sink.connect?.()
    expect(await reason(sink.write(events('x')))).toMatch(
      /^Failed to send events: NettyAvroRpcClient { host: .* }: Avro RPC call returned Status: FAILED$/,
    )
    refuse = false
    await sink.connect?.()
    await sink.write(events('x'))
    expect(server.bodies()).toEqual(['x'])
    expect(connections()).toEqual([2, 1, 0])
  })

  test('a next hop that never answers runs into request-timeout', async () => {
    const server = await rawServer()
    const { sink } = await sinkTo(server.port, { 'request-timeout': 1000 })
    await sink.connect?.()
    expect(await reason(sink.write(events('x')))).toContain('timed out after 1000 ms')
    await sink.connect?.()
    expect(server.sockets).toHaveLength(2)
  })

  test('a connection that the next hop has closed is replaced before anything is sent', async () => {
    const server = await rawServer()
    const { sink, connections } = await sinkTo(server.port)
    await sink.connect?.()
    await eventually(() => server.sockets.length === 1)
    server.sockets[0]?.destroy()
    await eventually(async () => {
      await sink.connect?.()
      return server.sockets.length === 2
    })
    expect(connections()).toEqual([2, 1, 0])
  })

  test('reset-connection-interval connects anew, after the requests under way are answered', async () => {
    const server = await serving()
    const { sink, connections } = await sinkTo(server.port, { 'reset-connection-interval': 1 })
    const writes: Promise<unknown>[] = []
    let sent = 0
    await eventually(async () => {
      await sink.connect?.()
      writes.push(sink.write(events(`${sent++}`)))
      return connections()[0] === 3
    })
    await Promise.all(writes)
    expect(server.bodies()).toEqual(Array.from({ length: sent }, (_, i) => `${i}`))
  })

  test('localhost is reached over whichever family is served', async () => {
    const server = await serving()
    const { sink } = await sinkTo(server.port, { hostname: 'localhost' })
    await sink.connect?.()
    await sink.write(events('x'))
  })
})

describe('options of the avro sink', () => {
  const base = { hostname: 'h', port: '41414' }
  const plan = async (texts: Record<string, string>) => {
    const { planned, problems } = await plannedFrom('sink', 'avro', texts)
    return { planned, messages: problems.map(({ severity, message }) => `${severity} ${message}`) }
  }

  test('hostname and port are needed, nothing else', async () => {
    expect(await plan(base)).toMatchObject({ planned: {}, messages: [] })
    expect((await plan({ hostname: 'h' })).planned).toBeUndefined()
    expect((await plan({ port: '1' })).planned).toBeUndefined()
  })

  test('TLS leaves the sink out instead of sending in plain text', async () => {
    const { planned, messages } = await plan({ ...base, ssl: 'true' })
    expect(planned).toBeUndefined()
    expect(messages.join()).toContain('TLS is not available yet')
  })

  test('a client type that there is not leaves it out', async () => {
    const { planned, messages } = await plan({ ...base, 'client.type': 'THRIFT' })
    expect(planned).toBeUndefined()
    expect(messages.join()).toContain('client.type THRIFT is not available; the types that are: DEFAULT')
    expect((await plan({ ...base, 'client.type': 'default' })).planned).toBeDefined()
  })

  test.each([
    { 'batch-size': '0' },
    { 'batch-size': 'many' },
    { 'connect-timeout': '999' },
    { 'request-timeout': '10' },
    { 'compression-level': '10' },
    { 'compression-type': 'zip' },
    { maxIoWorkers: '4' },
    { maxInFlight: '0' },
  ])('%j is warned about, and the default taken', async (texts) => {
    const { planned, messages } = await plan({ ...base, ...texts })
    expect(planned).toBeDefined()
    expect(messages).toEqual([expect.stringMatching(/^warning /)])
  })
})
