// A channel whose puts and takes are counted. A decorator, so that no channel has to count.
import type { Channel, Taken } from '../component.ts'
import type { CounterGroup } from '../metrics/counters.ts'

export function countedChannel(channel: Channel, counters: CounterGroup): Channel {
  addGauges(channel, counters)
  return {
    transactionCapacity: channel.transactionCapacity,
    ...(channel.capacity === undefined ? {} : { capacity: channel.capacity }),
    ...(channel.drainMs === undefined ? {} : { drainMs: channel.drainMs }),
    depth: () => channel.depth(),
    async start() {
      await channel.start?.()
      counters.startTime = Date.now()
    },
    async stop() {
      await channel.stop?.()
      counters.stopTime = Date.now()
    },
    put(batch, signal) {
      counters.add('EventPutAttemptCount', batch.length)
      return channel.put(batch, signal).then(() => counters.add('EventPutSuccessCount', batch.length))
    },
    async take(max, signal): Promise<Taken> {
      const taken = await channel.take(max, signal)
      counters.add('EventTakeAttemptCount', Math.max(1, taken.batch.length))
      return {
        batch: taken.batch,
        rollback: () => taken.rollback(),
        async commit() {
          await taken.commit()
          counters.add('EventTakeSuccessCount', taken.batch.length)
        },
      }
    },
  }
}

function addGauges(channel: Channel, counters: CounterGroup): void {
  const capacity = channel.capacity ?? 0
  const size = () => channel.depth() ?? 0
  counters.gauges.set('ChannelSize', size)
  counters.gauges.set('ChannelCapacity', () => capacity)
  // A capacity of 0 gives Java's largest double, as Flume's MBean does.
  counters.gauges.set('ChannelFillPercentage', () => (capacity === 0 ? Number.MAX_VALUE : (size() / capacity) * 100))
}
