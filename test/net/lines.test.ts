import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type LineOptions, LineSplitter } from '../../src/net/lines.ts'

interface Piece {
  readonly text: string
  readonly whole: boolean
}

function split(chunks: readonly (string | Buffer)[], options: LineOptions, atEnd = true): Piece[] {
  const pieces: Piece[] = []
  const splitter = new LineSplitter(options)
  const onLine = (buffer: Buffer, start: number, end: number, whole: boolean) =>
    void pieces.push({ text: buffer.toString('latin1', start, end), whole })
  for (const chunk of chunks) {
    splitter.push(Buffer.from(chunk), onLine)
    expect(splitter.pendingBytes).toBeLessThanOrEqual(options.maxBytes)
  }
  if (atEnd) splitter.end(onLine)
  return pieces
}

const texts = (pieces: readonly Piece[]) => pieces.map(({ text }) => text)

describe('lines that end with a newline', () => {
  test('lie where they stand in the chunk, empty ones included', () => {
    const chunk = Buffer.from('one\n\nthree\r\n')
    const seen: [boolean, string][] = []
    new LineSplitter({ maxBytes: 100 }).push(chunk, (buffer, start, end) => {
      seen.push([buffer === chunk, buffer.toString('utf8', start, end)])
    })
    expect(seen).toEqual([
      [true, 'one'],
      [true, ''],
      [true, 'three\r'],
    ])
  })

  test('are put together when chunks cut them', () => {
    expect(texts(split(['ha', 'lf', ' and half\nne', 'xt\n'], { maxBytes: 100 }, false))).toEqual([
      'half and half',
      'next',
    ])
  })

  test('the unfinished line can be looked at, and is handed on when the stream ends', () => {
    const splitter = new LineSplitter({ maxBytes: 100 })
    const lines: string[] = []
    const keep = (buffer: Buffer, start: number, end: number) => void lines.push(buffer.toString('utf8', start, end))
    splitter.push(Buffer.from('a\nre'), keep)
    splitter.push(Buffer.from('st'), keep)
    expect(splitter.pending().toString()).toBe('rest')
    expect(lines).toEqual(['a'])
    splitter.end(keep)
    splitter.end(keep)
    expect(lines).toEqual(['a', 'rest'])
  })

  test('a stream that ends with a newline has no further line', () => {
    expect(texts(split(['a\n', 'b\n'], { maxBytes: 9 }))).toEqual(['a', 'b'])
  })
})

describe('lines of any end', () => {
  const any = { maxBytes: 100, ends: 'any' } as const

  test.each([
    [['a\nb\rc\r\nd'], ['a', 'b', 'c', 'd']],
    [
      ['a\r', '\nb'],
      ['a', 'b'],
    ],
    [['a\r', '\n'], ['a']],
    [
      ['a\r', '\r', '\n', '\n'],
      ['a', '', ''],
    ],
    [
      ['a\r', '', '\nb\r'],
      ['a', 'b'],
    ],
    [['\n\r'], ['', '']],
  ])('%j are %j', (chunks, lines) => expect(texts(split(chunks, any))).toEqual(lines))

  test('a line that ends with a carriage return does not wait for what follows', () => {
    expect(texts(split(['50%\r'], any, false))).toEqual(['50%'])
  })
})

describe('the limit', () => {
  test('a line of exactly the limit is whole, a longer one comes in pieces', () => {
    expect(split(['12345\n123456\n'], { maxBytes: 5 })).toEqual([
      { text: '12345', whole: true },
      { text: '12345', whole: false },
      { text: '6', whole: true },
    ])
  })

  test('a line of exactly the limit waits for its end', () => {
    expect(split(['123', '45'], { maxBytes: 5 }, false)).toEqual([])
    expect(split(['123', '45', '\n'], { maxBytes: 5 }, false)).toEqual([{ text: '12345', whole: true }])
  })

  test('however the stream is cut, the pieces are the same and nothing is lost', () => {
    const streams = fc.array(fc.constantFrom('a', 'b', '\n', '\r', '\r\n', 'longer text'), { maxLength: 40 })
    const cuts = fc.array(fc.nat(60), { maxLength: 8 })
    const property = fc.property(
      streams,
      cuts,
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      (words, places, max, any) => {
        const text = words.join('')
        const at = [0, ...places.filter((place) => place < text.length).sort((a, b) => a - b), text.length]
        const chunks = at.slice(1).map((end, i) => text.slice(at[i], end))
        const options = { maxBytes: max, ends: any ? 'any' : 'lf' } as const
        const pieces = split(chunks, options)
        expect(pieces).toEqual(split([text], options))
        const lines = text.split(any ? /\r\n|\r|\n/ : '\n')
        if (lines.at(-1) === '') lines.pop()
        const joined = ['']
        for (const { text: part, whole } of pieces) {
          joined[joined.length - 1] += part
          if (whole) joined.push('')
        }
        expect(joined.slice(0, -1)).toEqual(lines)
      },
    )
    fc.assert(property, { numRuns: 500 })
  })

  test('a line of 100 MB in chunks of 64 KB is carried without copying it over and over', () => {
    const chunk = Buffer.alloc(65_536, 'x')
    const splitter = new LineSplitter({ maxBytes: 200 * 1024 * 1024 })
    let bytes = 0
    const count = (_buffer: Buffer, start: number, end: number) => {
      bytes += end - start
    }
    const began = process.cpuUsage()
    for (let i = 0; i < 1600; i++) splitter.push(chunk, count)
    splitter.push(Buffer.from('\n'), count)
    expect(bytes).toBe(1600 * 65_536)
    // Copying what is carried with every chunk would move 84 GB.
    expect(process.cpuUsage(began).user).toBeLessThan(2_000_000)
    expect(splitter.pendingBytes).toBe(0)
  })
})
