import { describe, expect, test } from '@jest/globals'
import { bench, collect, timed } from './manual-clock.ts'

const later = <T>(value: T) => new Promise<T>((resolve) => setImmediate(() => resolve(value)))
const add = (a: number, b: number) => a + b

describe('element by element', () => {
  test('map changes every element', async () => {
    const seen = await collect(2, (ssc) => ssc.queueStream([[1, 2], [3]]).map((n) => n * 10))
    expect(seen).toEqual([[10, 20], [30]])
  })

  test('map takes an asynchronous function and keeps the order, one element after the other', async () => {
    let running = 0
    let most = 0
    const seen = await collect(1, (ssc) =>
      ssc.queueStream([[3, 1, 2]]).map(async (n) => {
        most = Math.max(most, ++running)
        await later(undefined)
        running--
        return `n${n}`
      }),
    )
    expect(seen).toEqual([['n3', 'n1', 'n2']])
    expect(most).toBe(1)
  })

  test('flatMap gives all elements of what the function gives, whatever can be iterated', async () => {
    const seen = await collect(1, (ssc) => ssc.queueStream([['a b', '', 'c']]).flatMap((line) => line.split(' ')))
    expect(seen).toEqual([['a', 'b', '', 'c']])
    const sets = await collect(1, (ssc) => ssc.queueStream([[2, 0]]).flatMap((n) => later(new Set([n, n + 1]))))
    expect(sets).toEqual([[2, 3, 0, 1]])
  })

  test('filter keeps what the function wants, synchronously or not', async () => {
    const seen = await collect(1, (ssc) => ssc.queueStream([[1, 2, 3, 4]]).filter((n) => n % 2 === 0))
    expect(seen).toEqual([[2, 4]])
    const async = await collect(1, (ssc) => ssc.queueStream([[1, 2, 3, 4]]).filter((n) => later(n > 2)))
    expect(async).toEqual([[3, 4]])
  })

  test('filter narrows the type with a type guard', async () => {
    const seen = await collect(1, (ssc) =>
      ssc
        .queueStream([['a', undefined, 'b']])
        .filter((text) => text !== undefined)
        .map((text) => text.toUpperCase()),
    )
    expect(seen).toEqual([['A', 'B']])
  })
})

describe('batch by batch', () => {
  test('count gives one number per batch, 0 for an empty one', async () => {
    expect(await collect(3, (ssc) => ssc.queueStream([['a', 'b'], []]).count())).toEqual([[2], [0], [0]])
  })

  test('countByValue counts equal elements, arrays and objects by what they hold', async () => {
    const seen = await collect(2, (ssc) => ssc.queueStream([['x', 'y', 'x'], ['y']]).countByValue())
    expect(seen).toEqual([
      [
        ['x', 2],
        ['y', 1],
      ],
      [['y', 1]],
    ])
    const objects = await collect(1, (ssc) =>
      ssc
        .queueStream([
          [
            { a: 1, b: [2] },
            { b: [2], a: 1 },
          ],
        ])
        .countByValue(),
    )
    expect(objects).toEqual([[[{ a: 1, b: [2] }, 2]]])
  })

  test('reduce merges a batch from left to right and gives nothing for an empty one', async () => {
    const seen = await collect(3, (ssc) => ssc.queueStream([['a', 'b', 'c'], [], ['d']]).reduce((a, b) => a + b))
    expect(seen).toEqual([['abc'], [], ['d']])
    const async = await collect(1, (ssc) => ssc.queueStream([[1, 2, 3]]).reduce(async (a, b) => later(a + b)))
    expect(async).toEqual([[6]])
  })

  test('union puts the other stream behind this one', async () => {
    const seen = await collect(2, (ssc) => ssc.queueStream([[1], [2]]).union(ssc.queueStream([['a'], []])))
    expect(seen).toEqual([[1, 'a'], [2]])
  })

  test('transform works on whole batches, with their time, and may change its array', async () => {
    const seen = await timed(2, (ssc) => {
      const numbers = ssc.queueStream([[3, 1, 2], [5]])
      const sorted = numbers.transform((all, time) => [...all.sort(), time.getSeconds()])
      return sorted.union(numbers)
    })
    expect(seen).toEqual([
      [1, [1, 2, 3, 1, 3, 1, 2]],
      [2, [5, 2, 5]],
    ])
    const async = await collect(1, (ssc) => ssc.queueStream([[1, 2]]).transform((all) => Promise.all(all.map(later))))
    expect(async).toEqual([[1, 2]])
  })
})

describe('pairs', () => {
  test('the word count of the lectures', async () => {
    const seen = await collect(2, (ssc) =>
      ssc
        .queueStream([['to be or', 'not to be'], ['be']])
        .flatMap((line) => line.split(' '))
        .map((word) => [word, 1])
        .reduceByKey((a, b) => a + b),
    )
    expect(seen).toEqual([
      [
        ['to', 2],
        ['be', 2],
        ['or', 1],
        ['not', 1],
      ],
      [['be', 1]],
    ])
  })

  test('reduceByKey takes an asynchronous function and compares keys by value', async () => {
    const seen = await collect(1, (ssc) =>
      ssc
        .queueStream([['web GET', 'web GET', 'db GET']])
        .map((line) => [line.split(' '), 1])
        .reduceByKey((a, b) => later(a + b)),
    )
    expect(seen).toEqual([
      [
        [['web', 'GET'], 2],
        [['db', 'GET'], 1],
      ],
    ])
  })

  test('pairs within pairs keep their types: an average', async () => {
    const seen = await collect(1, (ssc) =>
      ssc
        .queueStream([['aa', 'b', 'aaaa']])
        .map((word) => [word.charAt(0), [word.length, 1]])
        .reduceByKey((a, b) => [a[0] + b[0], a[1] + b[1]])
        .mapValues(([sum, count]) => sum / count),
    )
    expect(seen).toEqual([
      [
        ['a', 3],
        ['b', 1],
      ],
    ])
  })

  test('mapValues leaves keys alone', async () => {
    const pairs = [[['a', 1]]] as [string, number][][]
    expect(await collect(1, (ssc) => ssc.queueStream(pairs).mapValues(async (n) => `<${n}>`))).toEqual([[['a', '<1>']]])
  })

  test('groupByKey gathers the values of a key', async () => {
    const seen = await collect(1, (ssc) =>
      ssc
        .queueStream([['ax', 'by', 'az']])
        .map((t) => [t[0], t[1]])
        .groupByKey(),
    )
    expect(seen).toEqual([
      [
        ['a', ['x', 'z']],
        ['b', ['y']],
      ],
    ])
  })

  const left = [
    [
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ],
  ] as [string, number][][]
  const right = [
    [
      ['a', 'x'],
      ['c', 'y'],
      ['a', 'z'],
    ],
  ] as [string, string][][]

  test('join pairs every value of a key with every value of the other stream', async () => {
    const seen = await collect(2, (ssc) => ssc.queueStream(left).join(ssc.queueStream(right)))
    expect(seen).toEqual([
      [
        ['a', [1, 'x']],
        ['a', [1, 'z']],
        ['a', [3, 'x']],
        ['a', [3, 'z']],
      ],
      [],
    ])
  })

  test('leftOuterJoin keeps what has no partner', async () => {
    const seen = await collect(1, (ssc) => ssc.queueStream(left).leftOuterJoin(ssc.queueStream(right)))
    expect(seen).toEqual([
      [
        ['a', [1, 'x']],
        ['a', [1, 'z']],
        ['b', [2, undefined]],
        ['a', [3, 'x']],
        ['a', [3, 'z']],
      ],
    ])
  })

  test('updateStateByKey carries states from batch to batch and forgets those that become undefined', async () => {
    const calls: string[] = []
    const seen = await collect(4, (ssc) =>
      ssc
        .queueStream([['a', 'a', 'b'], ['a'], [], ['b']])
        .map((key) => [key, 1])
        .updateStateByKey((values, state: number | undefined) => {
          calls.push(`${values.length}/${state}`)
          if (values.length === 0) return undefined
          return values.reduce(add, state ?? 0)
        }),
    )
    expect(seen).toEqual([
      [
        ['a', 2],
        ['b', 1],
      ],
      [['a', 3]],
      [],
      [['b', 1]],
    ])
    expect(calls).toEqual(['2/undefined', '1/undefined', '1/2', '0/1', '0/3', '1/undefined'])
  })

  test('updateStateByKey starts from initial states and takes an asynchronous function', async () => {
    const seen = await collect(1, (ssc) =>
      ssc
        .queueStream([['b']])
        .map((key) => [key, 1])
        .updateStateByKey(async (values, state: number | undefined) => later((state ?? 0) + values.length), [['a', 7]]),
    )
    expect(seen).toEqual([
      [
        ['a', 7],
        ['b', 1],
      ],
    ])
  })

  test('an element that is not a pair stops the context with a sentence', async () => {
    const { ssc, clock, log } = bench()
    const words = ssc.queueStream([['word']]) as unknown as ReturnType<typeof ssc.queueStream<[string, number]>>
    words.reduceByKey(add).pprint()
    await ssc.start()
    await clock.tick()
    await expect(ssc.awaitTermination()).rejects.toThrow(
      'need elements of the form [key, value]; one is of type string.',
    )
    expect(log.lines.join()).toContain('stopped by an error')
  })
})
