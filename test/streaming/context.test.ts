import { describe, expect, test } from '@jest/globals'
import { StreamingContext } from '../../src/streaming/index.ts'
import { eventually } from '../support/eventually.ts'
import { bench, collect, FOUR_O_CLOCK_MS, timed } from './manual-clock.ts'

const secondsOf = (time: Date) => (time.getTime() - FOUR_O_CLOCK_MS) / 1000

describe('batches', () => {
  test('come at multiples of the interval, the first one after the start', async () => {
    const { ssc, clock } = bench()
    const seen: [number, number[]][] = []
    ssc.queueStream([[1], [2]]).foreachBatch((elements, time) => void seen.push([secondsOf(time), elements]))
    clock.pass(300)
    await ssc.start()
    clock.pass(699)
    await clock.idle()
    expect(seen).toEqual([])
    clock.pass(1)
    await clock.idle()
    clock.pass(1000)
    await clock.idle()
    await ssc.stop()
    expect(seen).toEqual([
      [1, [1]],
      [2, [2]],
    ])
  })

  test('that take longer than the interval are followed at once by one for all that time', async () => {
    const { ssc, clock } = bench()
    const seen: number[] = []
    const delays = [0, 2500, 200, 0, 0]
    ssc.queueStream([[1]]).foreachBatch((_, time) => {
      seen.push(secondsOf(time))
      clock.pass(delays.shift() ?? 0)
    })
    await ssc.start()
    for (let i = 0; i < 4; i++) await clock.tick()
    await clock.idle()
    await ssc.stop()
    expect(seen).toEqual([1, 2, 4, 5, 6])
  })

  test('have times that go on when the clock of the machine is set back', async () => {
    const { ssc, clock } = bench()
    const seen: number[] = []
    ssc.queueStream([[1]]).foreachBatch((_, time) => {
      seen.push(secondsOf(time))
      if (seen.length === 2) clock.nowMs -= 3_600_000
    })
    await ssc.start()
    for (let i = 0; i < 4; i++) await clock.tick()
    await clock.idle()
    await ssc.stop()
    expect(seen).toEqual([1, 2, 3, 4])
  })

  test('compute a stream once, however many use it, and run outputs in the order of definition', async () => {
    const { ssc, clock } = bench()
    const calls: string[] = []
    const shared = ssc.queueStream([['a', 'b']]).map((text) => {
      calls.push(`map ${text}`)
      return text
    })
    shared.foreachBatch(async (all) => {
      await new Promise((resolve) => setImmediate(resolve))
      calls.push(`first ${all.join('')}`)
    })
    shared.union(shared).foreachBatch((all) => void calls.push(`second ${all.join('')}`))
    await ssc.start()
    await clock.tick()
    await clock.idle()
    await ssc.stop()
    expect(calls).toEqual(['map a', 'map b', 'first ab', 'second abab'])
  })

  test('give every function an array of its own', async () => {
    const { ssc, clock } = bench()
    const seen: string[] = []
    const letters = ssc.queueStream([['b', 'a']])
    letters.foreachBatch((all) => void seen.push(all.sort().join('')))
    letters.foreachBatch((all) => void seen.push(all.join('')))
    await ssc.start()
    await clock.tick()
    await clock.idle()
    await ssc.stop()
    expect(seen).toEqual(['ab', 'ba'])
  })

  test('let the event loop breathe while a synchronous function works long', async () => {
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    await collect(1, (ssc) =>
      ssc.queueStream([Array.from({ length: 20 }, (_, i) => i)]).map((n) => {
        const end = performance.now() + 10
        while (performance.now() < end);
        return n
      }),
    )
    clearInterval(timer)
    expect(turns).toBeGreaterThan(4)
  })
})

describe('a queue stream', () => {
  test('gives one array per batch, then its default', async () => {
    expect(await collect(3, (ssc) => ssc.queueStream([[1], [2]], { default: [0, 0] }))).toEqual([[1], [2], [0, 0]])
  })

  test('gives everything at once when told so', async () => {
    expect(await timed(2, (ssc) => ssc.queueStream([[1], [2]], { oneAtATime: false }))).toEqual([
      [1, [1, 2]],
      [2, []],
    ])
  })
})

describe('an error in a function', () => {
  test.each([
    [
      'map',
      (ssc: StreamingContext, error: unknown) =>
        ssc
          .queueStream([[1]])
          .map(() => Promise.reject(error))
          .pprint(),
    ],
    [
      'foreachBatch',
      (ssc: StreamingContext, error: unknown) =>
        ssc.queueStream([[1]]).foreachBatch(() => {
          throw error
        }),
    ],
    [
      'transform',
      (ssc: StreamingContext, error: unknown) =>
        ssc
          .queueStream([[1]])
          .transform(() => {
            throw error
          })
          .pprint(),
    ],
  ])('of %s ends the context with that very error', async (_name, define) => {
    const { ssc, clock, log } = bench()
    const error = new Error('no disk left')
    define(ssc, error)
    await ssc.start()
    const ended = ssc.awaitTermination()
    await clock.tick()
    await expect(ended).rejects.toBe(error)
    await expect(ssc.awaitTermination(1)).rejects.toBe(error)
    expect(log.lines).toEqual(['ERROR The streaming context was stopped by an error: no disk left'])
    await ssc.stop()
    await expect(ssc.start()).rejects.toThrow('A context that was stopped cannot be started again.')
  })

  test('keeps later outputs of the batch from running', async () => {
    const { ssc, clock } = bench()
    const numbers = ssc.queueStream([[1]])
    let ran = false
    numbers.foreachBatch(() => Promise.reject(new Error('first')))
    numbers.foreachBatch(() => {
      ran = true
    })
    await ssc.start()
    await clock.tick()
    await expect(ssc.awaitTermination()).rejects.toThrow('first')
    expect(ran).toBe(false)
  })
})

describe('a stop', () => {
  test('lets the batch at work end, and is safe twice', async () => {
    const { ssc, clock } = bench()
    let release = () => {}
    let entered = false
    let finished = false
    ssc.queueStream([[1]]).foreachBatch(async () => {
      entered = true
      await new Promise<void>((resolve) => {
        release = resolve
      })
      finished = true
    })
    await ssc.start()
    await clock.tick()
    await eventually(() => entered)
    const stops = [ssc.stop(), ssc.stop()]
    release()
    await Promise.all(stops)
    expect(finished).toBe(true)
    expect(await ssc.awaitTermination()).toBe(true)
    await ssc.stop()
  })

  test('that is not graceful does not wait for a function that hangs, even after a graceful one', async () => {
    const { ssc, clock } = bench()
    let entered = false
    const numbers = ssc.queueStream([[1]])
    let second = false
    let release = () => {}
    numbers.foreachBatch(() => {
      entered = true
      return new Promise<void>((resolve) => {
        release = resolve
      })
    })
    numbers.foreachBatch(() => {
      second = true
    })
    await ssc.start()
    await clock.tick()
    await eventually(() => entered)
    const graceful = ssc.stop()
    await ssc.stop({ graceful: false })
    await graceful
    expect(await ssc.awaitTermination()).toBe(true)
    release()
    await new Promise((resolve) => setImmediate(resolve))
    expect(second).toBe(false)
  })

  test('before the start ends the context', async () => {
    const { ssc } = bench()
    ssc.queueStream([[1]]).pprint()
    await ssc.stop()
    expect(await ssc.awaitTermination()).toBe(true)
    await expect(ssc.start()).rejects.toThrow('A context that was stopped cannot be started again.')
  })

  test('can be asked for by a function of a batch', async () => {
    const { ssc, clock } = bench()
    ssc.queueStream([[1]]).foreachBatch(() => void ssc.stop())
    await ssc.start()
    await clock.tick()
    expect(await ssc.awaitTermination()).toBe(true)
  })
})

describe('awaitTermination', () => {
  test('resolves with false when its time has passed', async () => {
    const { ssc, clock } = bench()
    ssc.queueStream([[1]]).pprint()
    await ssc.start()
    const waited = ssc.awaitTermination(1500)
    await clock.tick()
    await clock.tick()
    expect(await waited).toBe(false)
    await ssc.stop()
    expect(await ssc.awaitTermination(0)).toBe(true)
  })
})

describe('what cannot be run is refused', () => {
  test('a context without outputs', async () => {
    const { ssc } = bench()
    ssc.queueStream([[1]]).map((n) => n)
    await expect(ssc.start()).rejects.toThrow('There is nothing to run: no stream has an output such as pprint')
  })

  test('a second start, and definitions after the first', async () => {
    const { ssc } = bench()
    const numbers = ssc.queueStream([[1]])
    numbers.pprint()
    await ssc.start()
    await expect(ssc.start()).rejects.toThrow('The context has been started already.')
    const late = 'Streams and outputs must be defined before the context is started.'
    expect(() => numbers.map((n) => n)).toThrow(late)
    expect(() => numbers.pprint()).toThrow(late)
    expect(() => ssc.queueStream([[1]])).toThrow(late)
    await ssc.stop()
  })

  test.each([0, -1, 0.5, Number.NaN, 2 ** 31])('an interval of %d ms', (batchDurationMs) => {
    expect(() => new StreamingContext({ batchDurationMs })).toThrow(
      'batchDurationMs must be a whole number of ms from 1',
    )
  })
})

test('the clock of the machine drives a context when none is given', async () => {
  const ssc = new StreamingContext({ batchDurationMs: 20 })
  const times: number[] = []
  ssc.queueStream([[1]]).foreachBatch((_, time) => void times.push(time.getTime()))
  const start = Date.now()
  await ssc.start()
  await eventually(() => times.length >= 3)
  await ssc.stop()
  expect(times.every((time) => time % 20 === 0 && time > start)).toBe(true)
  expect([...times].sort()).toEqual(times)
  expect(Date.now() - start).toBeGreaterThanOrEqual(40)
})
