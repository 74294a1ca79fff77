import { expect, test } from '@jest/globals'
import avsc from 'avsc'
import fc from 'fast-check'
import { after, readLong, sizeOfLong, skipMap, writeLong } from '../../src/avro/binary.ts'

const long = avsc.Type.forSchema('long')

test('longs are written and read as avsc does', () => {
  const numbers = fc.oneof(
    fc.integer(),
    fc.maxSafeInteger().map((n) => Math.trunc(n / 2) + 0),
  )
  fc.assert(
    fc.property(numbers, (n) => {
      const bytes = Buffer.alloc(12)
      const end = writeLong(bytes, 1, n)
      expect(bytes.subarray(1, end)).toEqual(long.toBuffer(n))
      expect(sizeOfLong(n)).toBe(end - 1)
      expect(readLong(bytes, 1, end)).toBe(n)
      expect(after()).toBe(end)
    }),
  )
})

test('a long that is cut or endless is not a number', () => {
  expect(readLong(Buffer.from([0x80, 0x80]), 0, 2)).toBeNaN()
  expect(readLong(Buffer.alloc(20, 0xff), 0, 20)).toBeNaN()
  expect(readLong(Buffer.alloc(0), 0, 0)).toBeNaN()
})

test('the whole range of a long is read, as a double where it is too wide', () => {
  const bytes = Buffer.from('ffffffffffffffffff01', 'hex')
  expect(readLong(bytes, 0, 10)).toBe(-(2 ** 63))
})

test('a map that claims more pairs than its bytes could hold is refused at once', () => {
  const bytes = Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x0f, 0, 0])
  expect(skipMap(bytes, 0, bytes.length)).toBe(-1)
})
