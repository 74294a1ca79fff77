import { describe, expect, test } from '@jest/globals'
import { createEvent } from '../../src/event.ts'
import { printBlock, printElement, printText } from '../../src/streaming/pprint.ts'
import { bench, FOUR_O_CLOCK_MS } from './manual-clock.ts'

const RULE = '-------------------------------------------'

test('a block has the time of the batch, its elements and an empty line, as Spark prints it', async () => {
  const { ssc, clock, output } = bench()
  ssc.queueStream([['Hello', 'Streaming', 'World']]).pprint()
  await ssc.start()
  await clock.tick()
  await clock.tick()
  await clock.idle()
  await ssc.stop()
  expect(output.text()).toBe(
    `${RULE}\nTime: 2026-11-24 16:00:01\n${RULE}\nHello\nStreaming\nWorld\n\n` +
      `${RULE}\nTime: 2026-11-24 16:00:02\n${RULE}\n\n`,
  )
})

test('the first ten elements are printed, then an ellipsis', () => {
  const block = (count: number, num: number) =>
    printBlock(
      FOUR_O_CLOCK_MS,
      Array.from({ length: count }, (_, i) => i),
      num,
    )
  expect(block(10, 10).split('\n').slice(3)).toEqual([...'0123456789', '', ''])
  expect(block(11, 10).split('\n').slice(3)).toEqual([...'0123456789', '...', '', ''])
  expect(block(3, 1).split('\n').slice(3)).toEqual(['0', '...', '', ''])
})

test('a batch between two seconds has the fraction that Python prints', () => {
  expect(printBlock(FOUR_O_CLOCK_MS + 500, [], 10)).toContain('Time: 2026-11-24 16:00:00.500000\n')
  expect(printBlock(FOUR_O_CLOCK_MS + 25, [], 10)).toContain('16:00:00.025000\n')
})

test('pprint wants a number of elements', () => {
  const { ssc } = bench()
  expect(() => ssc.queueStream([[1]]).pprint(-1)).toThrow('pprint prints a number of elements, not -1.')
})

describe('an element', () => {
  test.each([
    ['a text as it stands', "it's", "it's"],
    ['a number', 4.5, '4.5'],
    ['true', true, 'true'],
    ['null', null, 'null'],
    ['undefined', undefined, 'undefined'],
    ['a pair like a tuple', ['a', 1], "('a', 1)"],
    ['a text with an apostrophe in a pair', ["it's", 1], `("it's", 1)`],
    ['a join', ['a', [1, 'x']], "('a', (1, 'x'))"],
    ['one value of a group', ['a', [1]], "('a', (1,))"],
    ['a long array', [1, 2, 3], '(1, 2, 3)'],
    ['no value', [], '()'],
    ['an object', { n: 1, t: ['x'] }, "{ n: 1, t: [ 'x' ] }"],
    ['bytes', Buffer.from('Grüße'), 'Grüße'],
    ['bytes in a pair', ['a', Buffer.from('Grüße')], "('a', 'Grüße')"],
    ['an event', createEvent('Hello'), "({}, 'Hello')"],
    ['an event with headers', createEvent('Hi', { host: 'web1', n: '2' }), "({'host': 'web1', 'n': '2'}, 'Hi')"],
    ['an event that is not text', createEvent(Buffer.from([0xff, 0x61])), "({}, '\\xffa')"],
  ])('is printed: %s', (_what, element, line) => {
    expect(printElement(element)).toBe(line)
  })

  test('that is long is printed whole and on one line', () => {
    const long = 'x'.repeat(20_000)
    expect(printElement([long, 1])).toBe(`('${long}', 1)`)
    expect(printElement({ long: Array.from({ length: 300 }, (_, i) => i) })).not.toMatch(/more items|\n/)
  })
})

test.each([
  ['plain text', Buffer.from('Grüße\t✓'), 'Grüße\t✓'],
  ['line ends', Buffer.from('a\nb\r'), 'a\\nb\\r'],
  ['what would move the cursor', Buffer.from('\x1b[2J\x9b'), '\\x1b[2J\\x9b'],
  ['no UTF-8', Buffer.from([0xe9, 0x41, 0x00, 0x0a]), '\\xe9A\\x00\\n'],
])('bytes on a terminal: %s', (_what, bytes, text) => {
  expect(printText(bytes)).toBe(text)
})
