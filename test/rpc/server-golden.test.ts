// Flume's recorded requests in, Flume's recorded answers out.
import { constants, inflateSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { FLUME_HASH, FLUME_PROTOCOL } from '../../src/avro/protocol.ts'
import { ChannelError } from '../../src/errors.ts'
import { type Exchange, exchange, exchanges } from './golden.ts'
import { rawClient } from './raw-client.ts'
import { serving } from './serving.ts'

const PLAIN = 'avro-rpc-plain'
const HANDSHAKES = 'avro-rpc-handshakes'

async function replay(port: number, all: readonly Exchange[]): Promise<void> {
  const client = await rawClient(port)
  for (const { name, clientToServer, serverToClient } of all) {
    const answer = await client.ask(clientToServer, serverToClient.length)
    expect([name, answer.toString('hex')]).toEqual([name, serverToClient.toString('hex')])
  }
  client.close()
}

test('the protocol text has the hash of Flume 1.11', () => {
  expect(FLUME_HASH.toString('hex')).toBe('86aadae2c45474c0fe93ffd0f2350a65')
  const { clientToServer } = exchange('avro-rpc-client-meets-none', 'append-none-and-again')
  expect(clientToServer.includes(FLUME_PROTOCOL)).toBe(true)
})

describe('the server answers Flume’s client as Flume does', () => {
  test('append, appendBatch, empty events, unicode and a refusal on one connection', async () => {
    const server = await serving({}, (batch) => {
      if (batch.at(0).body.toString() === 'x') throw new ChannelError('no room')
    })
    await replay(server.port, exchanges(PLAIN).slice(0, 6))
    expect(server.calls).toEqual(['append', 'append', 'appendBatch', 'append', 'append'])
    expect(server.bodies()).toEqual(['body1', 'body2', 'one', 'two', '', '😀'])
    expect(server.batches[4]?.at(0).headers).toEqual(new Map([['ü', '日本']]))
  })

  test('a batch that is refused with the first request of a connection', async () => {
    const server = await serving({}, () => {
      throw new ChannelError('no room')
    })
    await replay(server.port, [exchange(PLAIN, 'appendBatch-failed-first')])
  })

  test('an append that fails unexpectedly is an Avro error', async () => {
    const server = await serving({}, () => {
      throw new Error('boom')
    })
    const client = await rawClient(server.port)
    const { clientToServer, serverToClient } = exchange(PLAIN, 'append-error')
    const text = 'org.apache.avro.AvroRuntimeException: boom'
    const answer = await client.ask(clientToServer, 28 + text.length)
    // Handshake and meta are fixed; the payload is isError, the branch of the string, and the string.
    expect(answer.subarray(0, 21).toString('hex')).toBe(serverToClient.subarray(0, 21).toString('hex'))
    const payload = Buffer.concat([Buffer.of(0, 0, 0, text.length + 3, 1, 0, text.length * 2), Buffer.from(text)])
    expect(serverToClient.subarray(25, 27).toString('hex')).toBe('0100')
    expect(answer.subarray(21).toString('hex')).toBe(payload.toString('hex'))
    client.close()
  })

  test('handshakes CLIENT, NONE and BOTH, an unknown message, a ping, blocks and split buffers', async () => {
    const server = await serving()
    const all = exchanges(HANDSHAKES)
    const named = (...names: string[]) => all.filter(({ name }) => names.includes(name))
    await replay(server.port, named('client-match'))
    await replay(server.port, named('none', 'none-then-text'))
    await replay(server.port, named('none-then-text-wrong-server-hash'))
    await replay(server.port, named('unknown-message', 'empty-array', 'ping', 'blocks'))
    await replay(server.port, named('split-buffers'))
    expect(server.batches.map((batch) => batch.length)).toEqual([1, 1, 1, 3, 1])
    expect(server.batches[3]?.at(2).headers).toEqual(new Map([['case', 't']]))
  })

  test.each([1, 6, 9])('compressed streams of a client of level %i', async (level) => {
    const server = await serving({ deflate: true })
    const all = exchanges(`avro-rpc-deflate-level${level}`)
    const client = await rawClient(server.port)
    const plain = (stream: Buffer) => inflateSync(stream, { finishFlush: constants.Z_SYNC_FLUSH })
    let expected = Buffer.alloc(0)
    for (const { clientToServer, serverToClient } of all) {
      expected = Buffer.concat([expected, serverToClient])
      client.socket.write(clientToServer)
      const wanted = plain(expected).toString('hex')
      await new Promise<void>((resolve, reject) => {
        const check = () => {
          if (client.received().length > 0 && plain(client.received()).toString('hex') === wanted) resolve()
          else if (client.closed) reject(new Error('closed'))
          else setTimeout(check, 5)
        }
        check()
      })
    }
    expect(client.received().subarray(0, 2).toString('hex')).toBe('789c')
    expect(server.bodies()).toEqual(['body1', 'body2', 'one', 'two'])
    client.close()
  })
})
