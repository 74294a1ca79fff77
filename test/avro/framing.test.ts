import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Frame, FrameReader, writeFrame } from '../../src/avro/framing.ts'

const LIMITS = { maxFrameBytes: 1 << 20, maxBuffersPerFrame: 1000 }

function readAll(reader: FrameReader, chunks: readonly Buffer[]): Frame[] {
  const frames: Frame[] = []
  for (const chunk of chunks) {
    reader.push(Buffer.from(chunk))
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) frames.push(frame)
  }
  return frames
}

/** The bytes cut at places that are given as parts of the whole. */
function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.map((place) => Math.floor(place * bytes.length)).sort((a, b) => a - b), bytes.length]
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end))
}

const buffer = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 20_000 })).map(([v, n]) => Buffer.alloc(n, v)),
)
const message = fc.record({
  serial: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  buffers: fc.array(buffer, { maxLength: 6 }),
})
const fraction = fc.double({ min: 0, max: 1, noNaN: true })

describe('FrameReader', () => {
  test('gives the frames that were written, wherever the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), fc.array(fraction, { maxLength: 12 }), (messages, places) => {
        const stream = Buffer.concat(messages.map(({ serial, buffers }) => writeFrame(serial, buffers)))
        const reader = new FrameReader(LIMITS)
        const frames = readAll(reader, cutAt(stream, places))
        expect(frames.map((frame) => frame.serial)).toEqual(messages.map(({ serial }) => serial))
        for (const [index, { buffers }] of messages.entries()) {
          const frame = frames[index]
          expect(frame?.head.equals(buffers[0] ?? Buffer.alloc(0))).toBe(true)
          expect(frame?.rest.equals(Buffer.concat(buffers.slice(1)))).toBe(true)
          expect(frame?.byteLength).toBe(writeFrame(0, buffers).length)
        }
        expect(reader.byteLength).toBe(0)
      }),
      { numRuns: 200 },
    )
  })

  test('takes a stream byte by byte', () => {
    const stream = Buffer.concat([
      writeFrame(7, [Buffer.from('ab'), Buffer.from('cde'), Buffer.from('f')]),
      writeFrame(8, []),
    ])
    const frames = readAll(
      new FrameReader(LIMITS),
      [...stream].map((byte) => Buffer.of(byte)),
    )
    expect(frames.map(({ serial, head, rest }) => [serial, `${head}`, `${rest}`])).toEqual([
      [7, 'ab', 'cdef'],
      [8, '', ''],
    ])
  })

  test('a frame that is whole in its chunk is not copied', () => {
    const chunk = writeFrame(1, [Buffer.from('head'), Buffer.alloc(1000, 1)])
    const reader = new FrameReader(LIMITS)
    reader.push(chunk)
    const frame = reader.next()
    expect(frame?.head.buffer).toBe(chunk.buffer)
    expect(frame?.rest.buffer).toBe(chunk.buffer)
  })

  test('a frame that is cut is gathered into memory of its size', () => {
    const stream = writeFrame(1, [Buffer.from('head'), Buffer.alloc(100_000, 1)])
    const [frame] = readAll(new FrameReader(LIMITS), [stream.subarray(0, 60_000), stream.subarray(60_000)])
    expect(frame?.rest.length).toBe(100_000)
    expect(frame?.rest.buffer.byteLength).toBe(stream.length)
  })

  test('memory for a large claim is taken as its bytes arrive', () => {
    const claim = Buffer.alloc(12)
    claim.writeInt32BE(1, 4)
    claim.writeInt32BE(100_000_000, 8)
    const before = process.memoryUsage().arrayBuffers
    const readers = Array.from({ length: 20 }, () => new FrameReader({ ...LIMITS, maxFrameBytes: 1 << 28 }))
    for (const reader of readers) {
      reader.push(Buffer.concat([claim, Buffer.alloc(1000)]))
      expect(reader.next()).toBeUndefined()
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000)
  })

  test.each([
    ['a million buffers', [0, 1_000_000], /claims 1000000 buffers \(1000 at most/],
    ['a negative count', [0, -1], /claims -1 buffers/],
    ['a buffer of 2^31-1 bytes', [0, 1, 2 ** 31 - 1], /claims a buffer of 2147483647 bytes/],
    ['a buffer of negative length', [0, 1, -5], /claims a buffer of -5 bytes/],
  ])('refuses a frame that claims %s as soon as it is claimed', (_, words, reason) => {
    const bytes = Buffer.alloc(words.length * 4)
    for (const [index, word] of words.entries()) bytes.writeInt32BE(word, index * 4)
    for (const chunks of [[bytes], [bytes.subarray(0, 5), bytes.subarray(5)]])
      expect(() => readAll(new FrameReader(LIMITS), chunks)).toThrow(reason)
  })

  test('refuses buffers that are too much together', () => {
    const stream = writeFrame(1, [Buffer.alloc(600_000), Buffer.alloc(600_000)])
    expect(() => readAll(new FrameReader(LIMITS), [stream.subarray(0, 650_000)])).toThrow('claims a buffer')
  })
})
