import { describe, expect, test } from '@jest/globals'
import { SinkLine } from '../../src/agent/sink-line.ts'
import type { Batch } from '../../src/batch.ts'
import { MemoryChannel } from '../../src/channels/memory-channel.ts'
import type { Outcome, Sink } from '../../src/component.ts'
import { bodies, takeTexts } from '../channels/contract.ts'
import { contextFor } from '../support/context.ts'
import { eventually } from '../support/eventually.ts'

interface Write {
  readonly texts: string[]
  resolve(outcome?: Outcome): void
  reject(error: Error): void
}

/** A sink whose writes end when the test says so. */
function manualSink(batchSize: number, inFlight = 1) {
  const writes: Write[] = []
  const sink: Sink = {
    batchSize,
    inFlight,
    write: (batch: Batch) =>
      new Promise((resolve, reject) => {
        const texts = [...batch].map((event) => event.body.toString())
        writes.push({ texts, resolve: (outcome) => resolve(outcome), reject })
      }),
  }
  return { sink, writes }
}

async function lineOver(sink: Sink, ...texts: string[]) {
  const channel = new MemoryChannel({
    capacity: 100,
    transactionCapacity: 100,
    keepAliveMs: 20,
    drainMs: 0,
    bytes: { costOf: () => 0, refusal: '' },
  })
  await channel.start()
  await channel.put(bodies(...texts))
  const context = contextFor('sink', 'k1')
  const line = new SinkLine({ name: 'k1', sink, channel, counters: context.counters, log: context.log })
  const done = line.run()
  const stop = async () => {
    line.stop()
    await done
  }
  return { channel, line, stop, ...context }
}

describe('draining one write at a time', () => {
  test('commits what was written and goes on', async () => {
    const { sink, writes } = manualSink(2)
    const { channel, stop, counters } = await lineOver(sink, '1', '2', '3')
    await eventually(() => writes.length === 1)
    expect(channel.depth()).toBe(3)
    writes[0]?.resolve()
    await eventually(() => writes.length === 2)
    writes[1]?.resolve()
    await eventually(() => channel.depth() === 0)
    expect(writes.map((write) => write.texts)).toEqual([['1', '2'], ['3']])
    expect(counters.get('EventDrainSuccessCount')).toBe(3)
    expect(counters.get('BatchCompleteCount')).toBe(1)
    expect(counters.get('BatchUnderflowCount')).toBe(1)
    await stop()
  })

  test('puts back what was not written, says why once, and tries again in the same order', async () => {
    const { sink, writes } = manualSink(2)
    const { line, stop, log } = await lineOver(sink, '1', '2', '3')
    for (let i = 0; i < 3; i++) {
      await eventually(() => writes.length === i + 1)
      expect(writes[i]?.texts).toEqual(['1', '2'])
      writes[i]?.reject(new Error('connection refused'))
      await eventually(() => line.failures === i + 1)
      expect(line.failing).toBe(true)
      line.retryNow()
    }
    expect(log.lines.filter((text) => text.includes('connection refused'))).toHaveLength(1)
    await eventually(() => writes.length === 4)
    writes[3]?.resolve()
    await eventually(() => !line.failing)
    expect(log.lines.at(-1)).toBe('INFO Sink k1 delivers again.')
    await eventually(() => writes.length === 5)
    writes[4]?.resolve()
    await stop()
  })

  test('keeps events that the sink wants kept, and counts only what it says', async () => {
    const { sink, writes } = manualSink(1)
    const { channel, line, stop, counters } = await lineOver(sink, '1')
    await eventually(() => writes.length === 1)
    writes[0]?.resolve({ keep: true, rest: true })
    await eventually(() => counters.get('EventDrainAttemptCount') === 1)
    expect(channel.depth()).toBe(1)
    await eventually(() => {
      line.retryNow()
      return writes.length === 2
    })
    writes[1]?.resolve({ counted: false })
    await eventually(() => channel.depth() === 0)
    expect(counters.get('EventDrainSuccessCount')).toBe(0)
    await stop()
  })

  test('takes nothing while the sink cannot connect', async () => {
    let connected = false
    const { sink, writes } = manualSink(5)
    const connect = async () => {
      if (!connected) throw new Error('no route')
    }
    const { channel, line, stop } = await lineOver({ ...sink, connect, write: (batch) => sink.write(batch) }, '1')
    await eventually(() => line.failures > 0)
    expect(await takeTexts(channel, 1)).toEqual(['1'])
    await channel.put(bodies('2'))
    connected = true
    line.retryNow()
    await eventually(() => writes.length === 1)
    writes[0]?.resolve()
    await stop()
  })
})

describe('draining with several writes in flight', () => {
  test('has no more than that many under way, and commits in order', async () => {
    const { sink, writes } = manualSink(1, 3)
    const { channel, stop } = await lineOver(sink, '1', '2', '3', '4', '5')
    await eventually(() => writes.length === 3)
    writes[1]?.resolve()
    writes[2]?.resolve()
    await new Promise((resolve) => setImmediate(resolve))
    expect(channel.depth()).toBe(5)
    writes[0]?.resolve()
    await eventually(() => channel.depth() === 2)
    await eventually(() => writes.length === 5)
    writes[3]?.resolve()
    writes[4]?.resolve()
    await eventually(() => channel.depth() === 0)
    await stop()
  })

  test('puts a failed write and all behind it back in their old order', async () => {
    const { sink, writes } = manualSink(1, 3)
    const { channel, line, stop } = await lineOver(sink, '1', '2', '3', '4')
    await eventually(() => writes.length === 3)
    writes[0]?.resolve()
    writes[1]?.reject(new Error('cut'))
    await eventually(() => channel.depth() === 3)
    line.stop()
    writes[2]?.resolve()
    await stop()
    expect(await takeTexts(channel, 10)).toEqual(['2', '3', '4'])
  })

  test('puts everything back when it is stopped while nothing is answered and the sink then gives up', async () => {
    const { sink, writes } = manualSink(1, 2)
    const { channel, line, stop } = await lineOver(sink, '1', '2', '3')
    await eventually(() => writes.length === 2)
    line.stop()
    for (const write of writes) write.reject(new Error('stopped'))
    await stop()
    expect(await takeTexts(channel, 10)).toEqual(['1', '2', '3'])
  })
})
