import { describe, expect, test } from '@jest/globals'
import { batchOf } from '../../src/batch.ts'
import { reasonOf } from '../../src/errors.ts'
import { createEvent } from '../../src/event.ts'
import { connectRpc } from '../../src/rpc/client.ts'
import { eventually } from '../support/eventually.ts'
import { rawServer } from './raw-server.ts'
import { serving } from './serving.ts'

const one = (body: string) => batchOf([createEvent(body)])

async function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no failure',
    (error: unknown) => reasonOf(error).replace(/port: \d+/, 'port: N'),
  )
}
const NAME = 'NettyAvroRpcClient { host: 127.0.0.1, port: N }'

describe('connecting', () => {
  test('rejects at once when nobody listens, with the reason', async () => {
    const server = await rawServer()
    server.close()
    const from = Date.now()
    const text = await failure(connectRpc({ host: '127.0.0.1', port: server.port }))
    expect(text).toMatch(/^NettyAvroRpcClient { host: 127.0.0.1, port: N }: RPC connection error: connect ECONNREFUSED/)
    expect(Date.now() - from).toBeLessThan(5000)
  })

  test('rejects when the host is unknown', async () => {
    const text = await failure(connectRpc({ host: 'no-such-host.invalid', port: 1 }))
    expect(text).toContain('no-such-host.invalid')
  })

  test('ends with the signal', async () => {
    const { port } = await serving()
    const abort = new AbortController()
    const connection = await connectRpc({ host: '127.0.0.1', port, signal: abort.signal })
    const closed = new Promise((resolve) => connection.onClose(resolve))
    abort.abort()
    expect(await closed).toMatchObject({ message: 'the connection was given up' })
    expect(connection.open).toBe(false)
    const late = new Promise((resolve) => connection.onClose(resolve))
    expect(await late).toBe(await closed)
    const again = connectRpc({ host: '127.0.0.1', port, signal: abort.signal })
    expect(await failure(again)).toContain('stopped while connecting')
  })

  test('reaches localhost over whichever family is served', async () => {
    const { port } = await serving()
    const connection = await connectRpc({ host: 'localhost', port })
    await connection.send(one('x'))
    await connection.close()
  })
})

describe('a connection', () => {
  test('has many requests under way, which are sent in order', async () => {
    const server = await serving()
    const connection = await connectRpc({ host: '127.0.0.1', port: server.port })
    await Promise.all(Array.from({ length: 100 }, (_, i) => connection.send(one(`${i}`))))
    expect(server.bodies()).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`))
    await connection.close()
  })

  test('fails everything under way when an answer is late, the first one for want of a handshake', async () => {
    const server = await rawServer()
    const connection = await connectRpc({ host: '127.0.0.1', port: server.port, requestTimeoutMs: 60 })
    const texts = await Promise.all([failure(connection.send(one('a'))), failure(connection.send(one('b')))])
    expect(texts).toEqual(Array(2).fill(`${NAME}: Handshake timed out after 60 ms`))
    expect(connection.open).toBe(false)
    await eventually(() => server.sockets.every((socket) => socket.destroyed))
  })

  test('fails when an answer to a later request is late', async () => {
    const server = await serving({}, (batch) =>
      batch.at(0).body.toString() === 'slow' ? new Promise<void>(() => {}) : undefined,
    )
    const connection = await connectRpc({ host: '127.0.0.1', port: server.port, requestTimeoutMs: 300 })
    await connection.send(one('quick'))
    expect(await failure(connection.send(one('slow')))).toBe(`${NAME}: RPC request timed out`)
  })

  test('fails everything under way when the server goes away, and tells so', async () => {
    const server = await rawServer((socket) => void socket.destroy())
    const connection = await connectRpc({ host: '127.0.0.1', port: server.port })
    const closed = new Promise((resolve) => connection.onClose(resolve))
    const texts = await Promise.all([failure(connection.send(one('a'))), failure(connection.send(one('b')))])
    for (const text of texts) expect(text).toContain(`${NAME}: RPC request exception: `)
    expect(await closed).toBeInstanceOf(Error)
    expect(await failure(connection.send(one('c')))).toContain('RPC request exception')
  })

  test.each([
    ['another protocol', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['an answer to nothing', Buffer.from('000000630000000300000004000000000000000100000000020000', 'hex')],
    ['an answer without handshake', Buffer.from('00000001000000010000000107', 'hex')],
    ['a frame beyond the limit', Buffer.from('00000001000000017fffffff', 'hex')],
  ])('fails when the server answers with %s', async (_, bytes) => {
    const server = await rawServer((socket) => void socket.write(bytes))
    const connection = await connectRpc({ host: '127.0.0.1', port: server.port })
    expect(await failure(connection.send(one('a')))).toContain(`${NAME}: RPC request exception: `)
    expect(connection.open).toBe(false)
  })

  test('fails when only one side compresses', async () => {
    const server = await serving()
    const connection = await connectRpc({ host: '127.0.0.1', port: server.port, deflateLevel: 6 })
    expect(await failure(connection.send(one('a')))).toContain('RPC request exception')
    expect(server.log.lines).toHaveLength(1)
  })

  test('close waits for the answers that are missing', async () => {
    let open: () => void = () => {}
    const server = await serving({}, () => new Promise<void>((resolve) => (open = resolve)))
    const connection = await connectRpc({ host: '127.0.0.1', port: server.port })
    const sent = connection.send(one('a'))
    await eventually(() => server.bytesHeld > 0)
    const closed = Promise.all([connection.close(), connection.close()])
    expect(await failure(connection.send(one('b')))).toContain('the connection is closed')
    open()
    await sent
    await closed
    expect(server.bodies()).toEqual(['a'])
  })

  test('append takes one event', async () => {
    const { port } = await serving()
    const connection = await connectRpc({ host: '127.0.0.1', port })
    expect(await failure(connection.send(batchOf([]), 'append'))).toBe('append takes one event, not 0')
    await connection.close()
  })
})
