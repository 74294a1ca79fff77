import { mkdtemp, readdir } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Agent } from '../../src/agent/agent.ts'
import { configureLog } from '../../src/log.ts'
import { serveRpc } from '../../src/rpc/server.ts'
import { recordingLog } from '../support/context.ts'
import { eventually } from '../support/eventually.ts'
import { agentOf } from '../support/run-agent.ts'

let directory = ''
const closing: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  configureLog({ level: 'OFF', console: true })
  directory = await mkdtemp(join(tmpdir(), 'agent-'))
})

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function running(text: string): Promise<Agent> {
  const agent = await agentOf(text)
  closing.push(() => agent.stop())
  await agent.start()
  return agent
}

/** A receiver that collects bodies, at a port that stays the same when it comes back. */
async function receiver(port = 0, delayMs = 0) {
  const texts: string[] = []
  const server = await serveRpc({
    host: '127.0.0.1',
    port,
    log: recordingLog(),
    handler: async (batch) => {
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
      for (const event of batch) texts.push(event.body.toString())
    },
  })
  closing.push(() => server.close())
  return { server, texts }
}

const counted = (agent: Agent, name: string) => agent.counters.find((group) => group.name === name)
const numbers = (n: number) => Array.from({ length: n }, (_, i) => String(i))

const flow = (port: number, source: string, more = '') => `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.channels = c1
${source}
a1.channels.c1.type = memory
a1.channels.c1.capacity = 1000
a1.channels.c1.saveDir = ${directory}
a1.sinks.k1.type = avro
a1.sinks.k1.hostname = 127.0.0.1
a1.sinks.k1.port = ${port}
a1.sinks.k1.channel = c1
${more}
`
const seq = (total: number) => `a1.sources.r1.type = seq\na1.sources.r1.totalEvents = ${total}`

async function freePort(): Promise<number> {
  const server: Server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

describe('an agent', () => {
  test('carries every event from its source to the receiver, in order', async () => {
    const { server, texts } = await receiver()
    const agent = await running(flow(server.port, seq(2500)))
    await eventually(() => texts.length === 2500)
    expect(texts).toEqual(numbers(2500))
    expect(agent.summary).toBe('1 source, 1 channel, 1 sink')
    await eventually(() => counted(agent, 'k1')?.get('EventDrainSuccessCount') === 2500)
    expect(counted(agent, 'c1')?.snapshot().get('ChannelSize')).toBe(0)
  })

  test('waits for a receiver that starts later, and then delivers everything', async () => {
    const port = await freePort()
    const agent = await running(flow(port, seq(700)))
    await eventually(() => (counted(agent, 'c1')?.snapshot().get('ChannelSize') ?? 0) === 700)
    const first = await receiver(port)
    await eventually(() => first.texts.length === 700)
    expect(first.texts).toEqual(numbers(700))
  })

  test('puts events of one source into every channel of it', async () => {
    const [one, two] = [await receiver(), await receiver()]
    await running(
      flow(
        one.server.port,
        seq(50),
        `a1.channels = c1 c2
a1.sources.r1.channels = c1 c2
a1.channels.c2.type = memory
a1.channels.c2.saveOnStop = false
a1.sinks = k1 k2
a1.sinks.k2.type = avro
a1.sinks.k2.hostname = 127.0.0.1
a1.sinks.k2.port = ${two.server.port}
a1.sinks.k2.channel = c2`,
      ),
    )
    await eventually(() => one.texts.length === 50 && two.texts.length === 50)
    expect([one.texts, two.texts]).toEqual([numbers(50), numbers(50)])
  })
})

describe('stopping an agent', () => {
  test('delivers what its memory channel still holds to a slow receiver', async () => {
    const { server, texts } = await receiver(0, 50)
    const agent = await running(flow(server.port, seq(500), 'a1.sinks.k1.batch-size = 50'))
    await eventually(() => texts.length > 0)
    await agent.stop()
    expect(texts.length).toBe(500)
    expect(await readdir(directory)).toEqual([])
  })

  test('keeps what nobody takes, and the next agent of the same configuration delivers it', async () => {
    const port = await freePort()
    const text = flow(port, seq(300))
    const agent = await agentOf(text)
    await agent.start()
    await eventually(() => counted(agent, 'c1')?.snapshot().get('ChannelSize') === 300)
    const began = Date.now()
    await agent.stop()
    // A sink that cannot deliver gets one more attempt, not the whole drain time.
    expect(Date.now() - began).toBeLessThan(5000)
    expect(await readdir(directory)).toHaveLength(1)
    const { texts } = await receiver(port)
    await running(flow(port, seq(0)))
    await eventually(() => texts.length === 300)
    expect(texts).toEqual(numbers(300))
    await eventually(async () => (await readdir(directory)).length === 0)
  })

  test('does not hang on a receiver that never answers', async () => {
    const silent = createServer((socket) => void socket.resume())
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    closing.push(() => new Promise((resolve) => silent.close(resolve)))
    const address = silent.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const agent = await agentOf(flow(port, seq(10), 'a1.channels.c1.drainTimeout = 1'))
    await agent.start()
    await eventually(() => counted(agent, 'c1')?.snapshot().get('ChannelSize') === 10)
    await agent.stop()
    expect(await readdir(directory)).toHaveLength(1)
  })
})
