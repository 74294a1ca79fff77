// Any events from a client to a server over real sockets, whatever the pieces in which they travel.
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Frame, FrameReader, writeFrame } from '../../src/avro/framing.ts'
import { writeHandshakeRequest } from '../../src/avro/handshake.ts'
import { batchOf } from '../../src/batch.ts'
import { createEvent, type Event } from '../../src/event.ts'
import { connectRpc } from '../../src/rpc/client.ts'
import { writeRequest } from '../../src/rpc/request.ts'
import { rawClient } from './raw-client.ts'
import { relayTo } from './relay.ts'
import { OPENING_ANSWER } from './requests.ts'
import { serving } from './serving.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const body = fc.oneof(
  { weight: 4, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 70_000 }).map((size) => Buffer.alloc(size, 'y')) },
)
const event = fc
  .tuple(body, fc.array(fc.tuple(text, text), { maxLength: 3 }))
  .map(([bytes, headers]) => createEvent(bytes, headers))
const batches = fc.array(fc.array(event, { maxLength: 6 }), { minLength: 1, maxLength: 5 })
const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1000, max: 70_000 })), {
  minLength: 1,
  maxLength: 8,
})

function plain(events: Iterable<Event>) {
  return [...events].map(({ headers, body }) => [[...headers], body.toString('latin1')])
}

test.each([false, true])(
  'events arrive as they were sent, in order, over any division of the stream (deflate %p)',
  async (deflate) => {
    const server = await serving({ deflate })
    await fc.assert(
      fc.asyncProperty(batches, sizes, async (sent, pieces) => {
        server.batches.splice(0)
        const port = await relayTo(server.port, pieces)
        const connection = await connectRpc({ host: '127.0.0.1', port, deflateLevel: deflate ? 1 : undefined })
        await Promise.all(sent.map((events) => connection.send(batchOf(events))))
        await connection.close()
        const wanted = sent.filter((events) => events.length > 0)
        expect(server.batches.map(plain)).toEqual(wanted.map(plain))
      }),
      { numRuns: 25 },
    )
  },
)

test('requests are understood wherever they are cut into buffers', async () => {
  const server = await serving()
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { minLength: 1, maxLength: 4 }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
      async (events, cuts) => {
        server.batches.splice(0)
        const { head, rest } = onlyFrame(writeRequest(9, writeHandshakeRequest(false), 'appendBatch', batchOf(events)))
        const message = Buffer.concat([head, rest])
        const places = [0, ...cuts.map((cut) => Math.floor(cut * message.length)).sort((a, b) => a - b), message.length]
        const buffers = places.slice(1).map((end, index) => message.subarray(places[index], end))
        const client = await rawClient(server.port)
        const answer = await client.ask(writeFrame(9, buffers), OPENING_ANSWER)
        expect(answer.subarray(-2).toString('hex')).toBe('0000')
        expect(server.batches.map(plain)).toEqual([plain(events)])
        client.close()
      },
    ),
    { numRuns: 60 },
  )
})

function onlyFrame(buffers: readonly Buffer[]): Frame {
  const reader = new FrameReader({ maxFrameBytes: 1 << 24, maxBuffersPerFrame: 2 })
  reader.push(Buffer.concat(buffers))
  const frame = reader.next()
  if (frame === undefined) throw new Error('no frame')
  return frame
}
