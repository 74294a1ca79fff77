// Flume's recorded answers in, Flume's recorded requests out.
import { constants, inflateSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { batchOf } from '../../src/batch.ts'
import { createEvent } from '../../src/event.ts'
import { connectRpc } from '../../src/rpc/client.ts'
import { eventually } from '../support/eventually.ts'
import { type Exchange, exchange, exchanges } from './golden.ts'
import { rawServer, scripted } from './raw-server.ts'

const one = (body: string, headers: Record<string, string> = {}) => batchOf([createEvent(body, headers)])
const concat = (all: readonly Exchange[]) => Buffer.concat(all.map(({ clientToServer }) => clientToServer))

test('sends the bytes of Flume’s client: first request, further ones, batches, empty events and unicode', async () => {
  const script = exchanges('avro-rpc-plain').slice(0, 6)
  const server = await rawServer(scripted(script))
  const connection = await connectRpc({ host: '127.0.0.1', port: server.port })
  await connection.send(one('body1', { k: 'v' }), 'append')
  await connection.send(one('body2', { k: 'v' }), 'append')
  await connection.send(batchOf([createEvent('one', { a: '1' }), createEvent('two')]))
  await connection.send(one(''), 'append')
  await connection.send(one('😀', { ü: '日本' }), 'append')
  await expect(connection.send(one('x'), 'append')).rejects.toThrow(
    /^NettyAvroRpcClient { host: 127.0.0.1, port: \d+ }: Avro RPC call returned Status: FAILED$/,
  )
  expect(connection.open).toBe(true)
  expect(server.received().toString('hex')).toBe(concat(script).toString('hex'))
  await connection.close()
})

test('sends a batch on a new connection as Flume’s sink does', async () => {
  const script = [exchange('avro-rpc-plain', 'appendBatch-failed-first')]
  const server = await rawServer(scripted(script))
  const connection = await connectRpc({ host: '127.0.0.1', port: server.port })
  await expect(connection.send(batchOf([createEvent('x'), createEvent('y')]))).rejects.toMatchObject({
    code: 'EVENT_DELIVERY',
  })
  expect(server.received().toString('hex')).toBe(concat(script).toString('hex'))
  await connection.close()
})

test('an Avro error is told with the text of the server, and the connection stays usable', async () => {
  const server = await rawServer(scripted([exchange('avro-rpc-plain', 'append-error')]))
  const connection = await connectRpc({ host: '127.0.0.1', port: server.port })
  await expect(connection.send(one('x'), 'append')).rejects.toMatchObject({
    message: expect.stringContaining('Exception thrown from remote handler'),
    cause: expect.objectContaining({ message: expect.stringContaining('IllegalStateException: boom') }),
  })
  expect(connection.open).toBe(true)
  await connection.close()
})

test('a server that does not know the hash is told the protocol text, and the request is repeated', async () => {
  const script = exchanges('avro-rpc-client-meets-none')
  const [first, second] = script
  const answers = first?.serverToClient ?? Buffer.alloc(0)
  const request = first?.clientToServer ?? Buffer.alloc(0)
  // The recorded exchange holds two requests and two answers; the first request ends where serial 2 begins.
  const cut = request.indexOf(Buffer.from('0000000200000002', 'hex'))
  const answerCut = answers.indexOf(Buffer.from('0000000200000003', 'hex'))
  const server = await rawServer(
    scripted([
      { clientToServer: request.subarray(0, cut), serverToClient: answers.subarray(0, answerCut) },
      { clientToServer: request.subarray(cut), serverToClient: answers.subarray(answerCut) },
      ...(second ? [second] : []),
    ]),
  )
  const connection = await connectRpc({ host: '127.0.0.1', port: server.port })
  await connection.send(one('body1', { k: 'v' }), 'append')
  await connection.send(one('body2', { k: 'v' }), 'append')
  expect(server.received().toString('hex')).toBe(concat(script).toString('hex'))
  await connection.close()
})

test.each([1, 6, 9])(
  'a compressed connection of level %i holds the bytes of Flume’s, flushed per request',
  async (level) => {
    const script = exchanges(`avro-rpc-deflate-level${level}`)
    const plain = (bytes: Buffer) => inflateSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString('hex')
    let answered = 0
    const server = await rawServer((socket, all) => {
      if (plain(all) !== plain(concat(script.slice(0, answered + 1)))) return
      socket.write(script[answered++]?.serverToClient ?? Buffer.alloc(0))
    })
    const connection = await connectRpc({ host: '127.0.0.1', port: server.port, deflateLevel: level })
    await connection.send(one('body1', { k: 'v' }), 'append')
    await connection.send(one('body2', { k: 'v' }), 'append')
    await connection.send(batchOf([createEvent('one', { a: '1' }), createEvent('two')]))
    expect(server.received().subarray(0, 2).toString('hex')).toBe(concat(script).subarray(0, 2).toString('hex'))
    expect(server.received().subarray(-4).toString('hex')).toBe('0000ffff')
    await connection.close()
    await eventually(() => server.sockets.every((socket) => socket.destroyed))
  },
)
