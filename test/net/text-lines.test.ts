import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Charset, charsetOf } from '../../src/charset.ts'
import { TextLines } from '../../src/net/text-lines.ts'

function known(name: string): Charset {
  const found = charsetOf(name)
  if (!found) throw new Error(`no charset ${name}`)
  return found
}

interface Case {
  readonly charset: string
  readonly bodies?: string
  readonly maxBytes?: number
}

function bodiesOf(chunks: readonly Uint8Array[], { charset, bodies = 'UTF-8', maxBytes = 1000 }: Case): Buffer[] {
  const lines = new TextLines({ charset: known(charset), bodies: known(bodies), maxBytes })
  const found: Buffer[] = []
  const keep = (buffer: Buffer, start: number, end: number) => void found.push(Buffer.from(buffer.subarray(start, end)))
  for (const chunk of chunks) lines.push(Buffer.from(chunk), keep)
  lines.end(keep)
  return found
}

const byteByByte = (bytes: Uint8Array) => [...bytes].map((byte) => Uint8Array.of(byte))

describe('UTF-8', () => {
  test('is handed on as it came, in place', () => {
    const lines = new TextLines({ charset: known('utf8'), bodies: known('utf8'), maxBytes: 100 })
    const chunk = Buffer.from('gr\u00fcn\n\u20ac\n')
    const inPlace: boolean[] = []
    lines.push(chunk, (buffer) => void inPlace.push(buffer === chunk))
    expect(inPlace).toEqual([true, true])
  })

  test('is unchanged wherever chunks cut it, characters included', () => {
    const cuts = fc.array(fc.nat(200), { maxLength: 6 })
    const property = fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 8 }), cuts, (words, places) => {
      const bytes = Buffer.from(words.join('\n'))
      const at = [0, ...places.filter((place) => place < bytes.length).sort((a, b) => a - b), bytes.length]
      const chunks = at.slice(1).map((end, i) => bytes.subarray(at[i], end))
      const expected = bytes.toString().split('\n')
      if (expected.at(-1) === '') expected.pop()
      expect(bodiesOf(chunks, { charset: 'utf8' }).map(String)).toEqual(expected)
    })
    fc.assert(property, { numRuns: 300 })
  })

  test('malformed bytes become U+FFFD in their own line only, however the stream is cut', () => {
    const stream = Buffer.concat([
      Buffer.from('good \u00fc\nbad '),
      Buffer.from([0xff, 0xe2, 0x82]),
      Buffer.from('\nmore \u20ac\n'),
      Buffer.from([0xa4]),
    ])
    const expected = ['good \u00fc', 'bad \ufffd\ufffd', 'more \u20ac', '\ufffd']
    expect(bodiesOf([stream], { charset: 'utf8' }).map(String)).toEqual(expected)
    expect(bodiesOf(byteByByte(stream), { charset: 'utf8' }).map(String)).toEqual(expected)
    for (let cut = 1; cut < stream.length; cut++) {
      const halves = [stream.subarray(0, cut), stream.subarray(cut)]
      expect(bodiesOf(halves, { charset: 'utf8' }).map(String)).toEqual(expected)
    }
  })

  test('the pieces of a long line fit together again although they cut characters', () => {
    const line = Buffer.from('\u20ac'.repeat(10))
    const pieces = bodiesOf([line.subarray(0, 4), line.subarray(4), Buffer.from('\nnext\xff', 'latin1')], {
      charset: 'utf8',
      maxBytes: 8,
    })
    expect(Buffer.concat(pieces.slice(0, -1))).toEqual(line)
    expect(String(pieces.at(-1))).toBe('next\ufffd')
  })
})

describe('other charsets', () => {
  const text = 'caf\u00e9\n\u00fc\n\nend'
  const expected = ['caf\u00e9', '\u00fc', '', 'end']

  test.each(['ISO-8859-1', 'UTF-16', 'UTF-16LE', 'UTF-32', 'GB18030', 'windows-1252'])(
    '%s becomes UTF-8',
    (charset) => {
      const stream = known(charset).encode(text)
      expect(bodiesOf([stream], { charset }).map(String)).toEqual(expected)
      expect(bodiesOf(byteByByte(stream), { charset }).map(String)).toEqual(expected)
    },
  )

  test.each(['ISO-8859-1', 'UTF-16BE', 'GBK', 'windows-1252'])(
    '%s stays %s when bodies are asked for in it',
    (charset) => {
      const stream = known(charset).encode(text)
      const encoded = expected.map((line) => known(charset).encode(line))
      expect(bodiesOf([stream], { charset, bodies: charset })).toEqual(encoded)
      expect(bodiesOf(byteByByte(stream), { charset, bodies: charset })).toEqual(encoded)
    },
  )

  test('bytes that are no text in the charset are replaced', () => {
    expect(bodiesOf([Uint8Array.of(0x61, 0xe9, 10)], { charset: 'US-ASCII' }).map(String)).toEqual(['a\ufffd'])
    expect(bodiesOf([Uint8Array.of(0x61, 0xe9, 10)], { charset: 'US-ASCII', bodies: 'US-ASCII' }).map(String)).toEqual([
      'a?',
    ])
  })

  test('Latin-1 that stays Latin-1 keeps every byte', () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i).filter((byte) => byte !== 10)
    expect(bodiesOf([all], { charset: 'latin1', bodies: 'latin1' })).toEqual([Buffer.from(all)])
  })
})
