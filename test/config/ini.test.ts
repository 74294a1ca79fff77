import { describe, expect, test } from '@jest/globals'
import { parseIni } from '../../src/config/ini.ts'
import { parseProperties } from '../../src/config/properties.ts'

const read = (text: string) => parseIni(Buffer.from(text), 'a.ini')
const pairs = (text: string) => [...read(text).properties.values()].map(({ key, value }) => [key, value])

describe('sections', () => {
  test('give the same properties as the same keys written out', () => {
    const sections = `
      top.level = 1
      [a1]
      sources = r1 r2
      channels = c1
      [a1.sources.r1]
      type = netcat
      interceptors.i1.type = host
      [a1.channels.c1]
      type = memory`
    const flat = `
      top.level = 1
      a1.sources = r1 r2
      a1.channels = c1
      a1.sources.r1.type = netcat
      a1.sources.r1.interceptors.i1.type = host
      a1.channels.c1.type = memory`
    const want = [...parseProperties(Buffer.from(flat), 'x').properties.values()].map(({ key, value }) => [key, value])
    expect(pairs(sections)).toEqual(want)
  })

  test('may come back, and the last definition of a key wins', () => {
    const { properties } = read('[a1]\nsources = r1\n[a1.sources.r1]\ntype = seq\n[a1]\nsources = r2\nsinks = k1\n')
    expect([...properties.keys()]).toEqual(['a1.sources', 'a1.sources.r1.type', 'a1.sinks'])
    expect(properties.get('a1.sources')).toMatchObject({
      value: 'r2',
      line: 6,
      shadowed: [{ value: 'r1', file: 'a.ini', line: 2 }],
    })
  })

  test('may be indented, quoted and commented, and may hide dots from the package', () => {
    expect(pairs('  [a1.sinks]  ; here\nx = 1\n["a1.channels"]\ny = 2\n[a1\\.sources]\nz = 3')).toEqual([
      ['a1.sinks.x', '1'],
      ['a1.channels.y', '2'],
      ['a1.sources.z', '3'],
    ])
  })
})

test('tells the right line for the same key in different sections', () => {
  const { properties } = read(
    [
      '; comment',
      'type = none',
      '',
      '[a1.sources.r1]',
      'type = seq',
      '',
      '# type = commented',
      '[a1.sources.r2]',
      '',
      'type = seq',
      'port = 1',
      '[a1.sources.r3]\rtype = seq',
    ].join('\r\n'),
  )
  expect([...properties.values()].map(({ key, line, file }) => [key, line, file])).toEqual([
    ['type', 2, 'a.ini'],
    ['a1.sources.r1.type', 5, 'a.ini'],
    ['a1.sources.r2.type', 10, 'a.ini'],
    ['a1.sources.r2.port', 11, 'a.ini'],
    ['a1.sources.r3.type', 13, 'a.ini'],
  ])
})

describe('values', () => {
  const literal: readonly [what: string, line: string, value: string][] = [
    ['numbers as text', 'k = 0044', '0044'],
    ['booleans as text', 'k = true', 'true'],
    ['null as text', 'k = null', 'null'],
    ['a number in single quotes as text', "k = '1e3'", '1e3'],
    ['a list in single quotes as text', "k = '[1]'", '[1]'],
    ['a text in double quotes with its escapes', 'k = " a\\tb\\\\d "', ' a\tb\\d '],
    ['a text in single quotes', "k = ' a # b '", ' a # b '],
    ['quotes within a text', `k = \${f1['KEY']}`, `\${f1['KEY']}`],
    ['equals signs', 'k = a=b', 'a=b'],
    ['nothing', 'k =', ''],
    ['a comment after a blank', 'k = a b ; c', 'a b'],
    ['a comment after a quoted text', 'k = "a # b" # c', 'a # b'],
    ['escaped comment signs', 'k = a\\;b\\#c', 'a;b#c'],
    ['backslashes of a regular expression', 'k = ^\\d+\\\\.$', '^\\d+\\.$'],
    ['letters beyond ASCII', 'k = caf\u00e9 \u20ac', 'caf\u00e9 \u20ac'],
  ]
  test.each(literal)('reads %s', (_what, line, value) => {
    expect(read(line)).toEqual({
      properties: new Map([['k', { key: 'k', value, file: 'a.ini', line: 1 }]]),
      problems: [],
    })
  })

  test('of key[] are joined with blanks, at the line of the first', () => {
    const { properties } = read('[a1]\nsources[] = r1\nsinks = k1\nsources[] = r2')
    expect(properties.get('a1.sources')).toEqual({ key: 'a1.sources', value: 'r1 r2', file: 'a.ini', line: 2 })
  })

  test('may belong to keys that mean something to JavaScript', () => {
    expect(pairs('[__proto__]\nconstructor = 1\n__proto__ = 2')).toEqual([
      ['__proto__.constructor', '1'],
      ['__proto__.__proto__', '2'],
    ])
  })
})

describe('problems', () => {
  test.each(['type: netcat', '= netcat', '[a1.sources', '[a1] = 1'])('reports the line %s and reads on', (line) => {
    const { properties, problems } = read(`a = 1\n${line}\nb = 2`)
    expect([...properties.keys()]).toEqual(['a', 'b'])
    expect(problems).toMatchObject([{ file: 'a.ini', line: 2, severity: 'warning', code: 'malformed-line' }])
  })

  test('warns of a value that is cut within a word by a comment sign', () => {
    const { properties, problems } = read('[s]\nurl = http://host/#top')
    expect(properties.get('s.url')?.value).toBe('http://host/')
    expect(problems).toMatchObject([{ line: 2, code: 'inline-comment', key: 's.url', hint: expect.any(String) }])
  })

  test('takes a UTF-8 byte order mark in silence, warns of other encodings and refuses UTF-16', () => {
    expect(read('\ufeffa = 1')).toMatchObject({ problems: [], properties: new Map([['a', { line: 1 }]]) })
    expect(parseIni(Buffer.from('a = caf\u00e9', 'latin1'), 'a.ini').problems).toMatchObject([{ code: 'not-utf-8' }])
    const wide = parseIni(Buffer.from('\ufeffa = 1', 'utf16le'), 'a.ini')
    expect(wide.properties.size).toBe(0)
    expect(wide.problems).toMatchObject([{ severity: 'error', code: 'utf-16' }])
  })
})

test('reads ten thousand lines well within a tenth of a second', () => {
  const lines = Array.from({ length: 10_000 }, (_, i) => `interceptors.i${i}.value = some text`)
  const bytes = Buffer.from(`[a1.sources.r1]\n${lines.join('\n')}`)
  const times = [1, 2, 3].map(() => {
    const start = performance.now()
    expect(parseIni(bytes, 'a.ini').properties.size).toBe(10_000)
    return performance.now() - start
  })
  expect(Math.min(...times)).toBeLessThan(100)
})
