import { describe, expect, test } from '@jest/globals'
import avsc from 'avsc'
import fc from 'fast-check'
import {
  batchFromEncoded,
  batchOf,
  compactBatch,
  eachBody,
  encodedEvents,
  joinBatches,
  readEventArray,
  sizeOfEventArray,
  writeEventArray,
} from '../src/batch.ts'
import { BatchBuilder } from '../src/batch-builder.ts'
import { createEvent, type Event } from '../src/event.ts'

const array = avsc.Type.forSchema({
  type: 'array',
  items: {
    type: 'record',
    name: 'AvroFlumeEvent',
    fields: [
      { name: 'headers', type: { type: 'map', values: 'string' } },
      { name: 'body', type: 'bytes' },
    ],
  },
})

const text = fc.string({ unit: 'binary', maxLength: 40 })
const event = fc
  .tuple(fc.uint8Array({ maxLength: 300 }), fc.array(fc.tuple(text, text), { maxLength: 4 }))
  .map(([body, headers]) => createEvent(body, headers))
const events = fc.array(event, { maxLength: 30 })

function plain(list: Iterable<Event>) {
  return [...list].map((e) => ({ headers: [...e.headers], body: e.body.toString('hex') }))
}

describe('a batch', () => {
  test('gives back the events it was made of, whichever way they are looked at', () => {
    fc.assert(
      fc.property(events, (list) => {
        const batch = batchOf(list)
        expect(batch.length).toBe(list.length)
        expect(plain(batch)).toEqual(plain(list))
        expect(plain(list.map((_, i) => batch.at(i)))).toEqual(plain(list))
      }),
    )
  })

  test('as an Avro array is what avsc writes, and reads what avsc writes', () => {
    fc.assert(
      fc.property(events, (list) => {
        const batch = batchOf(list)
        const ours = Buffer.alloc(sizeOfEventArray(batch))
        expect(writeEventArray(ours, 0, batch)).toBe(ours.length)
        const objects = list.map((e) => ({ headers: Object.fromEntries(e.headers), body: e.body }))
        const decoded = array.fromBuffer(ours) as { headers: object; body: Buffer }[]
        expect(decoded.map((e) => e.body)).toEqual(objects.map((e) => e.body))
        const back = readEventArray(array.toBuffer(objects), 0, array.toBuffer(objects).length)
        expect(back && [...back].map((e) => e.body)).toEqual(list.map((e) => e.body))
      }),
    )
  })

  test('is cut and joined again without losing or moving an event', () => {
    fc.assert(
      fc.property(events, fc.nat(30), fc.nat(30), (list, a, b) => {
        const batch = batchOf(list)
        const [from, to] = [Math.min(a, b), Math.max(a, b)]
        expect(plain(batch.slice(from, to))).toEqual(plain(list.slice(from, to)))
        const parts = [batch.slice(0, from), batch.slice(from, to), batch.slice(to, batch.length)]
        expect(plain(joinBatches(parts))).toEqual(plain(list))
      }),
    )
  })

  test('joins neighbours of one builder without copying their bytes', () => {
    const builder = new BatchBuilder()
    const parts = ['a', 'b', 'c'].map((body) => {
      builder.add(new Map(), Buffer.from(body))
      return builder.build()
    })
    const joined = joinBatches(parts)
    expect([...joined].map((e) => e.body.toString())).toEqual(['a', 'b', 'c'])
    expect(encodedEvents(joined).buffer).toBe(encodedEvents(parts[0] ?? joined).buffer)
  })

  test('keeps headers of any name in their order', () => {
    const headers = [
      ['__proto__', '1'],
      ['constructor', '2'],
      ['', '3'],
      ['ü', '€'],
    ] as const
    expect([...batchOf([createEvent('x', headers)]).at(0).headers]).toEqual(headers)
  })

  test('reads arrays of several blocks, with and without sizes', () => {
    const one = encodedEvents(batchOf([createEvent('a')]))
    const bytes = Buffer.concat([
      Buffer.from([2]),
      one,
      Buffer.from([3]),
      Buffer.from([one.length * 4]),
      one,
      one,
      Buffer.from([0]),
    ])
    const batch = readEventArray(bytes, 0, bytes.length)
    expect(batch && [...batch].map((e) => e.body.toString())).toEqual(['a', 'a', 'a'])
  })

  test('refuses arrays that are cut, and counts that lie, instead of looping over them', () => {
    const good = Buffer.alloc(100)
    const size = writeEventArray(good, 0, batchOf([createEvent('abc', { k: 'v' }), createEvent('d')]))
    for (let end = 0; end < size; end++) expect(readEventArray(good, 0, end)).toBeUndefined()
    const lie = Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x0f, 0, 0])
    expect(readEventArray(lie, 0, lie.length)).toBeUndefined()
    expect(batchFromEncoded(good, 1, size - 1, 3)).toBeUndefined()
    expect(batchFromEncoded(good, 1, size - 1, 2)?.length).toBe(2)
  })

  test('never reads garbage as events of a length that is not there', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const buffer = Buffer.from(bytes)
        const batch = readEventArray(buffer, 0, buffer.length)
        for (const e of batch ?? []) expect(e.body.length).toBeLessThanOrEqual(buffer.length)
      }),
    )
  })

  test('is copied out of a large buffer that it would keep alive', () => {
    const large = Buffer.alloc(100_000)
    const end = writeEventArray(large, 0, batchOf([createEvent('small')])) - 1
    const batch = batchFromEncoded(large, 1, end, 1)
    const compact = compactBatch(batch ?? batchOf([]))
    expect(encodedEvents(compact).buffer.byteLength).toBeLessThan(large.length)
    expect(compact.at(0).body.toString()).toBe('small')
  })
})

describe('a batch builder', () => {
  test('gives batches that later additions do not change', () => {
    fc.assert(
      fc.property(fc.array(events, { maxLength: 5 }), (lists) => {
        const builder = new BatchBuilder(64)
        const batches = lists.map((list) => {
          for (const e of list) builder.add(e.headers, e.body)
          return builder.build()
        })
        expect(batches.map(plain)).toEqual(lists.map(plain))
      }),
    )
  })

  test('takes bodies as ranges of any length', () => {
    const builder = new BatchBuilder(100)
    const source = Buffer.from(Array.from({ length: 20_000 }, (_, i) => i % 251))
    const lengths = [0, 1, 24, 25, 63, 64, 8191, 8192, 20_000]
    for (const length of lengths) builder.addBody(source, 0, length)
    const seen: number[] = []
    const batch = builder.build()
    eachBody(batch, (buffer, start, end) => {
      expect(buffer.subarray(start, end).equals(source.subarray(0, end - start))).toBe(true)
      seen.push(end - start)
    })
    expect(seen).toEqual(lengths)
    expect([...batch].map((e) => e.body.length)).toEqual(lengths)
  })

  test('gives the same batches for staged chunks, whatever is added, left out or comes from elsewhere in between', () => {
    const step = fc.record({
      lines: fc.array(fc.nat({ max: 300 }), { maxLength: 400 }),
      skip: fc.nat({ max: 5 }),
      elsewhere: fc.nat({ max: 3000 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
        const builder = new BatchBuilder()
        const expected: string[] = []
        const batches = []
        for (const [n, { lines, skip, elsewhere }] of steps.entries()) {
          const chunk = Buffer.concat(lines.map((length, i) => Buffer.alloc(length + 1, 65 + ((n + i) % 26))))
          builder.stage(chunk)
          const other = Buffer.alloc(elsewhere, 35)
          builder.addBody(other, 0, other.length)
          expected.push(other.toString())
          let at = 0
          for (const [i, length] of lines.entries()) {
            if (skip === 0 || i % (skip + 1) > 0) {
              builder.addBody(chunk, at, at + length)
              expected.push(chunk.toString('latin1', at, at + length))
            }
            at += length + 1
            if (i % 50 === 49) batches.push(builder.build())
          }
          batches.push(builder.build())
        }
        expect(batches.flatMap((batch) => [...batch].map((e) => e.body.toString()))).toEqual(expected)
      }),
    )
  })

  test('grows into the gap before a staged chunk and copes with lines that are nearly all head', () => {
    const builder = new BatchBuilder()
    const chunk = Buffer.alloc(65_536, 10)
    for (let round = 0; round < 3; round++) {
      builder.stage(chunk)
      for (let i = 0; i < chunk.length; i++) builder.addBody(chunk, i, i)
      expect(builder.build().length).toBe(65_536)
    }
  })
})
