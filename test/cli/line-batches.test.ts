import { PassThrough, Readable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type LineBatchOptions, lineBatches } from '../../src/cli/line-batches.ts'
import { eventually } from '../support/eventually.ts'

const OPTIONS: LineBatchOptions = { headers: new Map(), batchSize: 5 }

async function read(chunks: readonly (string | Buffer)[], options: Partial<LineBatchOptions> = {}) {
  const input = Readable.from(
    chunks.map((chunk) => Buffer.from(chunk)),
    { objectMode: true },
  )
  const batches: string[][] = []
  for await (const batch of lineBatches(input, { ...OPTIONS, ...options })) {
    batches.push([...batch].map((event) => event.body.toString('utf8')))
  }
  return batches
}

describe('lines into batches', () => {
  test('are grouped by the batch size, and the rest follows at the end', async () => {
    expect(await read(['one\ntwo\n\nf\u00fc', 'nf\nfive\nsix\nseven'])).toEqual([
      ['one', 'two', '', 'f\u00fcnf', 'five'],
      ['six', 'seven'],
    ])
  })

  test('a batch that the end finds exactly full is not followed by an empty one', async () => {
    expect(await read(['1\n2\n'], { batchSize: 2 })).toEqual([['1', '2']])
    expect(await read([])).toEqual([])
  })

  test('end at \\n, \\r and \\r\\n, wherever the chunks are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', '\u00fc', '\n', '\r', '\r\n'), { maxLength: 30 }),
        fc.integer({ min: 1, max: 4 }),
        async (parts, size) => {
          const bytes = Buffer.from(parts.join(''))
          const chunks = []
          for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size))
          const expected = bytes.toString('utf8').split(/\r\n|\r|\n/)
          if (expected.at(-1) === '') expected.pop()
          expect((await read(chunks)).flat()).toEqual(expected)
        },
      ),
    )
  })

  test('bytes that are no UTF-8 are sent as they are', async () => {
    const input = Readable.from([Buffer.from([0xff, 0xfe, 10])], { objectMode: true })
    for await (const batch of lineBatches(input, OPTIONS)) expect([...batch.at(0).body]).toEqual([0xff, 0xfe])
  })

  test('every event has the headers', async () => {
    const headers = new Map([['host', 'web01']])
    const input = Readable.from([Buffer.from('a\nb')], { objectMode: true })
    for await (const batch of lineBatches(input, { headers, batchSize: 5 })) {
      expect([...batch].map((event) => [...event.headers])).toEqual([[['host', 'web01']], [['host', 'web01']]])
    }
  })

  test('an endless line comes in pieces, each of which is told about', async () => {
    let pieces = 0
    const onPiece = () => {
      pieces++
    }
    expect(await read(['abcdefgh\ni'], { maxLineBytes: 3, onPiece })).toEqual([['abc', 'def', 'gh', 'i']])
    expect(pieces).toBe(2)
  })

  test('what has come goes out when the input pauses', async () => {
    const input = new PassThrough()
    const batches = lineBatches(input, { ...OPTIONS, pauseMs: 20 })
    input.write('one\ntw')
    expect((await batches.next()).value?.length).toBe(1)
    input.end('o\n')
    expect((await batches.next()).value?.at(0).body.toString()).toBe('two')
    expect((await batches.next()).done).toBe(true)
  })

  test('an input that fails rejects, and one that is no longer wanted is let go while it waits', async () => {
    const broken = new PassThrough()
    const failing = lineBatches(broken, OPTIONS).next()
    broken.destroy(new Error('disk gone'))
    await expect(failing).rejects.toThrow('disk gone')
    const waiting = new PassThrough()
    waiting.write('one\n')
    for await (const _ of lineBatches(waiting, { ...OPTIONS, pauseMs: 1 })) break
    await eventually(() => waiting.destroyed)
  })
})
