import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { writeFrame } from '../../src/avro/framing.ts'
import { FLUME_PROTOCOL, hashOf } from '../../src/avro/protocol.ts'
import { encodedEvents } from '../../src/batch.ts'
import { writeRequest } from '../../src/rpc/request.ts'
import { eventually } from '../support/eventually.ts'
import { rawClient } from './raw-client.ts'
import { ANSWER, OPENING_ANSWER, one, opened, opening, request, serves } from './requests.ts'
import { serving } from './serving.ts'

function claim(...words: number[]): Buffer {
  const bytes = Buffer.alloc(words.length * 4)
  for (const [index, word] of words.entries()) bytes.writeInt32BE(word, index * 4)
  return bytes
}

describe('a request that goes too far', () => {
  test.each([
    ['a million buffers', claim(1, 1_000_000)],
    ['a buffer of 2^31-1 bytes', claim(1, 2, 2 ** 31 - 1)],
    ['a negative length', claim(1, 2, -1)],
    ['something else than Avro', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['a first request without handshake', writeFrame(1, [Buffer.from('nonsense')])],
  ])('%s closes that connection with one line, and no other', async (_, bytes) => {
    const server = await serving()
    const other = await opened(server.port)
    const client = await rawClient(server.port)
    client.socket.write(bytes)
    await eventually(() => client.closed)
    expect(server.log.lines.filter((line) => line.startsWith('WARN Closed the connection of 127.0.0.1:'))).toHaveLength(
      1,
    )
    await other.ask(request(2, 'second'), ANSWER)
    expect(server.bodies()).toEqual(['first', 'second'])
    other.close()
  })

  test('is told once when it is repeated, and nothing of it is held', async () => {
    const server = await serving()
    for (let i = 0; i < 20; i++) {
      const client = await rawClient(server.port)
      client.socket.write(Buffer.concat([claim(1, 1_000_000), Buffer.alloc(100_000)]))
      await eventually(() => client.closed)
    }
    expect(server.log.lines).toHaveLength(1)
    expect(server.bytesHeld).toBe(0)
    await serves(server.port)
  })

  test('a malformed call is an Avro error, and the connection goes on', async () => {
    const server = await serving()
    const client = await opened(server.port)
    const broken = writeFrame(2, [Buffer.from('\0\x0cappend'), Buffer.from([8, 1, 2])])
    const text = 'org.apache.avro.AvroRuntimeException: Malformed parameters of append'
    const answer = await client.ask(broken, 21 + 4 + text.length)
    expect(answer.toString('latin1')).toContain(text)
    await client.ask(request(3, 'after'), ANSWER)
    expect(server.bodies()).toEqual(['first', 'after'])
    client.close()
  })

  test('a protocol that cannot be resolved is an Avro error for each call, and the connection goes on', async () => {
    const server = await serving()
    const text = FLUME_PROTOCOL.replace('"body"', '"corpus"')
    const hash = hashOf(text)
    const length = Buffer.from([((text.length << 1) & 0x7f) | 0x80, (text.length << 1) >> 7])
    const handshake = Buffer.concat([hash, Buffer.of(2), length, Buffer.from(text), hash, Buffer.of(0)])
    const client = await rawClient(server.port)
    client.socket.write(Buffer.concat(writeRequest(1, handshake, 'append', one('x'))))
    await eventually(() => client.received().includes('its events lack the field body'))
    client.socket.write(request(2, 'x'))
    await eventually(() => client.received().lastIndexOf('lack the field') > 1500)
    expect(server.batches).toEqual([])
    client.close()
  })

  test('garbage of any kind neither ends the server nor disturbs another connection', async () => {
    const server = await serving()
    const other = await opened(server.port)
    let serial = 1
    const valid = opening(1, 'some body')
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      // A valid request with a few bytes changed gets further.
      fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }).map((changes) => {
        const bytes = Buffer.from(valid)
        for (const [at, value] of changes) bytes[at] = value
        return bytes
      }),
    )
    await fc.assert(
      fc.asyncProperty(garbage, async (bytes) => {
        const client = await rawClient(server.port)
        client.socket.end(bytes)
        client.socket.resume()
        await eventually(() => client.closed)
        await other.ask(request(++serial, 'good'), ANSWER)
      }),
      { numRuns: 60 },
    )
    expect(server.bytesHeld).toBe(0)
    other.close()
  })
})

describe('memory', () => {
  const KIB = 1024
  const limits = { maxFrameBytes: 512 * KIB, maxBytesHeld: 256 * KIB, stallMs: 300 }
  const big = Buffer.alloc(200 * KIB, 'x')

  test('reading pauses while requests hold the limit, and all are served in the end', async () => {
    let open: () => void = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const server = await serving({ limits }, () => gate)
    const clients = await Promise.all(Array.from({ length: 8 }, () => rawClient(server.port)))
    for (const client of clients) client.socket.write(opening(1, big))
    await eventually(() => server.bytesHeld >= limits.maxBytesHeld)
    // What is above the limit is at most one read per connection.
    expect(server.bytesHeld).toBeLessThan(limits.maxBytesHeld + 9 * 64 * KIB)
    open()
    await Promise.all(clients.map((client) => client.take(OPENING_ANSWER)))
    expect(server.batches).toHaveLength(8)
    expect(server.bytesHeld).toBe(0)
    expect(server.log.lines).toEqual([])
    for (const client of clients) client.close()
  })

  test('cut requests that stop holding it are closed, one after the other, and the others served', async () => {
    const server = await serving({ limits })
    const stalled = await Promise.all(Array.from({ length: 4 }, () => rawClient(server.port)))
    for (const client of stalled) client.socket.write(opening(1, big).subarray(0, 150 * KIB))
    await eventually(() => server.bytesHeld >= limits.maxBytesHeld)
    const client = await rawClient(server.port)
    await client.ask(opening(1, big), OPENING_ANSWER)
    await eventually(() => stalled.some(({ closed }) => closed))
    expect(server.log.lines[0]).toMatch(
      /WARN Closed the connection of .*: its request stopped arriving after \d+ bytes/,
    )
    await serves(server.port)
    for (const each of [client, ...stalled]) each.close()
    await eventually(() => server.bytesHeld === 0)
  })

  test('a slow client is left alone when nobody needs the memory', async () => {
    const server = await serving({ limits: { ...limits, stallMs: 1 } })
    const client = await rawClient(server.port)
    const bytes = opening(1, big)
    client.socket.write(bytes.subarray(0, 100 * KIB))
    await eventually(() => server.bytesHeld > 90 * KIB)
    for (let i = 0; i < 3; i++) await serves(server.port)
    await client.ask(bytes.subarray(100 * KIB), OPENING_ANSWER)
    client.close()
  })

  test('a client that does not read its answers is not read from for ever', async () => {
    const server = await serving()
    const client = await opened(server.port)
    client.socket.pause()
    const many = Buffer.concat(Array.from({ length: 20_000 }, (_, i) => request(i, 'x')))
    let written = 0
    for (let i = 0; i < 20; i++) client.socket.write(many, () => written++)
    await eventually(() => server.batches.length > 1000)
    let seen = -1
    await eventually(() => {
      const still = server.batches.length === seen
      seen = server.batches.length
      return still
    })
    expect(server.batches.length).toBeLessThan(400_000)
    client.close()
    await eventually(() => server.bytesHeld === 0)
  })

  test('an event out of a larger read does not keep that alive', async () => {
    const server = await serving()
    const client = await opened(server.port)
    const frames = Buffer.concat([request(2, 'small'), request(3, Buffer.alloc(30_000)), request(4, 'also small')])
    await client.ask(frames, ANSWER * 3)
    expect(server.bodies()[1]).toBe('small')
    const [, small, large] = server.batches.map((batch) => encodedEvents(batch).buffer)
    expect(small).not.toBe(large)
    // Node's pool, whose size differs from version to version, is shared by what is copied next.
    expect(small?.byteLength).toBeLessThanOrEqual(Buffer.poolSize)
    client.close()
  })
})
