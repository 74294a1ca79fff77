import { expect, test } from '@jest/globals'
import { propertiesOfList, systemProperties } from '../../src/cli/system-properties.ts'

test('-D wins over FLUME_JAVA_OPTS, which wins over JAVA_OPTS', () => {
  const environment = { JAVA_OPTS: '-Xmx20m -Da=1 -Db=1 -Dc=1', FLUME_JAVA_OPTS: '-Db=2 -Dc=2' }
  expect([...systemProperties([['c', '3']], environment)]).toEqual([
    ['a', '1'],
    ['b', '2'],
    ['c', '3'],
  ])
})

test('of equal names the last one counts', () => {
  expect(
    systemProperties(
      [
        ['a', '1'],
        ['a', '2'],
      ],
      {},
    ).get('a'),
  ).toBe('2')
})

test('quotes in JAVA_OPTS keep blanks together', () => {
  const found = systemProperties([], { JAVA_OPTS: `-Da="x y" '-Db=z w'\n-Dc=it"s -Dd` })
  expect([...found]).toEqual([
    ['a', 'x y'],
    ['b', 'z w'],
    ['c', 'it"s'],
    ['d', ''],
  ])
})

test('a list of the PowerShell script is split at semicolons', () => {
  expect(propertiesOfList('a=b; -Dc=d,e;;f')).toEqual([
    ['a', 'b'],
    ['c', 'd,e'],
    ['f', ''],
  ])
})

test('the name __proto__ is a name like any other', () => {
  expect(systemProperties([['__proto__', 'x']], {}).get('__proto__')).toBe('x')
})
