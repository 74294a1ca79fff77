import { describe, expect, test } from '@jest/globals'
import { type Charset, CharsetError, charsetOf, type DecodePolicy } from '../src/charset.ts'
import { charset as charsetOption } from '../src/options/charset.ts'

function known(name: string): Charset {
  const found = charsetOf(name)
  if (!found) throw new Error(`no charset ${name}`)
  return found
}

const bytes = (...values: number[]) => Uint8Array.from(values)

function streamed(name: string, input: Uint8Array, policy: DecodePolicy = 'REPLACE'): string {
  const decoder = known(name).decoder(policy)
  let text = ''
  for (const byte of input) text += decoder.write(bytes(byte))
  return text + decoder.end()
}

function offsetOf(decode: () => unknown): number {
  try {
    decode()
  } catch (error) {
    if (error instanceof CharsetError) return error.offset
    throw error
  }
  return -1
}

describe('names', () => {
  test.each([
    ['utf-8', 'UTF-8'],
    ['UTF8', 'UTF-8'],
    ['Latin1', 'ISO-8859-1'],
    ['ISO8859_1', 'ISO-8859-1'],
    ['ISO_8859-1:1987', 'ISO-8859-1'],
    ['ascii', 'US-ASCII'],
    ['unicode', 'UTF-16'],
    ['utf_16le', 'UTF-16LE'],
    ['X-UTF-32BE', 'UTF-32BE'],
  ])('%s is %s', (alias, name) => expect(known(alias).name).toBe(name))

  test.each(
    'windows-1251 Cp1252 GBK gb18030 Big5 Shift_JIS windows-31j MS932 EUC-JP EUC-KR KOI8-R KOI8-U ISO-8859-15 8859_2 IBM850 IBM00858 Cp437 TIS-620 x-windows-949 x-MacRoman'.split(
      ' ',
    ),
  )('%s is known and splits at the byte 0x0A', (name) => {
    expect(known(name).asciiNewline).toBe(true)
    expect(known(name).isUtf8).toBe(false)
  })

  test.each(['', 'no-such-charset', 'base64', 'hex', 'binary', 'utf-7', 'utf 8', '../utf8', 'utf-16xe'])(
    'a name that is no charset (%s) is unknown',
    (name) => expect(charsetOf(name)).toBeUndefined(),
  )

  test('only UTF-8 is UTF-8, and wide encodings cannot be split at a byte', () => {
    expect(known('utf8').isUtf8).toBe(true)
    expect(known('utf8').asciiNewline).toBe(true)
    for (const name of ['UTF-16', 'UTF-16LE', 'UTF-32']) expect(known(name).asciiNewline).toBe(false)
  })

  test('the option gives the charset, defaults to one, and rejects an unknown name', () => {
    const option = charsetOption({ default: 'utf-8', doc: 'Encoding.' })
    expect(option.default?.name).toBe('UTF-8')
    expect(option.parse('latin1')).toMatchObject({ value: { name: 'ISO-8859-1' } })
    expect(option.parse('latin99')).toEqual({ wrong: 'latin99 is not a known charset' })
  })
})

describe('text', () => {
  const text = 'a\u00e9\n\u65e5\u{1f600}z'

  test.each(['UTF-8', 'UTF-16', 'UTF-16BE', 'UTF-16LE', 'UTF-32', 'UTF-32BE', 'UTF-32LE', 'GB18030'])(
    '%s comes back from bytes, whole and byte by byte',
    (name) => {
      const encoded = known(name).encode(text)
      expect(known(name).decode(encoded, 'FAIL')).toBe(text)
      expect(streamed(name, encoded, 'FAIL')).toBe(text)
    },
  )

  test.each([
    ['Shift_JIS', '\u65e5\u672c', [0x93, 0xfa, 0x96, 0x7b]],
    ['EUC-JP', '\u65e5\u672c', [0xc6, 0xfc, 0xcb, 0xdc]],
    ['GBK', '\u65e5\u672c', [0xc8, 0xd5, 0xb1, 0xbe]],
    ['Big5', '\u65e5\u672c', [0xa4, 0xe9, 0xa5, 0xbb]],
    ['EUC-KR', '\ud55c', [0xc7, 0xd1]],
    ['KOI8-R', '\u0434\u0430', [0xc4, 0xc1]],
    ['windows-1252', '\u20ac', [0x80]],
    ['ISO-8859-15', '\u20ac', [0xa4]],
  ])('%s is read and written', (name, word, encoded) => {
    expect(known(name).decode(bytes(...encoded), 'FAIL')).toBe(word)
    expect(streamed(name, bytes(...encoded), 'FAIL')).toBe(word)
    expect([...known(name).encode(word)]).toEqual(encoded)
  })

  test('Latin-1 maps every byte to the character of the same number, unlike windows-1252', () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i)
    const decoded = known('ISO-8859-1').decode(all, 'FAIL')
    expect([...decoded].map((c) => c.charCodeAt(0))).toEqual([...all])
    expect([...known('latin1').encode(decoded)]).toEqual([...all])
  })

  test('what cannot be encoded becomes one question mark a character', () => {
    expect(known('latin1').encode('\u00e9\u20ac\u{1f600}').toString('latin1')).toBe('\u00e9??')
    expect(known('ascii').encode('\u00e9a').toString('latin1')).toBe('?a')
    expect(known('KOI8-R').encode('\u65e5a').toString('latin1')).toBe('?a')
  })

  test('UTF-16 without named order obeys the mark, is big-endian without one, and writes one', () => {
    const utf16 = known('UTF-16')
    expect(utf16.decode(bytes(0xff, 0xfe, 0x41, 0), 'FAIL')).toBe('A')
    expect(utf16.decode(bytes(0xfe, 0xff, 0, 0x41), 'FAIL')).toBe('A')
    expect(utf16.decode(bytes(0, 0x41), 'FAIL')).toBe('A')
    expect([...utf16.encode('A')]).toEqual([0xfe, 0xff, 0, 0x41])
    expect(streamed('UTF-16', bytes(0xff, 0xfe, 0x41, 0))).toBe('A')
    expect(streamed('UTF-16', bytes(0, 0x41))).toBe('A')
    expect(streamed('UTF-32', bytes(0xff, 0xfe, 0, 0, 0x41, 0, 0, 0))).toBe('A')
  })

  test('a byte order mark of UTF-8 and of named orders is a character like any other', () => {
    expect(known('UTF-8').decode(bytes(0xef, 0xbb, 0xbf, 0x41), 'FAIL')).toBe('\ufeffA')
    expect(known('UTF-16LE').decode(bytes(0xff, 0xfe, 0x41, 0), 'FAIL')).toBe('\ufeffA')
  })
})

describe('malformed bytes', () => {
  test.each<[string, number[], [string, string, number]]>([
    ['UTF-8', [0x61, 0xc3, 0x62], ['a\ufffdb', 'ab', 1]],
    ['UTF-8', [0xef, 0xbf, 0xbd, 0xff], ['\ufffd\ufffd', '\ufffd', 3]],
    ['UTF-8', [0xe2, 0x82], ['\ufffd', '', 0]],
    ['UTF-8', [0x61, 0xf0, 0x9f, 0x98, 0x62], ['a\ufffdb', 'ab', 1]],
    ['US-ASCII', [0x61, 0xe9, 0x62], ['a\ufffdb', 'ab', 1]],
    ['UTF-16BE', [0, 0x61, 0xdc, 0, 0, 0x62], ['a\ufffdb', 'ab', 2]],
    ['UTF-16LE', [0x61, 0, 0x62], ['a\ufffd', 'a', 2]],
    ['UTF-32BE', [0, 1, 0xf6, 0, 0, 0x11, 0, 0, 0, 0, 0, 0x61], ['\u{1f600}\ufffda', '\u{1f600}a', 4]],
    ['UTF-32BE', [0, 0, 0xd8, 0, 0, 0, 0xdc, 0], ['\ufffd\ufffd', '', 0]],
    ['windows-1252', [0x61, 0x81, 0x62], ['a\ufffdb', 'ab', 1]],
    ['EUC-JP', [0xc6, 0xfc, 0xff, 0x61], ['\u65e5\ufffda', '\u65e5a', 2]],
  ])('of %s (%j) are replaced, left out or refused with their place', (name, input, [replaced, ignored, offset]) => {
    const given = bytes(...input)
    expect(known(name).decode(given, 'REPLACE')).toBe(replaced)
    expect(known(name).decode(given, 'IGNORE')).toBe(ignored)
    expect(offsetOf(() => known(name).decode(given, 'FAIL'))).toBe(offset)
    expect(streamed(name, given, 'REPLACE')).toBe(replaced)
    expect(streamed(name, given, 'IGNORE')).toBe(ignored)
    expect(offsetOf(() => streamed(name, given, 'FAIL'))).toBe(offset)
  })

  test('GB18030 keeps every character when a sequence is split over chunks, malformed ones included', () => {
    const decoder = known('GB18030').decoder('REPLACE')
    expect(decoder.write(bytes(0x61, 0x81, 0x30, 0x81)) + decoder.write(Buffer.from('abcdefgh')) + decoder.end()).toBe(
      known('GB18030').decode(Buffer.from('a\x81\x30\x81abcdefgh', 'latin1'), 'REPLACE'),
    )
  })

  test('the place counts from the first byte of a stream, a byte order mark included', () => {
    const decoder = known('UTF-16').decoder('FAIL')
    decoder.write(bytes(0xfe, 0xff, 0, 0x41))
    expect(offsetOf(() => decoder.write(bytes(0xdc, 0)))).toBe(4)
  })

  test('a U+FFFD that was really sent is not malformed', () => {
    expect(known('UTF-8').decode(bytes(0xef, 0xbf, 0xbd), 'FAIL')).toBe('\ufffd')
    expect(known('UTF-16BE').decode(bytes(0xff, 0xfd), 'IGNORE')).toBe('\ufffd')
  })

  test('a character that is cut by the end of a stream is malformed', () => {
    const decoder = known('UTF-8').decoder('REPLACE')
    expect(decoder.write(bytes(0x61, 0xe2, 0x82))).toBe('a')
    expect(decoder.end()).toBe('\ufffd')
  })
})
