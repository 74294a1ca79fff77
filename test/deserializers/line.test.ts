import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { charsetOf } from '../../src/charset.ts'
import { lineDeserializer } from '../../src/deserializers/line.ts'
import { contextOf, fileOf, type Place, readAll } from './reading.ts'

interface Reading extends Place {
  readonly maxLineLengthOption?: number
  readonly outputCharset?: string
  readonly max?: number
}

async function lines(content: string | Uint8Array, reading: Reading = {}) {
  const { maxLineLengthOption = 2048, outputCharset = 'UTF-8', max = 100, ...place } = reading
  const context = contextOf(fileOf(content), place)
  const reader = await lineDeserializer.create({ maxLineLength: maxLineLengthOption, outputCharset }, context)
  const { events, positions } = await readAll(reader, max)
  const bodies = events.map((event) => event.body.toString('utf8'))
  return { bodies, bytes: events.map((event) => event.body), positions, warnings: context.log.lines }
}

const encode = (charset: string, text: string) => charsetOf(charset)?.encode(text) ?? Buffer.alloc(0)

describe('splitting', () => {
  test('lines end at a line feed, carriage returns stay, an unterminated last line counts', async () => {
    expect((await lines('one\ntwo\r\n\nlast')).bodies).toEqual(['one', 'two\r', '', 'last'])
  })

  test('an empty file has no lines', async () => {
    expect((await lines('')).bodies).toEqual([])
  })

  test('positions are bytes behind the last line of each batch, and reading goes on there', async () => {
    const content = 'grün\nblau\n\nrot'
    const { positions } = await lines(content, { max: 1 })
    expect(positions).toEqual([6, 11, 12, 15])
    expect((await lines(content, { position: 6 })).bodies).toEqual(['blau', '', 'rot'])
    expect((await lines(content, { position: 15 })).bodies).toEqual([])
  })

  test('lines come through whole wherever blocks end', async () => {
    const all = Array.from({ length: 30_000 }, (_, i) => `${i} ${'ä€😀x'.repeat(i % 23)}`)
    const { bodies, positions } = await lines(`${all.join('\n')}\n`, { max: 997 })
    expect(bodies).toEqual(all)
    expect(positions.at(-1)).toBe(Buffer.byteLength(`${all.join('\n')}\n`))
  })

  test('any bytes without cuts give what a plain split gives', async () => {
    const piece = fc.constantFrom('a', '\n', '\r', 'ü', '€', '😀', 'long '.repeat(40))
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 7 }), async (pieces, max) => {
        const text = pieces.join('')
        const wanted = text.split('\n')
        if (wanted.at(-1) === '') wanted.pop()
        expect((await lines(text, { max, maxLineLengthOption: 100_000 })).bodies).toEqual(wanted)
      }),
      { numRuns: 60 },
    )
  })
})

describe('long lines', () => {
  test('a line of more than maxLineLength characters becomes several events, with one warning', async () => {
    const { bodies, warnings } = await lines('abcdefghijklmnopqrstuvwxyz\nshort\nabcdefghijk\n', {
      maxLineLengthOption: 10,
    })
    expect(bodies).toEqual(['abcdefghij', 'klmnopqrst', 'uvwxyz', 'short', 'abcdefghij', 'k'])
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('Line length exceeds max (10), truncating line!')
  })

  test('a line of exactly maxLineLength characters is one event and no warning', async () => {
    const { bodies, warnings } = await lines('abcdefghij\nklm\n', { maxLineLengthOption: 10 })
    expect(bodies).toEqual(['abcdefghij', 'klm'])
    expect(warnings).toEqual([])
  })

  test('characters are counted, not bytes', async () => {
    expect((await lines('äöüßé\nx\n', { maxLineLengthOption: 5 })).bodies).toEqual(['äöüßé', 'x'])
    expect((await lines('äöüßéà', { maxLineLengthOption: 5 })).bodies).toEqual(['äöüßé', 'à'])
  })

  test('a surrogate pair counts two and is never torn', async () => {
    expect((await lines('a😀b😀c\n', { maxLineLengthOption: 2 })).bodies).toEqual(['a', '😀', 'b', '😀', 'c'])
    expect((await lines('😀😀', { maxLineLengthOption: 1 })).bodies).toEqual(['😀', '😀'])
  })

  test('a file without any line feed is cut as it is read', async () => {
    const text = 'aé€'.repeat(400_000)
    const { bodies, warnings } = await lines(text, { maxLineLengthOption: 1000 })
    expect(bodies.join('')).toBe(text)
    expect(new Set(bodies.map((body) => body.length))).toEqual(new Set([1000]))
    expect(warnings).toHaveLength(1)
  })

  test('the place inside of a cut line is one where reading can go on', async () => {
    const { positions } = await lines('ääääääää\nx\n', { maxLineLengthOption: 3, max: 1 })
    expect(positions).toEqual([6, 12, 17, 19])
    expect((await lines('ääääääää\nx\n', { maxLineLengthOption: 3, position: 12 })).bodies).toEqual(['ää', 'x'])
  })

  test('the owner’s line length goes before the option', async () => {
    expect((await lines('abcdef', { maxLineLengthOption: 10, maxLineLength: 4 })).bodies).toEqual(['abcd', 'ef'])
  })

  test('other charsets are cut at characters too', async () => {
    const reading = { maxLineLengthOption: 4, max: 1 }
    const utf16 = await lines(encode('UTF-16LE', '0123456789\nok\n'), { ...reading, inputCharset: 'UTF-16LE' })
    expect(utf16).toMatchObject({ bodies: ['0123', '4567', '89', 'ok'], positions: [8, 16, 22, 28] })
    const sjis = await lines(encode('Shift_JIS', 'あいうえおか\nx'), { ...reading, inputCharset: 'Shift_JIS' })
    expect(sjis).toMatchObject({ bodies: ['あいうえ', 'おか', 'x'], positions: [8, 13, 14] })
  })
})

describe('bytes that are no text', () => {
  const broken = Buffer.concat([Buffer.from('good\nalso é\nbad '), Buffer.from([0xff]), Buffer.from('\nafter\n')])

  test('FAIL gives the lines before and then the place', async () => {
    const context = contextOf(fileOf(broken))
    const reader = await lineDeserializer.create({ maxLineLength: 2048, outputCharset: 'UTF-8' }, context)
    expect([...(await reader.read(100))].map((event) => event.body.toString())).toEqual(['good', 'also é'])
    expect(reader.position).toBe(13)
    await expect(reader.read(100)).rejects.toThrow('Bytes at offset 17 are not valid UTF-8')
    await expect(reader.read(100)).rejects.toThrow('offset 17')
    await reader.close()
  })

  test('REPLACE puts U+FFFD in their place', async () => {
    const { bodies } = await lines(broken, { decodeErrorPolicy: 'REPLACE' })
    expect(bodies).toEqual(['good', 'also é', 'bad \ufffd', 'after'])
  })

  test('IGNORE leaves them out', async () => {
    const { bodies } = await lines(broken, { decodeErrorPolicy: 'IGNORE' })
    expect(bodies).toEqual(['good', 'also é', 'bad ', 'after'])
  })

  test('a character that is cut at the end of the file is one of them', async () => {
    const cut = Buffer.from('fine\n€').subarray(0, 7)
    expect((await lines(cut, { decodeErrorPolicy: 'REPLACE' })).bodies).toEqual(['fine', '\ufffd'])
    await expect(lines(cut)).rejects.toThrow('offset 5')
  })

  test('noise is worked through in events that are not too long', async () => {
    const noise = Buffer.alloc(300_000, 0x80)
    const { bodies } = await lines(noise, { decodeErrorPolicy: 'REPLACE', maxLineLengthOption: 1000 })
    expect(bodies).toHaveLength(300)
    expect(bodies.join('')).toBe('\ufffd'.repeat(300_000))
    expect((await lines(noise, { decodeErrorPolicy: 'IGNORE', maxLineLengthOption: 1000 })).bodies.join('')).toBe('')
  })
})

describe('charsets', () => {
  test.each(['ISO-8859-1', 'windows-1252', 'UTF-16BE', 'UTF-16LE', 'UTF-32'])(
    '%s in, UTF-8 out',
    async (inputCharset) => {
      const text = 'café\nÜber\r\n\nlast é'
      expect((await lines(encode(inputCharset, text), { inputCharset })).bodies).toEqual([
        'café',
        'Über\r',
        '',
        'last é',
      ])
    },
  )

  test('a byte that looks like a line feed inside of UTF-16 ends no line', async () => {
    const text = 'ਊ\u0a00\u000a\u010a\u0a0ax\nz'
    const { bodies } = await lines(encode('UTF-16BE', text), { inputCharset: 'UTF-16BE' })
    expect(bodies).toEqual(['ਊ\u0a00', '\u010a\u0a0ax', 'z'])
  })

  test('UTF-16 obeys its byte order mark, which belongs to no line, also after a restart', async () => {
    const content = Buffer.concat([Buffer.from([0xff, 0xfe]), encode('UTF-16LE', 'één\ntwee\n')])
    const { bodies, positions } = await lines(content, { inputCharset: 'UTF-16', max: 1 })
    expect(bodies).toEqual(['één', 'twee'])
    expect((await lines(content, { inputCharset: 'UTF-16', position: positions[0] ?? 0 })).bodies).toEqual(['twee'])
  })

  test('bodies are encoded in outputCharset', async () => {
    expect((await lines('café €\n', { outputCharset: 'ISO-8859-1' })).bytes).toEqual([
      Buffer.from('caf\xe9 ?', 'latin1'),
    ])
  })

  test('an outputCharset that nobody knows is found before the start', () => {
    const settings = { maxLineLength: 1, outputCharset: 'klingon' }
    expect(lineDeserializer.check?.(settings)).toMatchObject([{ key: 'outputCharset' }])
    expect(lineDeserializer.check?.({ ...settings, outputCharset: 'UTF-8' })).toEqual([])
  })
})
