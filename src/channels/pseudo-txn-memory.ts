// Flume's PseudoTxnMemoryChannel (Flume 1.11, class name only, for tests): a memory channel whose take is final at once,
// so a rollback loses what was taken. Kept as it is, because that is what a test that names it wants to see.
import { type Channel, defineChannel, type Taken } from '../component.ts'
import { integer } from '../options/make.ts'
import { MemoryChannel } from './memory-channel.ts'

const DONE = Promise.resolve()

export const pseudoTxnMemoryChannel = defineChannel({
  type: 'org.apache.flume.channel.PseudoTxnMemoryChannel',
  aliases: [],
  summary: 'Keeps events in memory without real transactions; for tests only.',
  options: {
    capacity: integer({ default: 50, min: 1, doc: 'Events that fit.' }),
    'keep-alive': integer({
      default: 3,
      min: 0,
      unit: 's',
      doc: 'How long a put waits for room, and a take for an event.',
    }),
  },
  create({ capacity, 'keep-alive': keepAlive }): Channel {
    const channel = new MemoryChannel({
      capacity,
      transactionCapacity: capacity,
      keepAliveMs: keepAlive * 1000,
      drainMs: 0,
      bytes: { costOf: () => 0, refusal: '' },
    })
    return {
      transactionCapacity: capacity,
      capacity,
      start: () => channel.start(),
      stop: () => channel.stop(),
      depth: () => channel.depth(),
      put: (batch) => channel.put(batch),
      async take(max, signal): Promise<Taken> {
        const { batch, commit } = await channel.take(max, signal)
        await commit()
        return { batch, commit: () => DONE, rollback: () => DONE }
      },
    }
  },
})
