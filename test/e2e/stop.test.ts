// The end of an agent as its user sees it: exit statuses, what becomes of undelivered events, and starts that cannot be.
import { appendFileSync, existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { batchOf } from '../../src/batch.ts'
import { createEvent } from '../../src/event.ts'
import { connectRpc } from '../../src/rpc/client.ts'
import { rawServer } from '../rpc/raw-server.ts'
import { serving } from '../rpc/serving.ts'
import { eventually } from '../support/eventually.ts'
import { flumeNg, ownHome, type Program, start } from '../support/processes.ts'
import { flow, netcatPort, written } from './flow.ts'
import { Lines } from './lines.ts'

const agent = (file: string, ...more: string[]) => flumeNg(['agent', '-n', 'a1', '-f', file, ...more])

/** An agent that has accepted these lines. */
async function holding(file: string, lines: readonly string[]): Promise<Program> {
  const running = agent(file)
  const client = await Lines.to(await netcatPort(running), '127.0.0.1')
  client.send(lines.map((line) => `${line}\n`).join(''))
  expect(await client.answered(lines.length)).toEqual(lines.map(() => 'OK'))
  client.close()
  return running
}

async function closedPort(): Promise<number> {
  const server = await rawServer()
  server.close()
  return server.port
}

/** Sends more than a channel of 100 events takes; the function gives what is answered to it. */
async function wanting(running: Program, source: string): Promise<() => string> {
  if (source === 'netcat') {
    const client = await Lines.to(await netcatPort(running), '127.0.0.1')
    client.send(
      numbered(150)
        .map((line) => `${line}\n`)
        .join(''),
    )
    await client.answered(100)
    return () => client.answers
  }
  const [, port] = await running.says(/listens on port (\d+)/)
  const client = await connectRpc({ host: '127.0.0.1', port: Number(port) })
  await client.send(batchOf(numbered(100).map((text) => createEvent(text))))
  let answer = ''
  client.send(batchOf([createEvent('one more')])).catch((error: Error) => {
    answer = error.message
  })
  // Answered at once, and not before the request before it has been read.
  await client.send(batchOf([]))
  return () => answer
}

const numbered = (n: number) => Array.from({ length: n }, (_, i) => `line ${i}`)

describe('a signal', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('%s ends an agent with status %i when all is delivered', async (signal, status) => {
    const receiver = await serving()
    const running = await holding(written('a.conf', flow({ port: receiver.port })), ['one', 'two'])
    expect(await running.stop(signal)).toBe(status)
    expect(running.err()).toContain(`${signal}: a1 is stopping.`)
    expect(receiver.bodies()).toEqual(['one', 'two'])
    expect(running.err()).not.toMatch(/WARN|ERROR/)
    expect(existsSync(join(ownHome(), '.flume', 'memory-channel'))).toBe(false)
  })

  test('of a terminal that is closed does nothing to an agent under nohup', async () => {
    const receiver = await serving()
    const file = written('a.conf', flow({ port: receiver.port }))
    const running = start('nohup', ['bin/flume-ng', 'agent', '-n', 'a1', '-f', file])
    const client = await Lines.to(await netcatPort(running), '127.0.0.1')
    running.signal('SIGHUP')
    for (let i = 0; i < 20; i++) expect(await client.ask(`line ${i}`)).toBe('OK')
    expect(await running.stop()).toBe(143)
    expect(running.err()).not.toContain('SIGHUP')
    expect(receiver.bodies()).toHaveLength(20)
    client.close()
  })

  test('ends an agent that waits for its configuration', async () => {
    const running = agent(written('empty.conf', ''))
    await running.says(/waits for/)
    expect(await running.stop()).toBe(143)
  })
})

describe('undelivered events', () => {
  const lines = numbered(120)

  test('are kept, with a line that says how many and where, and delivered after the next start', async () => {
    const port = await closedPort()
    const file = written('a.conf', flow({ port }))
    const first = await holding(file, lines)
    expect(await first.stop()).toBe(143)
    const [, count, path = ''] = await first.says(/Memory channel c1 kept (\d+) undelivered events in (\S+);/)
    expect([count, dirname(path)]).toEqual(['120', join(ownHome(), '.flume', 'memory-channel')])
    expect(existsSync(path)).toBe(true)

    const receiver = await serving({ port })
    const second = agent(file)
    await second.says(/goes on with 120 events/)
    await eventually(() => receiver.bodies().length === lines.length)
    expect(receiver.bodies()).toEqual(lines)
    expect(await second.stop()).toBe(143)
    expect(readdirSync(dirname(path))).toEqual([])
  })

  test('of another configuration are left alone', async () => {
    const port = await closedPort()
    const first = await holding(written('a.conf', flow({ port })), lines)
    await first.stop()
    const receiver = await serving({ port })
    const other = await holding(written('b.conf', flow({ port })), ['mine'])
    await eventually(() => receiver.bodies().length > 0)
    await other.stop()
    expect(receiver.bodies()).toEqual(['mine'])
    expect(readdirSync(join(ownHome(), '.flume', 'memory-channel'))).toHaveLength(1)
  })

  test('are kept at once when a second signal ends the draining', async () => {
    const silent = await rawServer()
    const running = await holding(
      written('a.conf', flow({ port: silent.port, more: ['c1.drainTimeout = 600'] })),
      lines,
    )
    await eventually(() => silent.received().length > 0)
    running.signal('SIGTERM')
    await running.says(/holds 120 events: delivering them for up to 600 s/)
    const asked = Date.now()
    await eventually(() => Date.now() - asked > 1000, 'a signal that is not the echo of the first')
    expect(await running.stop('SIGINT')).toBe(143)
    await running.says(/kept 120 undelivered events/)
  })

  test.each(['seq', 'netcat', 'avro'])(
    'of a full channel: a stop does not wait for the room that %s wants',
    async (source) => {
      const silent = await rawServer()
      const more = ['c1.capacity = 100', 'c1.keep-alive = 600', 'c1.drainTimeout = 0']
      const running = agent(written('a.conf', flow({ port: silent.port, source, more })))
      const answered = source === 'seq' ? () => 'FAILED' : await wanting(running, source)
      await eventually(() => silent.received().length > 0)
      expect(await running.stop()).toBe(143)
      await running.says(/kept 100 undelivered events/)
      expect(answered()).toContain('FAILED')
      expect(running.err()).not.toMatch(/could not write to channel/)
    },
  )

  test('are lost with saveOnStop = false, and a line says how many', async () => {
    const file = written('a.conf', flow({ port: await closedPort(), more: ['c1.saveOnStop = false'] }))
    const running = await holding(file, lines)
    expect(await running.stop()).toBe(143)
    await running.says(/\[WARN .* 120 undelivered events.* lost/)
    expect(existsSync(join(ownHome(), '.flume', 'memory-channel'))).toBe(false)
  })

  test('go on being delivered when a signal comes twice at once, as timeout and npm send it', async () => {
    const receiver = await serving({}, () => new Promise((resolve) => setTimeout(resolve, 30)))
    const more = ['k1.batch-size = 1', 'k1.maxInFlight = 1']
    const running = await holding(written('a.conf', flow({ port: receiver.port, more })), lines.slice(0, 50))
    running.signal('SIGTERM')
    await running.says(/SIGTERM: a1 is stopping/)
    expect(await running.stop()).toBe(143)
    expect(receiver.bodies()).toEqual(lines.slice(0, 50))
  })
})

describe('a configuration', () => {
  const sentence = /^.*\[ERROR .*\] (A fatal error occurred while running\..*)\n$/

  test.each([
    ['that is missing', () => join(ownHome(), 'none.conf'), 'no such file'],
    ['that is a folder', () => ownHome(), 'it is a folder'],
  ])('%s ends the start with one sentence and status 1', async (_, path, reason) => {
    const running = agent(path())
    expect(await running.ended).toBe(1)
    const [, said] = sentence.exec(running.err()) ?? []
    expect(said).toBe(`A fatal error occurred while running. Unable to read ${path()}: ${reason}`)
    expect(running.out()).toBe('')
  })

  test('that is empty is waited for, and the agent starts when it is filled', async () => {
    const receiver = await serving()
    const file = written('later.conf', '')
    const running = agent(file, '-i', '1')
    await running.says(new RegExp(`Agent a1 waits for ${file} to define it`))
    appendFileSync(file, flow({ port: receiver.port, source: 'seq', more: ['r1.totalEvents = 5'] }))
    await eventually(() => receiver.bodies().length === 5)
    expect(await running.stop()).toBe(143)
    expect(receiver.bodies()).toEqual(['0', '1', '2', '3', '4'])
  })

  test('that is empty and not watched ends the start with one sentence and status 1', async () => {
    const running = agent(written('empty.conf', ''), '--no-reload-conf')
    expect(await running.ended).toBe(1)
    expect(running.err()).toContain('gives agent a1 nothing to run')
  })
})
