import { describe, expect, test } from '@jest/globals'
import { batchOf } from '../../src/batch.ts'
import { createEvent } from '../../src/event.ts'
import { type Event, FlumeUtils } from '../../src/streaming/index.ts'
import { eventually } from '../support/eventually.ts'
import { bench } from './manual-clock.ts'
import { batch, cleanUps, gate, outcomes, receiving, senderTo, textOf } from './receiving.ts'

describe('events of senders', () => {
  test('become elements with headers and body, in the next batch', async () => {
    const seen: Event[][] = []
    const { clock, sender } = await receiving((stream) => stream.foreachBatch((events) => void seen.push(events)))
    const one = await sender()
    await one.send(batchOf([createEvent('Hello', { host: 'web1' }), createEvent(Buffer.from([0, 255]))]))
    await one.send(batch('World'), 'append')
    expect(seen).toEqual([])
    await clock.tick()
    await clock.idle()
    await one.send(batch('again'))
    await clock.tick()
    await clock.idle()
    expect(seen).toEqual([
      [
        { headers: new Map([['host', 'web1']]), body: Buffer.from('Hello') },
        { headers: new Map(), body: Buffer.from([0, 255]) },
        { headers: new Map(), body: Buffer.from('World') },
      ],
      [{ headers: new Map(), body: Buffer.from('again') }],
    ])
  })

  test('are printed as in the lectures', async () => {
    const { clock, sender, output } = await receiving((stream) => {
      stream.map(textOf).pprint()
      stream.pprint()
    })
    await (await sender()).send(batch('Hello', 'Streaming'))
    await clock.tick()
    await clock.idle()
    const head = `${'-'.repeat(43)}\nTime: 2026-11-24 16:00:01\n${'-'.repeat(43)}\n`
    expect(output.text()).toBe(`${head}Hello\nStreaming\n\n${head}({}, 'Hello')\n({}, 'Streaming')\n\n`)
  })

  test('are decoded by a function that is given', async () => {
    const { ssc, clock } = bench()
    const numbers = FlumeUtils.createStream(ssc, 'localhost', 0, { decode: async (event) => Number(textOf(event)) })
    const seen: number[][] = []
    numbers.reduce((a, b) => a + b).foreachBatch((sums) => void seen.push(sums))
    await ssc.start()
    cleanUps.push(() => ssc.stop({ graceful: false }))
    const one = await senderTo(numbers.port)
    await one.send(batch('1', '2'))
    await one.send(batch('39'))
    await clock.tick()
    await clock.idle()
    expect(seen).toEqual([[42]])
  })

  test('of many senders come together, each in order', async () => {
    const seen: string[] = []
    const { ssc, sender } = await receiving((stream) =>
      stream.map(textOf).foreachBatch((all) => void seen.push(...all)),
    )
    const senders = await Promise.all(['a', 'b', 'c'].map(async (name) => ({ name, one: await sender() })))
    await Promise.all(
      senders.flatMap(({ name, one }) => Array.from({ length: 20 }, (_, i) => one.send(batch(`${name}${i}`, name)))),
    )
    await ssc.stop()
    for (const { name } of senders) {
      const own = seen.filter((text) => text.startsWith(name))
      expect(own).toEqual(Array.from({ length: 20 }, (_, i) => [`${name}${i}`, name]).flat())
    }
    expect(seen.length).toBe(120)
  })

  test('a sender that starts first gets through once the context has started', async () => {
    const { ssc } = bench()
    const probe = FlumeUtils.createStream(ssc, 'localhost', 0)
    probe.pprint()
    await ssc.start()
    const port = probe.port ?? 0
    await ssc.stop()
    await expect(senderTo(port)).rejects.toThrow('RPC connection error')

    const late = bench()
    const seen: string[] = []
    FlumeUtils.createStream(late.ssc, 'localhost', port)
      .map(textOf)
      .foreachBatch((all) => void seen.push(...all))
    const sent = eventually(async () => {
      const one = await senderTo(port)
      await one.send(batch('patience'))
      return true
    }, 'a connection')
    await late.ssc.start()
    await sent
    await late.ssc.stop()
    expect(seen).toEqual(['patience'])
  })
})

describe('when processing falls behind', () => {
  test('senders wait for their answer, and memory stays bounded', async () => {
    const slow = gate()
    const sizes: number[] = []
    const { clock, sender } = await receiving(
      (stream) =>
        stream.foreachBatch(async (events) => {
          sizes.push(events.length)
          await slow.opened
        }),
      { maxPendingEvents: 2 },
    )
    const senders = [await sender(), await sender(), await sender(), await sender()]
    const send = (i: number) => senders[i]?.send(batch(`event ${i}`)) ?? Promise.reject()
    const log = outcomes(send(0))
    await eventually(() => log.length === 1, 'the first answer')
    await clock.tick()
    await eventually(() => sizes.length === 1, 'a batch at work')
    // One event is being processed, one more may be stored; the third sender waits, and so does whoever comes later.
    const second = outcomes(send(1))
    await eventually(() => second.length === 1, 'the second answer')
    const others = outcomes(send(2), send(3))
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(others).toEqual([])
    slow.open()
    await eventually(() => others.length === 1, 'the third answer')
    expect(others).toEqual(['1 OK'])
    await clock.tick()
    await eventually(() => others.length === 2, 'the fourth answer')
    await clock.tick()
    await clock.idle()
    expect(sizes).toEqual([1, 2, 1])
  })

  test('the bound can be in bytes', async () => {
    const { clock, sender } = await receiving((stream) => stream.pprint(), { maxPendingBytes: 2500 })
    const one = await sender()
    const body = 'x'.repeat(1000)
    const log = outcomes(one.send(batch(body)), one.send(batch(body)), one.send(batch(body)))
    await eventually(() => log.length === 2, 'two answers')
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(log).toEqual(['1 OK', '2 OK'])
    await clock.tick()
    await eventually(() => log.length === 3, 'the third answer')
  })
})
