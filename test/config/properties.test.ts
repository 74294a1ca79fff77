import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { mergeProperties, parsePairs, parseProperties } from '../../src/config/properties.ts'

const bytesOf = (text: string) => Buffer.from(text, 'latin1')
const read = (text: string) => parseProperties(bytesOf(text), 'a.conf')
const pairs = (text: string) => [...parsePairs(bytesOf(text))]

describe('what java.util.Properties reads', () => {
  const literal: readonly [what: string, text: string, want: readonly [string, string][]][] = [
    ['nothing', '', []],
    ['only blanks and line ends', ' \t\f\r\n\n\r', []],
    ['an equals sign', 'k=v', [['k', 'v']]],
    ['a colon', 'k: v', [['k', 'v']]],
    ['a blank', 'k v', [['k', 'v']]],
    ['a tab', 'k\tv', [['k', 'v']]],
    ['a form feed', 'k\fv', [['k', 'v']]],
    ['blanks around the separator', '  k \t = \f v', [['k', 'v']]],
    ['only the first separator', 'k = = v:w', [['k', '= v:w']]],
    ['a key alone', 'k', [['k', '']]],
    ['a value alone', '= v', [['', 'v']]],
    ['trailing blanks of a value', 'k = v \t', [['k', 'v \t']]],
    ['escaped separators in a key', 'a\\=b\\:c\\ d = v', [['a=b:c d', 'v']]],
    ['named escapes', 'k = a\\tb\\nc\\rd\\fe', [['k', 'a\tb\nc\rd\fe']]],
    ['a backslash before another character', 'k = \\a\\"\\\\d', [['k', 'a"\\d']]],
    ['unicode escapes in either case', 'k\\u00e9 = \\u20AC\\u20ac', [['k\u00e9', '\u20ac\u20ac']]],
    ['an escaped backslash before u', 'k = \\\\u12', [['k', '\\u12']]],
    ['latin-1 letters', 'k = caf\u00e9', [['k', 'caf\u00e9']]],
    ['comments', '# a=b\n ! c=d\n\t#e=f', []],
    ['comment signs in a value', 'k = a # b ! c', [['k', 'a # b ! c']]],
    [
      'the three line ends',
      'a=1\nb=2\rc=3\r\nd=4',
      [
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
        ['d', '4'],
      ],
    ],
    ['a continued value', 'k = a, \\\n   b, \\\n\tc', [['k', 'a, b, c']]],
    ['a continuation over CR LF', 'k = a\\\r\n  b', [['k', 'ab']]],
    ['a continuation over CR', 'k = a\\\r  b', [['k', 'ab']]],
    ['a continued key', 'a1.\\\n  sources = r', [['a1.sources', 'r']]],
    ['a comment sign in a continuation', 'k = a\\\n# b', [['k', 'a# b']]],
    [
      'a blank line that ends a continuation',
      'k = a\\\n\nl = b',
      [
        ['k', 'a'],
        ['l', 'b'],
      ],
    ],
    [
      'an even number of backslashes, which continues nothing',
      'k = a\\\\\nl = b',
      [
        ['k', 'a\\'],
        ['l', 'b'],
      ],
    ],
    ['a comment that ends with a backslash', '# a \\\nk = v', [['k', 'v']]],
    ['a backslash at the end of the file', 'k = a\\', [['k', 'a']]],
    ['a backslash in the last line', 'k = a\\\n', [['k', 'a']]],
    ['a comment after a line that is only a backslash', '\\\n# c\nk = v', [['k', 'v']]],
    ['a file that is only a backslash', '\\', [['', '']]],
    ['a file that is only a backslash and a CR LF', '\\\r\n', []],
    [
      'a key twice',
      'k = a\nl = x\nk = b',
      [
        ['k', 'b'],
        ['l', 'x'],
      ],
    ],
    ['NUL and vertical tab as ordinary characters', 'k\0\v = v', [['k\0\v', 'v']]],
  ]
  for (const [what, text, want] of literal) {
    test(`reads ${what}`, () => {
      expect(pairs(text)).toEqual(want)
      expect([...read(text).properties.values()].map(({ key, value }) => [key, value])).toEqual(want)
    })
  }

  test('reads back whatever a writer of such files has written', () => {
    const entries = fc.uniqueArray(
      fc.tuple(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'binary' })),
      {
        selector: ([key]) => key,
      },
    )
    fc.assert(
      fc.property(
        entries,
        fc.constantFrom('\n', '\r', '\r\n'),
        fc.constantFrom('=', ':', ' ', ' = '),
        (all, end, by) => {
          const text = all.map(([key, value]) => `${written(key, true)}${by}${written(value, false)}${end}`).join('')
          expect(pairs(text)).toEqual(all)
        },
      ),
    )
  })

  test('never throws and reports sound lines for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const { properties, problems } = parseProperties(Buffer.from(bytes), 'x')
        const lines = Buffer.from(bytes)
          .toString('latin1')
          .split(/\r\n|\r|\n/).length
        for (const { line } of [...properties.values(), ...problems]) {
          expect(line).toBeGreaterThanOrEqual(1)
          expect(line).toBeLessThanOrEqual(lines)
        }
      }),
    )
  })
})

describe('lines and history', () => {
  test('gives the line on which a key starts, counting comments, blank and continued lines', () => {
    const { properties } = read('# one\r\n\r\n  a = 1, \\\r\n  2\r\nb = 3\r\n\\\r\nc = 4')
    expect([...properties.values()].map(({ key, line }) => [key, line])).toEqual([
      ['a', 3],
      ['b', 5],
      ['c', 7],
    ])
  })

  test('keeps the place of the first appearance and remembers what was overridden', () => {
    const { properties } = read('k = 1\nl = x\nk = 2\nk = 3')
    expect([...properties.keys()]).toEqual(['k', 'l'])
    expect(properties.get('k')).toEqual({
      key: 'k',
      value: '3',
      file: 'a.conf',
      line: 4,
      shadowed: [
        { value: '1', file: 'a.conf', line: 1 },
        { value: '2', file: 'a.conf', line: 3 },
      ],
    })
    expect(properties.get('l')).not.toHaveProperty('shadowed')
  })

  test('lets later files override earlier ones and keeps the history of both', () => {
    const first = parseProperties(bytesOf('k = 1\nk = 2\nonly = here'), 'one.conf').properties
    const second = parseProperties(bytesOf('new = 0\nk = 3\nk = 4'), 'two.conf').properties
    const merged = mergeProperties([first, second])
    expect([...merged.keys()]).toEqual(['k', 'only', 'new'])
    expect(merged.get('k')).toEqual({
      key: 'k',
      value: '4',
      file: 'two.conf',
      line: 3,
      shadowed: [
        { value: '1', file: 'one.conf', line: 1 },
        { value: '2', file: 'one.conf', line: 2 },
        { value: '3', file: 'two.conf', line: 2 },
      ],
    })
    expect(first.get('k')?.value).toBe('2')
  })
})

describe('problems', () => {
  test.each(['\\u12', '\\u', '\\u12g4', 'a\\uu0041'])('keeps %s as it is written and tells the line', (text) => {
    const { properties, problems } = read(`a = 1\n\nk = ${text}\nb = 2`)
    expect(properties.get('k')?.value).toBe(text)
    expect(properties.get('b')?.value).toBe('2')
    expect(problems).toMatchObject([{ file: 'a.conf', line: 3, severity: 'error', code: 'malformed-escape', key: 'k' }])
  })

  test('finds a malformed escape in a key', () => {
    const { properties, problems } = read('k\\uX = v')
    expect([...properties.keys()]).toEqual(['k\\uX'])
    expect(problems).toMatchObject([{ line: 1, code: 'malformed-escape' }])
  })

  test('skips a UTF-8 byte order mark with a warning', () => {
    const { properties, problems } = parseProperties(Buffer.from('\ufeffa1.sources = r1\n'), 'a.conf')
    expect(properties.get('a1.sources')).toMatchObject({ value: 'r1', line: 1 })
    expect(problems).toMatchObject([{ line: 1, severity: 'warning', code: 'byte-order-mark' }])
  })

  test.each([
    ['little', Buffer.from('\ufeffa1.sources = r1\n', 'utf16le')],
    ['big', Buffer.from('\ufeffa1.sources = r1\n', 'utf16le').swap16()],
  ])('refuses UTF-16 text in %s endian order with a hint', (_order, bytes) => {
    const { properties, problems } = parseProperties(bytes, 'a.conf')
    expect(properties.size).toBe(0)
    expect(problems).toMatchObject([{ line: 1, severity: 'error', code: 'utf-16', hint: expect.any(String) }])
  })

  test('warns of UTF-8 text in a value, which Flume reads as ISO-8859-1, but not of Latin-1 letters and comments', () => {
    const text = Buffer.concat([Buffer.from('# caf\u00e9\nk = caf\u00e9\n'), bytesOf('l = caf\u00e9\n')])
    const { properties, problems } = parseProperties(text, 'a.conf')
    expect(properties.get('k')?.value).toBe('caf\u00c3\u00a9')
    expect(problems).toMatchObject([{ line: 2, severity: 'warning', code: 'utf-8-text', key: 'k' }])
  })
})

test('reads ten thousand lines well within a tenth of a second', () => {
  const lines = Array.from({ length: 10_000 }, (_, i) => `a1.sources.r${i}.interceptors.i1.value = some text \\u00e9`)
  const bytes = bytesOf(lines.join('\n'))
  const times = [1, 2, 3].map(() => {
    const start = performance.now()
    expect(parseProperties(bytes, 'a.conf').properties.size).toBe(10_000)
    return performance.now() - start
  })
  expect(Math.min(...times)).toBeLessThan(100)
})

// Writes text so that it must be read back the same, by other rules than the reader's: all that is not a plain letter is
// escaped, by name where there is one.
function written(text: string, isKey: boolean): string {
  const names = new Map([
    ['\t', '\\t'],
    ['\n', '\\n'],
    ['\r', '\\r'],
    ['\f', '\\f'],
    ['\\', '\\\\'],
  ])
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    const code = text.charCodeAt(i)
    const first = out === ''
    if (names.has(char)) out += names.get(char)
    else if (code > 0xff) out += `\\u${code.toString(16).padStart(4, '0')}`
    else if ('=: '.includes(char) && (isKey || first)) out += `\\${char}`
    else if ('#!'.includes(char) && first) out += `\\${char}`
    else out += char
  }
  return out
}
