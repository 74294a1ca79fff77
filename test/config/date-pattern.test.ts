import { expect, test } from '@jest/globals'
import { formatDate } from '../../src/config/date-pattern.ts'

const afternoon = new Date(2024, 0, 5, 13, 4, 5, 67)
const midnight = new Date(2023, 11, 31, 0, 0, 0, 0)

test.each([
  ['yyyy-MM-dd HH:mm:ss.SSS', '2024-01-05 13:04:05.067'],
  ['yy y yyyyy', '24 2024 02024'],
  ['M MM MMM MMMM', '1 01 Jan January'],
  ['E EEEE u', 'Fri Friday 5'],
  ['h K k a G', '1 1 13 PM AD'],
  ['D DDD F w W', '5 005 1 1 1'],
  ["'day' d, 'o''clock' ''", "day 5, o'clock '"],
])('prints %s', (pattern, want) => {
  expect(formatDate(pattern, afternoon)).toBe(want)
})

test('counts midnight as hour 12 and 24, and the days before a new year as its first week', () => {
  expect(formatDate('h K k H a', midnight)).toBe('12 0 24 0 AM')
  expect(formatDate('yyyy YYYY w D u', midnight)).toBe('2023 2024 1 365 7')
})

test('prints the offset from UTC in its four forms', () => {
  const minutes = -afternoon.getTimezoneOffset()
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0')
  const sign = minutes < 0 ? '-' : '+'
  const [hours, rest] = [two(Math.abs(minutes) / 60), two(Math.abs(minutes) % 60)]
  expect(formatDate('Z', afternoon)).toBe(`${sign}${hours}${rest}`)
  expect(formatDate('ZZZ', afternoon)).toBe(`${sign}${hours}:${rest}`)
  expect(formatDate('XXX', afternoon)).toBe(minutes === 0 ? 'Z' : `${sign}${hours}:${rest}`)
  expect(formatDate('X', afternoon)).toBe(minutes === 0 ? 'Z' : `${sign}${hours}`)
})

test.each(['yyyy-bb', 'XXXX', "yyyy 'open", 'L'])('knows nothing to print for %s', (pattern) => {
  expect(formatDate(pattern, afternoon)).toBeUndefined()
})
