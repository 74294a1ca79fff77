import { describe, expect, test } from '@jest/globals'
import { createDeliver, type Delivery } from '../../src/agent/deliver.ts'
import { batchOf } from '../../src/batch.ts'
import type { Channel, Selector } from '../../src/component.ts'
import { ChannelError, ChannelFullError } from '../../src/errors.ts'
import { createEvent } from '../../src/event.ts'
import { bodies } from '../channels/contract.ts'
import { contextFor } from '../support/context.ts'

/** A channel that remembers what was put, or refuses. */
function recordingChannel(refuse?: Error) {
  const texts: string[] = []
  const channel: Channel = {
    transactionCapacity: 100,
    put: async (batch) => {
      if (refuse) throw refuse
      texts.push(...[...batch].map((event) => `${event.body}${JSON.stringify([...event.headers])}`))
    },
    take: () => Promise.reject(new Error('nobody takes')),
    depth: () => undefined,
  }
  return { channel, texts }
}

const everywhere = (required: string[], optional: string[] = []): Selector => ({
  constant: { required, optional },
  route: () => ({ required, optional }),
})

function setUp(parts: Partial<Delivery> & { channels: Delivery['channels'] }) {
  const { counters, log } = contextFor('source', 'r1')
  const names = [...parts.channels.keys()]
  const deliver = createDeliver({ interceptors: [], selector: everywhere(names), counters, log, ...parts })
  return { deliver, counters, log }
}

describe('delivering a batch', () => {
  test('puts it as it is when nobody looks into it, and counts it', async () => {
    const { channel, texts } = recordingChannel()
    const { deliver, counters } = setUp({ channels: new Map([['c1', channel]]) })
    await deliver(bodies('1', '2'))
    expect(texts).toEqual(['1[]', '2[]'])
    expect([counters.get('EventReceivedCount'), counters.get('EventAcceptedCount')]).toEqual([2, 2])
  })

  test('runs interceptors in order; one that gives nothing drops the event', async () => {
    const { channel, texts } = recordingChannel()
    const { deliver, counters } = setUp({
      channels: new Map([['c1', channel]]),
      interceptors: [
        { intercept: (event) => (event.body.toString() === 'drop' ? undefined : event) },
        {
          intercept: (event) => {
            event.headers.set('k', event.body.toString())
            return event
          },
        },
      ],
    })
    await deliver(batchOf([createEvent('a'), createEvent('drop'), createEvent('b', { old: '1' })]))
    expect(texts).toEqual(['a[["k","a"]]', 'b[["old","1"],["k","b"]]'])
    expect(counters.get('EventAcceptedCount')).toBe(3)
  })

  test('regroups events by their routes and keeps their order in each channel', async () => {
    const [one, two] = [recordingChannel(), recordingChannel()]
    const selector: Selector = {
      route: (event) => ({ required: Number(event.body) % 2 === 0 ? ['c1', 'c2'] : ['c2'], optional: [] }),
    }
    const channels = new Map([
      ['c1', one.channel],
      ['c2', two.channel],
    ])
    await setUp({ channels, selector }).deliver(bodies('1', '2', '3', '4'))
    expect(one.texts).toEqual(['2[]', '4[]'])
    expect(two.texts).toEqual(['1[]', '2[]', '3[]', '4[]'])
  })

  test('fails with what a required channel says, and counts nothing as accepted', async () => {
    const { channel } = recordingChannel(new ChannelFullError('full'))
    const { deliver, counters } = setUp({ channels: new Map([['c1', channel]]) })
    await expect(deliver(bodies('1'))).rejects.toBeInstanceOf(ChannelFullError)
    expect([counters.get('EventAcceptedCount'), counters.get('ChannelWriteFail')]).toEqual([0, 1])
  })

  test('makes a ChannelError of anything else that a required channel of several throws', async () => {
    const [one, two] = [recordingChannel(), recordingChannel(new TypeError('broken'))]
    const channels = new Map([
      ['c1', one.channel],
      ['c2', two.channel],
    ])
    const delivered = setUp({ channels }).deliver(bodies('1'))
    await expect(delivered).rejects.toBeInstanceOf(ChannelError)
    await expect(delivered).rejects.toThrow('Unable to put batch on required channel: c2')
    expect(one.texts).toEqual(['1[]'])
  })

  test('goes on when an optional channel refuses, and says so', async () => {
    const [one, two] = [recordingChannel(), recordingChannel(new ChannelFullError('full'))]
    const channels = new Map([
      ['c1', one.channel],
      ['c2', two.channel],
    ])
    const { deliver, log } = setUp({ channels, selector: everywhere(['c1'], ['c2']) })
    await deliver(bodies('1'))
    expect(one.texts).toEqual(['1[]'])
    expect(log.lines).toEqual(['ERROR Unable to put batch on optional channel: c2. full'])
  })
})
