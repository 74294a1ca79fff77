import { afterEach, describe, expect, test } from '@jest/globals'
import { batchOf, ChannelFullError, createEvent, type Source } from '../../src/component.ts'
import { reasonOf } from '../../src/errors.ts'
import { connectRpc, type RpcConnection } from '../../src/rpc/client.ts'
import { made, plannedFrom } from '../sinks/made.ts'
import { sourceContext } from '../support/context.ts'
import { eventually } from '../support/eventually.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

type Refuse = Parameters<typeof sourceContext>[0]

async function started(texts: Record<string, string> = {}, refuse?: Refuse) {
  const { context, batches, bodies } = sourceContext(refuse)
  const source: Source = await made('source', 'avro', { texts: { bind: '127.0.0.1', port: 0, ...texts }, context })
  closing.push(() => source.stop?.())
  await source.start?.()
  const port = Number(/listens on port (\d+)/.exec(context.log.lines.join('\n'))?.[1])
  return { source, port, batches, bodies, log: context.log.lines, counters: context.counters }
}

async function client(port: number, deflateLevel?: number): Promise<RpcConnection> {
  const connection = await connectRpc({ host: '127.0.0.1', port, deflateLevel, requestTimeoutMs: 5000 })
  closing.push(() => connection.close())
  return connection
}

const events = (...bodies: string[]) => batchOf(bodies.map((body) => createEvent(body, { k: 'v' })))

describe('avro source', () => {
  test('delivers events and batches, and counts calls', async () => {
    const { port, batches, bodies, counters, log } = await started()
    const connection = await client(port)
    await connection.send(events('one'), 'append')
    await connection.send(events('two', 'three'))
    expect(bodies()).toEqual(['one', 'two', 'three'])
    expect(batches[0]?.at(0).headers).toEqual(new Map([['k', 'v']]))
    expect(counters.get('AppendAcceptedCount')).toBe(1)
    expect(counters.get('AppendBatchAcceptedCount')).toBe(1)
    expect(counters.get('OpenConnectionCount')).toBe(1)
    expect(log).toEqual([
      'INFO Starting Avro source r1: { bindAddress: 127.0.0.1, port: 0 }...',
      `INFO Avro source r1 listens on port ${port}.`,
      'INFO Avro source r1 started.',
    ])
  })

  test('an empty batch is OK and not delivered', async () => {
    const { port, batches } = await started()
    await (await client(port)).send(batchOf([]))
    expect(batches).toEqual([])
  })

  test('what a channel refuses is answered FAILED, told once, and taken again later', async () => {
    let full = true
    const { port, bodies, log } = await started({}, () => {
      if (full) throw new ChannelFullError('The channel is full')
    })
    const connection = await client(port)
    for (let i = 0; i < 5; i++) await expect(connection.send(events('x'))).rejects.toThrow('Status: FAILED')
    await expect(connection.send(events('y'), 'append')).rejects.toThrow('Status: FAILED')
    expect(log.slice(3)).toEqual([
      'ERROR Avro source r1: Unable to process event batch. The channel is full',
      'WARN Avro source r1: Unable to process event. The channel is full',
    ])
    full = false
    await connection.send(events('z'))
    expect(bodies()).toEqual(['z'])
  })

  test('compressed connections', async () => {
    const { port, bodies } = await started({ 'compression-type': 'deflate' })
    const connection = await client(port, 9)
    await connection.send(events('a'.repeat(5000), 'b'))
    expect(bodies()).toEqual(['a'.repeat(5000), 'b'])
  })

  test('connections that ipFilterRules deny are closed, the others served', async () => {
    const denying = await started({ ipFilter: 'true', ipFilterRules: 'deny:ip:127.*' })
    await expect((await client(denying.port)).send(events('x'))).rejects.toThrow('RPC request exception')
    const allowing = await started({ ipFilter: 'true', ipFilterRules: 'allow:name:localhost,deny:ip:*' })
    await (await client(allowing.port)).send(events('x'))
    expect(denying.bodies()).toEqual([])
    expect(allowing.bodies()).toEqual(['x'])
  })

  test('rules without ipFilter = true do nothing', async () => {
    const { port } = await started({ ipFilterRules: 'deny:ip:*' })
    await (await client(port)).send(events('x'))
  })

  test('start rejects when the port is taken, and works when it is free again', async () => {
    const first = await started()
    const { context } = sourceContext()
    const texts = { bind: '127.0.0.1', port: first.port }
    const second: Source = await made('source', 'avro', { texts, context })
    const error = await second.start?.().catch((reason: unknown) => reason)
    expect(reasonOf(error)).toMatch(
      new RegExp(`^Avro source r1 startup failed: cannot listen on 127.0.0.1:${first.port}: .*EADDRINUSE`),
    )
    await first.source.stop?.()
    await second.start?.()
    closing.push(() => second.stop?.())
    await (await client(first.port)).send(events('x'))
  })

  test('stop answers what is under way, is safe twice and before start', async () => {
    let open: () => void = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const { source, port, log, counters } = await started({}, () => gate)
    const connection = await client(port)
    const sent = connection.send(events('x'))
    await eventually(() => counters.get('AppendBatchReceivedCount') === 1)
    const stopped = source.stop?.()
    open()
    await sent
    await stopped
    await source.stop?.()
    expect(log.slice(-2)).toEqual([
      'INFO Avro source r1 stopping: { bindAddress: 127.0.0.1, port: 0 }',
      'INFO Avro source r1 stopped.',
    ])
    const { context } = sourceContext()
    const idle: Source = await made('source', 'avro', { texts: { bind: '127.0.0.1', port: 0 }, context })
    await idle.stop?.()
  })
})

describe('options of the avro source', () => {
  const base = { bind: '0.0.0.0', port: '41414' }
  const problems = async (texts: Record<string, string>) => {
    const { planned, problems: all } = await plannedFrom('source', 'avro', texts)
    return { left: planned !== undefined, messages: all.map(({ severity, message }) => `${severity} ${message}`) }
  }

  test('bind and port are needed, nothing else', async () => {
    expect(await problems(base)).toEqual({ left: true, messages: [] })
    expect((await problems({ bind: 'x' })).left).toBe(false)
    expect((await problems({ port: '1' })).left).toBe(false)
  })

  test('TLS leaves the source out instead of serving in plain text', async () => {
    const { left, messages } = await problems({ ...base, ssl: 'true', keystore: '/k', 'keystore-password': 'geheim' })
    expect(left).toBe(false)
    expect(messages.join('\n')).toContain('TLS is not available yet')
    expect(messages.join('\n')).not.toContain('geheim')
  })

  test('malformed or missing filter rules leave it out', async () => {
    const malformed = await problems({ ...base, ipFilter: 'true', ipFilterRules: 'allow:ip:*,nonsense' })
    expect([malformed.left, malformed.messages.join()]).toEqual([
      false,
      expect.stringContaining("Invalid ipFilter patternRule 'nonsense' should look like"),
    ])
    const missing = await problems({ ...base, ipFilter: 'true' })
    expect([missing.left, missing.messages.join()]).toEqual([
      false,
      expect.stringContaining('ipFilter is configured with true but ipFilterRules is not defined'),
    ])
    expect((await problems({ ...base, ipFilterRules: 'nonsense' })).left).toBe(true)
  })

  test('threads and an unknown compression are only warned about', async () => {
    const { left, messages } = await problems({ ...base, threads: 'many', 'compression-type': 'zip' })
    expect(left).toBe(true)
    expect(messages.length).toBeGreaterThan(0)
    expect(messages.every((message) => message.startsWith('warning'))).toBe(true)
  })
})
