// Clients and commands that misbehave, at whole agents: each is refused within a few lines of the log, and everybody else
// goes on being served without a loss.
import { afterEach, describe, expect, test } from '@jest/globals'
import { batchOf } from '../../src/batch.ts'
import { createEvent } from '../../src/event.ts'
import { connectRpc, type RpcConnection } from '../../src/rpc/client.ts'
import { type RawClient, rawClient } from '../rpc/raw-client.ts'
import { serving } from '../rpc/serving.ts'
import { eventually } from '../support/eventually.ts'
import { flow } from './flow.ts'
import { complaints, logged, ownDirectory, portOf, runningAgent } from './in-process.ts'
import { Lines } from './lines.ts'

const releases: (() => unknown)[] = []
afterEach(async () => {
  for (const release of releases.splice(0)) await release()
})

/** A started agent with this flow to a receiver, and what the receiver gets. */
async function flowing(options: Partial<Parameters<typeof flow>[0]>) {
  const receiver = await serving()
  const more = [`c1.saveDir = ${ownDirectory()}`, ...(options.more ?? [])]
  const agent = await runningAgent(flow({ port: receiver.port, ...options, more }))
  return { agent, receiver }
}

async function lines(port: number): Promise<Lines> {
  const client = await Lines.to(port, '127.0.0.1')
  releases.push(() => client.close())
  return client
}

async function raw(port: number): Promise<RawClient> {
  const client = await rawClient(port)
  releases.push(() => client.close())
  return client
}

const sorted = (texts: readonly string[]) => [...texts].sort()

describe('netcat clients', () => {
  test('with lines that are too long are told and cut off, the lines before are kept, the others go on', async () => {
    const { receiver } = await flowing({})
    const port = await portOf('r1')
    const good = await lines(port)
    const expected: string[] = []
    for (let i = 0; i < 20; i++) {
      const bad = await lines(port)
      bad.send(`short ${i}\n${'x'.repeat(100_000)}\nnot read\n`)
      expect(await good.ask(`good ${i}`)).toBe('OK')
      expected.push(`short ${i}`, `good ${i}`)
      await eventually(() => bad.ended)
      expect(bad.answers).toBe('OK\nFAILED: Event exceeds the maximum length (512 chars, including newline)\n')
    }
    await eventually(() => receiver.bodies().length === expected.length)
    expect(sorted(receiver.bodies())).toEqual(sorted(expected))
    expect(complaints()).toEqual([expect.stringContaining('Client sent event exceeding the maximum length')])
  })

  test('with bytes that are no UTF-8 lose no line', async () => {
    const { receiver } = await flowing({})
    const client = await lines(await portOf('r1'))
    expect(await client.ask(Buffer.of(0x61, 0xff, 0xfe, 0xc3))).toBe('OK')
    expect(await client.ask(Buffer.of(0xed, 0xa0, 0x80, 0x00, 0x0d))).toBe('OK')
    expect(await client.ask('ü€😀')).toBe('OK')
    await eventually(() => receiver.bodies().length === 3)
    const [first = '', second = '', third] = receiver.bodies()
    expect(first).toMatch(/^a\uFFFD+$/)
    expect(second).toMatch(/^\uFFFD+\0\r$/)
    expect(third).toBe('ü€😀')
    expect(complaints()).toEqual([])
  })

  test('that never end their line hold up nobody, and a stop does not wait for them', async () => {
    const { agent, receiver } = await flowing({ more: ['r1.max-line-length = 1000000'] })
    const port = await portOf('r1')
    for (let i = 0; i < 20; i++) (await lines(port)).send('y'.repeat(50_000))
    const good = await lines(port)
    expect(await good.ask('good')).toBe('OK')
    await agent.stop()
    expect(receiver.bodies()).toEqual(['good'])
    expect(complaints()).toEqual([])
  })
})

describe('commands of the exec source', () => {
  const beside = ['r2.type = netcat', 'r2.bind = 127.0.0.1', 'r2.port = 0', 'r2.channels = c1']
  const exec = (...more: string[]) => flowing({ source: 'exec', more, second: beside })

  test('that do not exist are said once, and the other source works', async () => {
    const { receiver } = await exec('r1.command = /no/such/command --with words')
    expect(await (await lines(await portOf('r2'))).ask('good')).toBe('OK')
    await eventually(() => receiver.bodies().length === 1)
    expect(complaints()).toEqual([
      expect.stringMatching(/Failed while running command: \/no\/such\/command --with words\..* ENOENT/),
    ])
  })

  test('that flood standard error are read on, and it costs no line of the log', async () => {
    const flood =
      'head -c 20000000 /dev/zero | tr "\\\\0" "e" >&2; echo first; head -c 20000000 /dev/zero >&2; echo last'
    const { receiver } = await exec('r1.shell = /bin/sh -c', `r1.command = ${flood}`)
    await eventually(() => receiver.bodies().length === 2)
    expect(receiver.bodies()).toEqual(['first', 'last'])
    await eventually(() => /Command \[.*\] exited with 0/.test(logged()))
    expect(complaints()).toEqual([])
  })

  test('that write one line without an end are taken in pieces', async () => {
    const { receiver } = await exec('r1.shell = /bin/sh -c', 'r1.command = head -c 40000000 /dev/zero; echo; echo last')
    const events = () => receiver.batches.flatMap((batch) => [...batch])
    await eventually(() => events().at(-1)?.body.toString() === 'last', 'the last line')
    const lengths = events().map((event) => event.body.length)
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(40_000_000 + 'last'.length)
    expect(complaints()).toEqual([expect.stringContaining('is cut into several events')])
  })
})

describe('at the port of an avro source', () => {
  const int32 = (...values: number[]) => {
    const bytes = Buffer.alloc(values.length * 4)
    values.forEach((value, at) => {
      bytes.writeInt32BE(value, at * 4)
    })
    return bytes
  }
  // The same bytes in every run.
  const noise = (seed: number, length: number) => {
    let state = seed
    const next = () => {
      state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
      return state >> 16
    }
    return Buffer.from(Array.from({ length }, next))
  }
  const GARBAGE: readonly (readonly [string, Buffer])[] = [
    ['a frame that claims a million buffers', int32(1, 1_000_000, 0, 0, 0)],
    ['a million empty buffers', Buffer.concat([int32(1, 1_000_000), Buffer.alloc(4_000_000)])],
    ['a buffer of 2^31 - 1 bytes', int32(1, 1, 0x7fffffff)],
    ['negative numbers', int32(1, -1, -1)],
    ['a web browser', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['random bytes', noise(42, 5000)],
    ['a whole frame without meaning', int32(1, 1, 4, 0x01020304)],
  ]

  async function client(port: number): Promise<RpcConnection> {
    const connection = await connectRpc({ host: '127.0.0.1', port, requestTimeoutMs: 5000 })
    releases.push(() => connection.close())
    return connection
  }
  const batch = (n: number) => batchOf([createEvent(`event ${2 * n}`), createEvent(`event ${2 * n + 1}`)])

  test('garbage ends its own connection, in a bounded number of lines, while a good client is served', async () => {
    const { receiver } = await flowing({ source: 'avro' })
    const port = await portOf('r1')
    const good = await client(port)
    let sent = 0
    for (let round = 0; round < 5; round++) {
      for (const [what, bytes] of GARBAGE) {
        const bad = await raw(port)
        bad.socket.write(bytes)
        await good.send(batch(sent++))
        await eventually(() => bad.closed, `end of the connection with ${what}`)
      }
    }
    await eventually(() => receiver.bodies().length === 2 * sent)
    expect(receiver.bodies()).toEqual(Array.from({ length: 2 * sent }, (_, i) => `event ${i}`))
    expect(complaints().length).toBeLessThanOrEqual(3)
    expect(complaints()[0]).toMatch(/Closed the connection of 127\.0\.0\.1:\d+: a frame claims 1000000 buffers/)
  })

  test('clients that stop in the middle hold up neither a good client nor the stop', async () => {
    const { agent, receiver } = await flowing({ source: 'avro' })
    const port = await portOf('r1')
    for (let i = 0; i < 20; i++) {
      const silent = await raw(port)
      if (i % 2 === 0) silent.socket.write(Buffer.concat([int32(1, 1, 1_000_000), Buffer.alloc(1000)]))
      const half = await raw(port)
      half.socket.write(int32(1, 2, 100))
      half.socket.end()
    }
    const good = await client(port)
    for (let i = 0; i < 20; i++) await good.send(batch(i))
    await agent.stop()
    expect(receiver.bodies()).toEqual(Array.from({ length: 40 }, (_, i) => `event ${i}`))
    expect(complaints()).toEqual([])
  })
})
