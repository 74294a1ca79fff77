import { createServer } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from '@jest/globals'
import { ChannelError, ChannelFullError } from '../../src/errors.ts'
import { eventually } from '../support/eventually.ts'
import { Client, gate, source, started } from './netcat-setup.ts'

const FULL = "Space for commit to queue couldn't be acquired."

/** Bytes that are in use after what nobody holds is collected. */
function used(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

describe('a channel that refuses', () => {
  test('fails the line with the reason, also without acknowledgements, and the connection stays open', async () => {
    let full = true
    const { port, bodies } = await started({
      ack: false,
      refuse: () => {
        if (full) throw new ChannelFullError(FULL)
      },
    })
    const client = new Client(port).send('1\n')
    await client.answered(`FAILED: ${FULL}\n`)
    full = false
    client.send('2\n')
    await eventually(() => bodies().length === 1)
    expect(bodies()).toEqual(['2'])
    expect(client.answers).toBe(`FAILED: ${FULL}\n`)
  })

  test('takes exactly the lines of a batch that fit, and says which, with one warning', async () => {
    let room = 3
    const { port, bodies, log } = await started({
      refuse: (batch) => {
        if (batch.length > room) throw new ChannelFullError(FULL)
        room -= batch.length
      },
    })
    const failed = `FAILED: ${FULL}\n`
    await new Client(port).send('1\n2\n3\n4\n5\n6\n').answered(`OK\nOK\nOK\n${failed.repeat(3)}`)
    expect(bodies()).toEqual(['1', '2', '3'])
    expect(log.filter((line) => line.startsWith('WARN'))).toEqual([`WARN Error processing event. ${FULL}`])
  })

  test('for another reason is answered with that reason', async () => {
    const { port } = await started({
      refuse: () => {
        throw new ChannelError('Unable to put batch on required channel: c1', { cause: new Error('secret path') })
      },
    })
    await new Client(port).send('1\n').answered('FAILED: Unable to put batch on required channel: c1\n')
  })

  test('what is folded of a burst is said when the source stops', async () => {
    const { port, log, stop } = await started({
      refuse: () => {
        throw new ChannelFullError(FULL)
      },
    })
    await new Client(port).send('1\n2\n3\n').answered(`FAILED: ${FULL}\n`.repeat(3))
    await stop()
    expect(log.at(-1)).toBe(`WARN Error processing event. ${FULL} (2 more times)`)
  })
})

describe('clients that take and give nothing', () => {
  test('one that does not read its answers is read no further until it does', async () => {
    let lines = 0
    const { port } = await started({
      maxBatch: 10_000,
      refuse: (batch) => {
        lines += batch.length
      },
    })
    const client = new Client(port)
    client.socket.pause()
    // The answers are three times as long as the lines and more than what the system buffers.
    const all = 12_000_000
    client.send('\n'.repeat(all))
    let seen = -1
    let same = 0
    await eventually(() => {
      same = lines === seen ? same + 1 : 0
      seen = lines
      return lines > 0 && same > 30
    }, 'standstill')
    expect(lines).toBeLessThan(all)
    client.socket.removeAllListeners('data').resume()
    await eventually(() => lines === all, 'rest')
  })

  test('thousands that are silent or never end their line cost little', async () => {
    const { port, counters } = await started()
    const before = used()
    const clients = Array.from({ length: 1000 }, () => new Client(port).send('no end'))
    await eventually(() => counters.get('OpenConnectionCount') === 1000, 'connections')
    await new Client(port).send('alive\n').answered('OK\n')
    // Both ends of each connection are in this process.
    expect((used() - before) / 1000).toBeLessThan(32 * 1024)
    for (const client of clients) client.socket.destroy()
    await eventually(() => counters.get('OpenConnectionCount') === 1, 'closed connections')
  })

  test('lines that were read of a client that broke off are stored', async () => {
    const { passed, open } = gate()
    let asked = 0
    const { port, bodies } = await started({
      refuse: () => {
        asked++
        return passed
      },
    })
    const client = new Client(port).send('one\n')
    await eventually(() => asked === 1)
    client.socket.resetAndDestroy()
    open()
    await eventually(() => bodies().length === 1)
  })
})

describe('start and stop', () => {
  test('say what Flume says', async () => {
    const { port, log, stop } = await started({ bind: 'localhost' })
    await stop()
    expect(log).toEqual([
      'INFO Source starting',
      `INFO Created serverSocket:sun.nio.ch.ServerSocketChannelImpl[/127.0.0.1:${port}]`,
      'INFO Source stopping',
    ])
  })

  test('a port that is taken is an error that tells why, and starting again works once it is free', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await eventually(() => taken.listening)
    const address = taken.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const { start, bodies } = await source({ port })
    await expect(start()).rejects.toThrow(/^Unable to bind to socket\. .*EADDRINUSE/)
    await new Promise((resolve) => taken.close(resolve))
    expect(await start()).toBe(port)
    await new Client(port).send('hello\n').answered('OK\n')
    expect(bodies()).toEqual(['hello'])
  })

  test('stop finishes the delivery under way, answers it, and closes idle connections at once', async () => {
    const { passed, open } = gate()
    const asked: number[] = []
    const { port, stop, bodies } = await started({
      refuse: (batch) => {
        asked.push(batch.length)
        return passed
      },
    })
    const idle = new Client(port)
    const busy = new Client(port).send('one\ntwo\n')
    await eventually(() => asked.length === 1)
    const stopped = stop()
    await eventually(() => idle.ended, 'end of the idle connection')
    expect(busy.ended).toBe(false)
    open()
    await eventually(() => busy.ended, 'end of the busy connection')
    expect(busy.answers).toBe('OK\nOK\n')
    expect(bodies()).toEqual(['one', 'two'])
    idle.socket.end()
    busy.socket.end()
    await stopped
    const late = new Client(port)
    await eventually(() => late.closed, 'refused connection')
  })

  test('stop does not try line by line what a full channel refuses', async () => {
    const { passed, fail } = gate()
    let asked = 0
    const { port, stop } = await started({
      refuse: () => {
        asked++
        return passed
      },
    })
    const client = new Client(port, false).send('1\n2\n3\n')
    await eventually(() => asked === 1)
    const stopped = stop()
    fail(new ChannelFullError(FULL))
    await stopped
    await client.answered(`FAILED: ${FULL}\n`.repeat(3))
    expect(asked).toBe(1)
  })

  test('stop is safe twice and before start', async () => {
    const { stop, start } = await source()
    await stop()
    await start()
    await stop()
    await stop()
  })
})
