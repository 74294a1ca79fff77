import { describe, expect, test } from '@jest/globals'
import { javaRegex, matchesWhole } from '../src/java-regex.ts'

// Each row: a Java pattern, texts that it matches as a whole, texts that it does not.
const ROWS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ['^.*$', ['a.log', ''], ['a\nb']],
  ['^$', [''], ['a']],
  ['^.*\\.tmp$', ['a.tmp'], ['atmp', 'a.tmp.gz']],
  ['a|ab', ['a', 'ab'], ['abc']],
  ['\\Qa.b*\\E+', ['a.b*', 'a.b**'], ['axb']],
  ['\\Qopen[', ['open['], ['open']],
  ['(?i)ABC', ['abc', 'aBc'], ['abd']],
  ['(?s).+', ['a\nb'], ['']],
  ['\\Aab\\z', ['ab'], ['ab\n']],
  ['[a-z&&[^bc]]+', ['ad'], ['ab']],
  ['[a-c[x-z]]+', ['ax'], ['m']],
  ['[^a-c[x-z]]', ['m'], ['a', 'y']],
  ['[\\p{Alpha}_-]+', ['a_-b'], ['a1']],
  ['\\p{Punct}+', ['!#/[`~'], ['a', 'é']],
  ['\\P{Digit}', ['a'], ['7']],
  ['\\p{IsGreek}+', ['αβ'], ['a']],
  ['\\p{Lu}\\pL', ['Éa'], ['éa']],
  ['[]a]', [']', 'a'], ['b']],
  ['[^]a]', ['b'], [']', 'a']],
  ['[a\\-z]', ['a', '-', 'z'], ['b']],
  ['[#&~!@%,;=<>`"\'()/|{}]+', ['#&~!@%,;=<>`"\'()/|{}'], ['a']],
  ['#&~!@%,;=<>`"\'', ['#&~!@%,;=<>`"\''], ['']],
  ['a]b}', ['a]b}'], ['ab']],
  ['\\d{4}-\\d{2,}x{3}?', ['2024-01xxx'], ['2024-1xxx']],
  ['(?<y>\\d)-\\k<y>\\1', ['1-11'], ['1-12']],
  ['(?!.*secret).*\\.log', ['a.log'], ['secret.log']],
  ['a(?<=a)(?:b|c)(?=d)d', ['abd'], ['ab']],
  ['\\x41\\u0042\\x{43}\\0104\\t\\e', ['ABCD\t\x1b'], ['ABCD']],
  ['a\\sb', ['a b', 'a\tb'], ['a\u00a0b']],
  ['\\h\\S', ['\u00a0x'], ['\nx']],
  ['\\/\\-\\_', ['/-_'], []],
  ['😀.', ['😀😀'], ['😀']],
]

describe('a pattern of Java', () => {
  test.each(ROWS)('%s', (pattern, matching, others) => {
    const matches = matchesWhole(pattern)
    expect(matching.filter((text) => !matches(text))).toEqual([])
    expect(others.filter(matches)).toEqual([])
  })

  test('$ stands before a last line terminator, \\z does not', () => {
    expect(javaRegex('a$').test('a\n')).toBe(true)
    expect(javaRegex('a$').test('a\nb')).toBe(false)
    expect(javaRegex('(?m)a$').test('a\nb')).toBe(true)
    expect(javaRegex('a\\z').test('a\n')).toBe(false)
    expect(javaRegex('a\\Z').test('a\r\n')).toBe(true)
  })

  test('flags of the caller are added', () => {
    expect('aXbX'.replace(javaRegex('x', 'gi'), '-')).toBe('a-b-')
  })

  test.each([
    ['a++', 'possessive'],
    ['(?>a)', 'atomic'],
    ['a(?i)b', 'only at the start'],
    ['(?x)a', '(?x)'],
    ['\\p{InGreek}', 'p{InGreek}'],
    ['x{,3}', '{'],
    ['(a', 'not a regular expression'],
    ['[a', 'no ]'],
    ['[z-a]', 'z-a'],
    ['a\\', 'backslash'],
    ['\\y', '\\y'],
    ['*', 'not a regular expression'],
  ])('%s is refused with its reason', (pattern, reason) => {
    expect(() => javaRegex(pattern)).toThrow(reason)
  })
})
