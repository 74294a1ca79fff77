import { describe, expect, test } from '@jest/globals'
import type { StreamingContext } from '../../src/streaming/index.ts'
import { bench, collect, FOUR_O_CLOCK_MS, timed } from './manual-clock.ts'

const add = (a: number, b: number) => a + b
const subtract = (a: number, b: number) => a - b

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i)
const growing = (n: number) => upTo(n).map((i) => upTo(i + 1))
const pairs = (ssc: StreamingContext, ...batches: string[]) =>
  ssc.queueStream(batches.map((batch) => [...batch])).map((key) => [key, 1])

describe('window', () => {
  test('holds the last batches, shown with every batch', async () => {
    const seen = await collect(7, (ssc) => ssc.queueStream(growing(5)).window(3000).count())
    expect(seen).toEqual([[1], [3], [6], [9], [12], [9], [5]])
  })

  test('is shown when its slide has come round, and at no other time', async () => {
    const seen = await timed(6, (ssc) => ssc.queueStream([['a'], ['b'], ['c'], ['d'], ['e']]).window(3000, 2000))
    expect(seen).toEqual([
      [2, ['a', 'b']],
      [4, ['b', 'c', 'd']],
      [6, ['d', 'e']],
    ])
  })

  test('leaves out what lies between windows that are shorter than their slide', async () => {
    const seen = await timed(6, (ssc) => ssc.queueStream([['a'], ['b'], ['c'], ['d'], ['e'], ['f']]).window(1000, 3000))
    expect(seen).toEqual([
      [3, ['c']],
      [6, ['f']],
    ])
  })

  test('can stand on another window', async () => {
    const seen = await timed(8, (ssc) =>
      ssc
        .queueStream([['a'], ['b'], ['c'], ['d'], ['e'], ['f'], ['g'], ['h']])
        .window(2000, 2000)
        .count()
        .window(4000, 4000),
    )
    expect(seen).toEqual([
      [4, [2, 2]],
      [8, [2, 2]],
    ])
  })

  test('must be a multiple of the interval of its stream', () => {
    const { ssc } = bench()
    const stream = ssc.queueStream([[1]])
    expect(() => stream.window(1500, 1000)).toThrow(
      'A window of 1500 ms does not fit: it must be a multiple of the 1000 ms at which the stream gives batches.',
    )
    expect(() => stream.window(2000, 500)).toThrow('A slide of 500 ms does not fit')
    expect(() => stream.countByWindow(0)).toThrow('A window of 0 ms does not fit')
    expect(() => stream.window(Number.NaN)).toThrow('A window of NaN ms does not fit')
    expect(() => stream.window(4000, 2000).window(3000)).toThrow('a multiple of the 2000 ms')
  })

  test('streams that slide differently cannot be joined', () => {
    const { ssc } = bench()
    const stream = ssc.queueStream([[1]])
    expect(() => stream.union(stream.window(2000, 2000))).toThrow('at different intervals, 1000 and 2000 ms')
    expect(() => stream.union(bench().ssc.queueStream([[1]]))).toThrow('The two streams belong to different contexts.')
  })
})

describe('aggregates over windows', () => {
  test('countByWindow gives one number each time, 0 when there is nothing', async () => {
    const seen = await collect(10, (ssc) => ssc.queueStream(growing(6)).countByWindow(5000))
    expect(seen).toEqual([[1], [3], [6], [10], [15], [20], [18], [15], [11], [6]])
    expect(await timed(4, (ssc) => ssc.queueStream([['a']]).countByWindow(2000, 2000))).toEqual([
      [2, [1]],
      [4, [0]],
    ])
  })

  test.each([
    ['without', null],
    ['with', subtract],
  ])('reduceByWindow %s an inverse function', async (_how, inverse) => {
    const seen = await collect(5, (ssc) => ssc.queueStream([[1, 2], [3], [], [10]]).reduceByWindow(add, inverse, 2000))
    expect(seen).toEqual([[3], [6], [3], [10], [10]])
  })

  test('reduceByKeyAndWindow merges what the window holds', async () => {
    const seen = await collect(5, (ssc) => pairs(ssc, 'a', 'ab', 'abc', '').reduceByKeyAndWindow(add, null, 2000))
    expect(seen).toEqual([
      [['a', 1]],
      [
        ['a', 2],
        ['b', 1],
      ],
      [
        ['a', 2],
        ['b', 2],
        ['c', 1],
      ],
      [
        ['a', 1],
        ['b', 1],
        ['c', 1],
      ],
      [],
    ])
  })

  test('with an inverse function keys stay, as in Spark', async () => {
    const seen = await collect(4, (ssc) => pairs(ssc, 'a', 'bb').reduceByKeyAndWindow(add, subtract, 2000))
    expect(seen).toEqual([
      [['a', 1]],
      [
        ['a', 1],
        ['b', 2],
      ],
      [
        ['a', 0],
        ['b', 2],
      ],
      [
        ['a', 0],
        ['b', 0],
      ],
    ])
  })

  test('a filter forgets keys whose pair it refuses', async () => {
    const seen = await collect(4, (ssc) =>
      pairs(ssc, 'a', 'bb').reduceByKeyAndWindow(add, subtract, 2000, 1000, ([, count]) => count > 0),
    )
    expect(seen).toEqual([
      [['a', 1]],
      [
        ['a', 1],
        ['b', 2],
      ],
      [['b', 2]],
      [],
    ])
  })

  test('the inverse function sees only what leaves, the function only what enters', async () => {
    const calls: string[] = []
    await collect(5, (ssc) =>
      ssc.queueStream([[1], [2], [4], [8], [16]]).reduceByWindow(
        async (a, b) => {
          calls.push(`${a}+${b}`)
          return a + b
        },
        async (a, b) => {
          calls.push(`${a}-${b}`)
          return a - b
        },
        3000,
      ),
    )
    expect(calls).toEqual(['1+2', '3+4', '7-1', '6+8', '14-2', '12+16'])
  })

  test('a slide of several batches, with and without an inverse function, gives the same', async () => {
    const run = (inverse: typeof subtract | null) =>
      timed(12, (ssc) => ssc.queueStream(growing(10)).reduceByWindow(add, inverse, 6000, 2000))
    const plain = await run(null)
    expect(plain.map(([, [sum]]) => sum)).toEqual([1, 10, 35, 83, 155, 130])
    expect(await run(subtract)).toEqual(plain)
  })
})

describe('when batches take longer than their interval', () => {
  test('a window is shown late, once, and misses nothing', async () => {
    const { ssc, clock } = bench()
    const tumbling: unknown[] = []
    const sliding: unknown[] = []
    const letters = ssc.queueStream([['a'], ['b'], ['c'], ['d'], ['e'], ['f']])
    const at = (time: Date) => (time.getTime() - FOUR_O_CLOCK_MS) / 1000
    letters.window(2000, 2000).foreachBatch((all, time) => void tumbling.push(at(time), all.join('')))
    letters
      .reduceByWindow(
        (a, b) => a + b,
        (a, b) => a.slice(b.length),
        3000,
      )
      .foreachBatch((all, time) => {
        sliding.push(at(time), all.join(''))
        // The third batch takes 5.3 s instead of 1.
        if (at(time) === 3) clock.pass(5300)
      })
    await ssc.start()
    for (let i = 0; i < 5; i++) await clock.tick()
    await clock.idle()
    await ssc.stop()
    expect(tumbling).toEqual([2, 'ab', 8, 'cd', 10, 'ef'])
    expect(sliding).toEqual([1, 'a', 2, 'ab', 3, 'abc', 8, 'd', 9, 'de', 10, 'def'])
  })
})

describe('a graceful stop', () => {
  test('shows what windows hold and have not shown', async () => {
    const { ssc, clock } = bench()
    const seen: string[] = []
    const letters = ssc.queueStream([['a'], ['b'], ['c'], ['never taken']])
    letters.window(2000, 2000).foreachBatch((all) => void seen.push(all.join('')))
    await ssc.start()
    for (let i = 0; i < 3; i++) await clock.tick()
    await clock.idle()
    await ssc.stop()
    expect(seen).toEqual(['ab', 'c'])
  })

  test('runs no further batch when windows have shown everything', async () => {
    const { ssc, clock } = bench()
    const seen: string[] = []
    ssc
      .queueStream([['a'], ['b']])
      .window(2000, 2000)
      .foreachBatch((all) => void seen.push(all.join('')))
    await ssc.start()
    for (let i = 0; i < 3; i++) await clock.tick()
    await clock.idle()
    await ssc.stop()
    expect(seen).toEqual(['ab'])
  })
})
