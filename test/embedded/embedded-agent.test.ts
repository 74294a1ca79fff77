import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { EmbeddedAgent } from '../../src/embedded/embedded-agent.ts'
import { FlumeError } from '../../src/errors.ts'
import { createEvent } from '../../src/event.ts'
import { configureLog } from '../../src/log.ts'
import { CounterGroup } from '../../src/metrics/counters.ts'
import { rawServer } from '../rpc/raw-server.ts'
import { serving } from '../rpc/serving.ts'
import { eventually } from '../support/eventually.ts'

let directory = ''
const agents: EmbeddedAgent[] = []

beforeEach(() => {
  configureLog({ level: 'OFF', console: true })
  directory = mkdtempSync(join(tmpdir(), 'embedded-'))
})
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.stop().catch(() => {})
  rmSync(directory, { recursive: true, force: true })
})

const properties = (port: number, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  'channel.type': 'memory',
  'channel.capacity': '200',
  'channel.saveDir': directory,
  sinks: 'k1',
  'k1.type': 'avro',
  'k1.hostname': '127.0.0.1',
  'k1.port': `${port}`,
  'processor.type': 'default',
  ...more,
})

function embedded(name = 'myagent'): EmbeddedAgent {
  const agent = new EmbeddedAgent(name)
  agents.push(agent)
  return agent
}

async function started(port: number, more?: Readonly<Record<string, string>>, name?: string): Promise<EmbeddedAgent> {
  const agent = embedded(name)
  await agent.configure(properties(port, more))
  await agent.start()
  return agent
}

async function closedPort(): Promise<number> {
  const server = await rawServer()
  server.close()
  return server.port
}

const numbered = (n: number) => Array.from({ length: n }, (_, i) => createEvent(`event ${i}`))
const texts = (n: number) => Array.from({ length: n }, (_, i) => `event ${i}`)

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  return error instanceof FlumeError ? `${error.code}: ${error.message}` : `not a FlumeError: ${String(error)}`
}

describe('the states of an embedded agent', () => {
  test('new, it can only be configured', async () => {
    const agent = embedded()
    expect(await refusal(agent.start())).toBe('ILLEGAL_STATE: Cannot be started before being configured')
    expect(await refusal(agent.stop())).toBe('ILLEGAL_STATE: Cannot be stopped unless started')
    expect(await refusal(agent.put(createEvent('x')))).toBe('ILLEGAL_STATE: Cannot put events unless started')
  })

  test('stopped, it can be configured again and started', async () => {
    const { port } = await serving()
    const agent = embedded()
    await agent.configure(properties(await closedPort()))
    expect(await refusal(agent.put(createEvent('x')))).toBe('ILLEGAL_STATE: Cannot put events unless started')
    expect(await refusal(agent.stop())).toBe('ILLEGAL_STATE: Cannot be stopped unless started')
    await agent.configure(properties(port))
    await agent.start()
  })

  test('started, it can be neither configured nor started', async () => {
    const { port } = await serving()
    const agent = await started(port)
    expect(await refusal(agent.start())).toBe('ILLEGAL_STATE: Cannot be started while started')
    expect(await refusal(agent.configure(properties(port)))).toBe('ILLEGAL_STATE: Cannot be configured while started')
  })

  test('a configuration that is refused leaves the one before', async () => {
    const receiver = await serving()
    const agent = embedded()
    await agent.configure(properties(receiver.port))
    expect(await refusal(agent.configure({ sinks: 'k1' }))).toMatch(/^CONFIGURATION/)
    await agent.start()
    await agent.put(createEvent('x'))
    await eventually(() => receiver.bodies().length === 1)
  })

  test('a second start that does not wait for the first one is refused', async () => {
    const { port } = await serving()
    const agent = embedded()
    await agent.configure(properties(port))
    const first = agent.start()
    expect(await refusal(agent.start())).toBe('ILLEGAL_STATE: Cannot be started while started')
    await first
  })

  test('after a stop it starts again and delivers', async () => {
    const receiver = await serving()
    const agent = await started(receiver.port)
    await agent.put(createEvent('before'))
    await agent.stop()
    expect(await refusal(agent.put(createEvent('between')))).toBe('ILLEGAL_STATE: Cannot put events unless started')
    await agent.start()
    await agent.put(createEvent('after'))
    await agent.stop()
    expect(receiver.bodies()).toEqual(['before', 'after'])
  })

  test('a start that does not wait for the stop before it comes after that', async () => {
    const counters = new CounterGroup('source', 'receiver')
    const receiver = await serving({ counters })
    const agent = await started(receiver.port)
    await agent.putAll(numbered(100))
    const stopped = agent.stop()
    await agent.start()
    await stopped
    await agent.put(createEvent('after'))
    await agent.stop()
    expect(receiver.bodies()).toEqual([...texts(100), 'after'])
    await eventually(() => counters.get('OpenConnectionCount') === 0, 'end of every connection')
  })
})

describe('putting events', () => {
  test('one and many arrive in order, with their headers', async () => {
    const { port, batches } = await serving()
    const agent = await started(port, { 'k1.maxInFlight': '1' }, 'my agent')
    await agent.put(createEvent('first', { host: 'h1' }))
    await agent.putAll(numbered(100))
    await agent.putAll([])
    await agent.stop()
    const events = batches.flatMap((batch) => [...batch])
    expect(events.map((event) => event.body.toString())).toEqual(['first', ...texts(100)])
    expect(events[0]?.headers).toEqual(new Map([['host', 'h1']]))
  })

  test('the caller may change an event afterwards', async () => {
    const receiver = await serving()
    const agent = await started(receiver.port)
    const body = Buffer.from('as it was')
    await agent.put(createEvent(body))
    body.fill('x')
    await agent.stop()
    expect(receiver.bodies()).toEqual(['as it was'])
  })

  test('interceptors of the source see them', async () => {
    const { port, batches } = await serving()
    const agent = await started(port, {
      'source.interceptors': 'i1 i2',
      'source.interceptors.i1.type': 'static',
      'source.interceptors.i1.key': 'datacenter',
      'source.interceptors.i1.value': 'north',
      'source.interceptors.i2.type': 'timestamp',
    })
    await agent.put(createEvent('x'))
    await agent.stop()
    const headers = batches[0]?.at(0).headers
    expect(headers?.get('datacenter')).toBe('north')
    expect(headers?.get('timestamp')).toMatch(/^\d{13}$/)
  })

  test('a full channel is told with Flume’s words, takes nothing of that batch, and accepts again', async () => {
    const agent = await started(await closedPort(), { 'channel.keep-alive': '0', 'channel.capacity': '100' })
    await agent.putAll(numbered(60))
    expect(await refusal(agent.putAll(numbered(41)))).toBe(
      "EVENT_DELIVERY: Embedded agent myagent: Unable to process event: Space for commit to queue couldn't be acquired. " +
        'Sinks are likely not keeping up with sources, or the buffer size is too tight',
    )
    await agent.putAll(numbered(40))
  })

  test('more events than a transaction holds are refused as a whole', async () => {
    const receiver = await serving()
    const agent = await started(receiver.port, { 'channel.transactionCapacity': '10', 'k1.batch-size': '10' })
    expect(await refusal(agent.putAll(numbered(11)))).toMatch(
      /^EVENT_DELIVERY: Embedded agent myagent: Unable to process event: Put queue for MemoryTransaction of capacity 10 full/,
    )
    await agent.put(createEvent('alone'))
    await agent.stop()
    expect(receiver.bodies()).toEqual(['alone'])
  })
})

describe('stopping', () => {
  test('delivers what the channel holds to a slow receiver', async () => {
    const receiver = await serving({}, () => new Promise((resolve) => setTimeout(resolve, 30)))
    const agent = await started(receiver.port, { 'k1.batch-size': '10', 'k1.maxInFlight': '1' })
    await agent.putAll(numbered(100))
    await agent.putAll(numbered(100))
    await agent.stop()
    expect(receiver.bodies()).toEqual([...texts(100), ...texts(100)])
    expect(readdirSync(directory)).toEqual([])
  })

  test('keeps what nobody takes for the next start of the same agent', async () => {
    const port = await closedPort()
    const agent = await started(port)
    await agent.putAll(numbered(100))
    await agent.stop()
    expect(readdirSync(directory)).toHaveLength(1)
    const receiver = await serving({ port })
    await agent.start()
    await eventually(() => receiver.bodies().length === 100)
    await agent.stop()
    expect(receiver.bodies()).toEqual(texts(100))
    expect(readdirSync(directory)).toEqual([])
  })
})
