import { expect, test } from '@jest/globals'
import { createEvent } from '../../src/event.ts'
import { KeyMap } from '../../src/streaming/keys.ts'

function distinct(...keys: unknown[]): number {
  const map = new KeyMap<unknown, true>()
  for (const key of keys) map.set(key, true)
  return map.size
}

class Point {
  readonly x = 1
}

test.each([
  ['numbers', 1, 1],
  ['NaN', Number.NaN, Number.NaN],
  ['zeros', 0, -0],
  ['zeros in an array', [0], [-0]],
  ['arrays', ['a', [1, null]], ['a', [1, null]]],
  ['objects in another order', { a: 1, b: { c: 2 } }, { b: { c: 2 }, a: 1 }],
  ['an object without prototype', { a: 1 }, Object.assign(Object.create(null), { a: 1 })],
  ['dates', new Date(5), new Date(5)],
  ['bytes', Buffer.from('ab'), new Uint8Array([97, 98])],
  [
    'maps in another order',
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
    new Map([
      ['b', 2],
      ['a', 1],
    ]),
  ],
  ['sets', new Set([1, 2]), new Set([2, 1])],
  ['events', createEvent('x', { h: '1' }), createEvent('x', { h: '1' })],
  ['registered symbols', [Symbol.for('s')], [Symbol.for('s')]],
])('%s that hold the same are one key', (_what, one, other) => {
  expect(distinct(one, other)).toBe(1)
})

test.each([
  ['a number and its text', 1, '1'],
  ['a number and its text in an array', [1], ['1']],
  ['a bigint and a number in an array', [1n], [1]],
  ['null and undefined in an array', [null], [undefined]],
  ['nested and flat arrays', [['a'], 'b'], ['a', 'b']],
  ['texts with separators', ['a","b'], ['a', 'b']],
  ['an array and its JSON', ['a'], '["a"]'],
  ['a structure and the text it is indexed by', ['a'], '\0["a"]'],
  ['a text that starts with NUL and its JSON', '\0a', '\0"\\u0000a"'],
  ['other fields', { a: 1 }, { b: 1 }],
  ['a missing field and undefined', {}, { a: undefined }],
  ['instances of a class', new Point(), new Point()],
  ['functions', () => 1, () => 1],
  ['symbols in an array', [Symbol('s')], [Symbol('s')]],
  ['a date and its number', new Date(5), 5],
  ['a set and a map', new Set(['a']), new Map([['a', 'a']])],
])('%s are different keys', (_what, one, other) => {
  expect(distinct(one, other)).toBe(2)
})

test('an instance of a class equals itself, alone and in an array', () => {
  const point = new Point()
  expect(distinct(point, point)).toBe(1)
  expect(distinct([point], [point])).toBe(1)
})

test('a key that contains itself is refused with a sentence', () => {
  const key: unknown[] = []
  key.push(key)
  expect(() => distinct(key)).toThrow('A key cannot contain itself.')
})

test('the same object twice in a key is no cycle', () => {
  const part = { a: 1 }
  expect(distinct([part, part], [{ a: 1 }, { a: 1 }])).toBe(1)
})

test('keys come out as they came in first, and can be deleted', () => {
  const map = new KeyMap<unknown, number>()
  map.set([1], 1)
  map.set('a', 2)
  map.set([1], 3)
  map.set(null, 4)
  map.delete('a')
  expect(map.pairs()).toEqual([
    [[1], 3],
    [null, 4],
  ])
})
