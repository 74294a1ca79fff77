import { describe, expect, test } from '@jest/globals'
import { FlumeUtils } from '../../src/streaming/index.ts'
import { eventually } from '../support/eventually.ts'
import { bench } from './manual-clock.ts'
import { batch, gate, outcomes, receiving, senderTo, textOf } from './receiving.ts'

describe('a graceful stop', () => {
  test('processes all that was answered, refuses those that wait, and accepts nothing more', async () => {
    const slow = gate()
    const seen: string[] = []
    const { ssc, clock, log, sender, stream } = await receiving(
      (stream) =>
        stream.map(textOf).foreachBatch(async (all) => {
          if (seen.length === 0) await slow.opened
          seen.push(...all)
        }),
      { maxPendingEvents: 3 },
    )
    const one = await sender()
    await one.send(batch('1'))
    await clock.tick()
    const answered = outcomes(one.send(batch('2')), one.send(batch('3')), one.send(batch('4')), one.send(batch('5')))
    await eventually(() => answered.length === 2, 'two answers')
    const stopped = ssc.stop()
    await eventually(() => answered.length === 4, 'the other answers')
    expect(answered).toEqual(['1 OK', '2 OK', '3 FAILED', '4 FAILED'])
    await expect(senderTo(stream.port)).rejects.toThrow('RPC connection error')
    slow.open()
    await stopped
    expect(seen).toEqual(['1', '2', '3'])
    expect(await ssc.awaitTermination()).toBe(true)
    expect(log.lines).toEqual([])
  })

  test('does not wait for senders that stay connected', async () => {
    const { ssc, sender } = await receiving((stream) => stream.pprint())
    const one = await sender()
    await one.send(batch('1'))
    const start = performance.now()
    await ssc.stop()
    expect(performance.now() - start).toBeLessThan(2000)
    await eventually(() => !one.open, 'the connection closed')
  })
})

describe('a stop that is not graceful', () => {
  test('says how many events that were answered are lost', async () => {
    const { ssc, sender, stream, output, log } = await receiving((stream) => stream.pprint())
    await (await sender()).send(batch('1', '2'))
    await ssc.stop({ graceful: false })
    expect(output.text()).toBe('')
    expect(log.lines).toEqual([
      `ERROR 2 events accepted on localhost:${stream.port} were not processed: 0 in the batch at work, 2 waiting for one.`,
    ])
  })
})

describe('an error in a function', () => {
  test('ends the context, refuses senders that wait, and says what was answered and not processed', async () => {
    const slow = gate()
    const { ssc, clock, log, sender, stream } = await receiving(
      (stream) =>
        stream.foreachBatch(async () => {
          await slow.opened
          throw new Error('no disk left')
        }),
      { maxPendingEvents: 3 },
    )
    const one = await sender()
    await one.send(batch('1', '2'))
    await clock.tick()
    await one.send(batch('3'))
    const waiting = outcomes(one.send(batch('4')))
    slow.open()
    await expect(ssc.awaitTermination()).rejects.toThrow('no disk left')
    await eventually(() => waiting.length === 1, 'the answer')
    expect(waiting).toEqual(['1 FAILED'])
    await expect(senderTo(stream.port)).rejects.toThrow('RPC connection error')
    expect(log.lines).toEqual([
      'ERROR The streaming context was stopped by an error: no disk left',
      `ERROR 3 events accepted on localhost:${stream.port} were not processed: 2 in the batch at work, 1 waiting for one.`,
    ])
  })

  test('of decode does the same', async () => {
    const { ssc, clock, log } = bench()
    const stream = FlumeUtils.createStream(ssc, 'localhost', 0, {
      decode: ({ body }) => JSON.parse(textOf({ body, headers: new Map() })) as unknown,
    })
    stream.pprint()
    await ssc.start()
    const one = await senderTo(stream.port)
    await one.send(batch('{"a":1}', 'no JSON'))
    await clock.tick()
    await expect(ssc.awaitTermination()).rejects.toThrow(SyntaxError)
    expect(log.lines[1]).toContain(
      `2 events accepted on localhost:${stream.port} were not processed: 2 in the batch at work`,
    )
  })
})

describe('a start that fails', () => {
  test('says that the port is in use, leaves nothing behind, and can be tried again', async () => {
    const first = await receiving((stream) => stream.pprint())
    const port = first.stream.port ?? 0
    const { ssc, log } = bench()
    const seen: string[] = []
    const free = FlumeUtils.createStream(ssc, 'localhost', 0)
    free.pprint()
    const taken = FlumeUtils.createStream(ssc, 'localhost', port)
    taken.map(textOf).foreachBatch((all) => void seen.push(...all))
    await expect(ssc.start()).rejects.toThrow(`Cannot listen on localhost:${port}: the port is in use.`)
    await expect(senderTo(free.port)).rejects.toThrow('RPC connection error')
    await first.ssc.stop()
    await ssc.start()
    const one = await senderTo(port)
    await one.send(batch('second try'))
    await ssc.stop()
    expect(seen).toEqual(['second try'])
    expect(log.lines).toEqual([])
  })

  test('says that the host is not known', async () => {
    const { ssc } = bench()
    FlumeUtils.createStream(ssc, 'no.such.host.invalid', 0).pprint()
    await expect(ssc.start()).rejects.toThrow(/^Cannot listen on no\.such\.host\.invalid:0: /)
  })

  test('when a stream is received that no output uses', async () => {
    const { ssc } = bench()
    FlumeUtils.createStream(ssc, 'localhost', 4444)
    ssc.queueStream([[1]]).pprint()
    await expect(ssc.start()).rejects.toThrow(
      'No output uses the stream of localhost:4444, so its elements would be lost.',
    )
  })

  test.each([
    ['a port that is none', 70_000, {}, '70000 is not a port.'],
    ['a bound of nothing', 4444, { maxPendingEvents: 0 }, 'maxPendingEvents must be above 0, not 0.'],
  ])('before it begins: %s', (_what, port, options, message) => {
    expect(() => FlumeUtils.createStream(bench().ssc, 'localhost', port, options)).toThrow(message)
  })
})
