import { describe, expect, test } from '@jest/globals'
import { batchOf } from '../../src/batch.ts'
import { ChannelError } from '../../src/errors.ts'
import { createEvent } from '../../src/event.ts'
import { CounterGroup } from '../../src/metrics/counters.ts'
import { connectRpc } from '../../src/rpc/client.ts'
import { serveRpc } from '../../src/rpc/server.ts'
import { recordingLog } from '../support/context.ts'
import { eventually } from '../support/eventually.ts'
import { rawClient } from './raw-client.ts'
import { ANSWER, OPENING_ANSWER, one, opened, opening, request, serves } from './requests.ts'
import { serving } from './serving.ts'

describe('calls of one connection', () => {
  test('start in order, overlap up to the limit, and are answered as they end', async () => {
    const ends: (() => void)[] = []
    const started: string[] = []
    const server = await serving({ limits: { maxCallsPerConnection: 3 } }, (batch) => {
      started.push(batch.at(0).body.toString())
      return new Promise<void>((resolve) => void ends.push(resolve))
    })
    const client = await rawClient(server.port)
    client.socket.write(opening(1, '1'))
    await eventually(() => ends.length === 1)
    ends[0]?.()
    await client.take(OPENING_ANSWER)
    client.socket.write(Buffer.concat([2, 3, 4, 5, 6].map((serial) => request(serial, `${serial}`))))
    await eventually(() => started.length === 4)
    expect(started).toEqual(['1', '2', '3', '4'])
    ends[2]?.()
    expect((await client.take(ANSWER)).readInt32BE(0)).toBe(3)
    await eventually(() => started.length === 5)
    for (const end of ends) end()
    await eventually(() => ends.length === 6)
    ends[5]?.()
    await client.take(ANSWER * 4)
    expect(started).toEqual(['1', '2', '3', '4', '5', '6'])
    client.close()
  })

  test('are all answered when the client has closed its side already', async () => {
    const server = await serving(
      { limits: { maxCallsPerConnection: 2 } },
      () => new Promise((done) => setImmediate(done)),
    )
    const client = await rawClient(server.port)
    client.socket.end(
      Buffer.concat([opening(1, '1'), ...[2, 3, 4, 5, 6].map((serial) => request(serial, `${serial}`))]),
    )
    await client.take(OPENING_ANSWER + 5 * ANSWER)
    await eventually(() => client.closed)
    expect(server.bodies()).toEqual(['1', '2', '3', '4', '5', '6'])
  })

  test('count, and so do open connections', async () => {
    const counters = new CounterGroup('source', 'r1')
    const server = await serving({ counters }, (batch) => {
      if (batch.length === 2) throw new ChannelError('full')
    })
    const connection = await connectRpc({ host: '127.0.0.1', port: server.port })
    await connection.send(one('a'), 'append')
    await connection.send(batchOf([]))
    await connection.send(batchOf([createEvent('a'), createEvent('b'), createEvent('c')]))
    await expect(connection.send(batchOf([createEvent('a'), createEvent('b')]))).rejects.toThrow('FAILED')
    expect(counters.get('OpenConnectionCount')).toBe(1)
    await connection.close()
    await eventually(() => counters.get('OpenConnectionCount') === 0)
    const names = ['AppendReceived', 'AppendAccepted', 'AppendBatchReceived', 'AppendBatchAccepted'] as const
    expect(names.map((name) => counters.get(`${name}Count`))).toEqual([1, 1, 3, 2])
    expect(server.batches.map((batch) => batch.length)).toEqual([1, 3])
  })
})

describe('connections', () => {
  test('are closed at once when they are not accepted', async () => {
    const asked: string[] = []
    const server = await serving({
      accept: (address) => {
        asked.push(address)
        return asked.length === 1 ? false : new Promise((resolve) => setImmediate(resolve, asked.length === 3))
      },
    })
    for (let i = 0; i < 2; i++) {
      const client = await rawClient(server.port)
      client.socket.write(opening(1, 'x'))
      await eventually(() => client.closed)
    }
    await serves(server.port)
    expect(asked).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1'])
    expect(server.bodies()).toEqual(['probe'])
  })

  test('without compression are closed by a server that compresses, with a line', async () => {
    const server = await serving({ deflate: true })
    const client = await rawClient(server.port)
    client.socket.write(opening(1, 'x'))
    await eventually(() => client.closed)
    expect(server.log.lines).toEqual([
      expect.stringMatching(/^WARN Closed the connection of .*: its stream is not compressed as it should be/),
    ])
  })

  test('above the limit are closed, with a line', async () => {
    const server = await serving({ limits: { maxConnections: 1 } })
    const first = await opened(server.port)
    const second = await rawClient(server.port)
    await eventually(() => second.closed)
    expect(server.log.lines).toEqual(['WARN Closed a new connection: there are 1 already.'])
    first.close()
  })

  test('a server closes after the calls under way are answered, and quickly when there are none', async () => {
    let end: () => void = () => {}
    const server = await serving({}, () => new Promise<void>((resolve) => (end = resolve)))
    const idle = await rawClient(server.port)
    const busy = await rawClient(server.port)
    busy.socket.write(opening(1, 'x'))
    await eventually(() => server.bytesHeld > 0)
    const from = Date.now()
    const closed = server.close(20_000)
    await eventually(() => idle.closed)
    end()
    await busy.take(OPENING_ANSWER)
    await closed
    expect(Date.now() - from).toBeLessThan(5000)
    expect(server.bodies()).toEqual(['x'])
  })

  test('a server gives up calls that do not end within the grace', async () => {
    const server = await serving({}, () => new Promise(() => {}))
    const client = await rawClient(server.port)
    client.socket.write(opening(1, 'x'))
    await eventually(() => server.bytesHeld > 0)
    await server.close(50)
    await eventually(() => client.closed)
  })

  test('a server that cannot bind rejects', async () => {
    const { port } = await serving()
    const options = { host: '127.0.0.1', port, log: recordingLog(), handler: async () => {} }
    await expect(serveRpc(options)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
