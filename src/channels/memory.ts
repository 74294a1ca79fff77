// Keeps events in memory (Flume 1.11, MemoryChannel). Different on purpose: what sinks cannot deliver before a stop is
// kept on disk and delivered after the next start (memory-save.ts); a take gives what is there instead of waiting for a
// full batch; without byteCapacity one budget for the whole process is charged (memory-budget.ts).
import type { Batch } from '../batch.ts'
import { eachBody } from '../batch.ts'
import { type ChannelContext, defineChannel } from '../component.ts'
import { boolean, integer, long, string } from '../options/make.ts'
import { budgetOfProcess, heldBytes } from './memory-budget.ts'
import { MemoryChannel } from './memory-channel.ts'
import { SavedEvents } from './memory-save.ts'

const SLOT_BYTES = 100

export const memoryChannel = defineChannel({
  type: 'memory',
  aliases: ['org.apache.flume.channel.MemoryChannel'],
  summary: 'Keeps events in memory: the fastest channel; what it holds does not outlive a crash.',
  options: {
    capacity: integer({ default: 100, min: 1, onInvalid: 'default', doc: 'Events that fit.' }),
    transactionCapacity: integer({
      default: 100,
      min: 1,
      onInvalid: 'default',
      doc: 'Events that one transaction may hold; not more than capacity.',
    }),
    'keep-alive': integer({
      default: 3,
      min: 0,
      unit: 's',
      onInvalid: 'default',
      doc: 'How long a put waits for room, and a take for an event.',
    }),
    byteCapacity: long({
      min: 0,
      unit: 'bytes',
      onInvalid: 'default',
      defaultText: 'a budget for all channels of the process',
      doc: 'Limit for the sum of body bytes; 0 means none. Without it all that is held, headers included, is counted against a budget for the process: half of the memory that it may use.',
    }),
    byteCapacityBufferPercentage: integer({
      default: 20,
      min: 0,
      max: 100,
      unit: '%',
      onInvalid: 'default',
      doc: 'Part of byteCapacity that is reserved for headers.',
    }),
    drainTimeout: integer({
      default: 10,
      min: 0,
      unit: 's',
      doc: 'How long sinks may go on emptying the channel when the agent stops.',
    }),
    saveOnStop: boolean({
      default: true,
      doc: 'Keep on disk what could not be delivered before a stop, and deliver it after the next start of the same configuration.',
    }),
    saveDir: string({
      defaultText: '~/.flume/memory-channel',
      doc: 'Directory for what is kept on disk.',
    }),
  },
  check({ capacity, transactionCapacity }) {
    if (transactionCapacity <= capacity) return []
    const message = 'Transaction Capacity of Memory Channel cannot be higher than the capacity.'
    return [{ key: 'transactionCapacity', message, hint: `capacity is ${capacity}.` }]
  },
  transactionCapacity: (options) => options.transactionCapacity,
  create(options, context) {
    const { log, name } = context
    const saved = options.saveOnStop ? new SavedEvents(context, options.saveDir) : undefined
    return new MemoryChannel({
      capacity: options.capacity,
      transactionCapacity: options.transactionCapacity,
      keepAliveMs: options['keep-alive'] * 1000,
      drainMs: options.drainTimeout * 1000,
      bytes: byteLimit(options.byteCapacity, options.byteCapacityBufferPercentage, context),
      saved,
      onLost: (events) =>
        log.warn(
          `Memory channel ${name} held ${events} undelivered events, which are lost, because saveOnStop is false.`,
        ),
    })
  },
})

// Flume's arithmetic for an explicit byteCapacity: slots of 100 bytes of body, at least one for each event.
function byteLimit(byteCapacity: number | undefined, bufferPercentage: number, { name }: ChannelContext) {
  if (byteCapacity === undefined) {
    const budget = budgetOfProcess()
    const mebibytes = Math.floor(budget.limitBytes / 1048576)
    const refusal = `Memory channel ${name}: the events in memory have reached the budget of this process, ${mebibytes} MiB`
    return { budget, costOf: heldBytes, refusal: `${refusal}. The sinks may not be keeping up with the sources` }
  }
  const slots = Math.floor((byteCapacity * (1 - bufferPercentage / 100)) / SLOT_BYTES)
  if (slots < 1) return { costOf: () => 0, refusal: '' }
  return {
    slots,
    costOf: slotsOf,
    refusal: `Cannot commit transaction. Byte capacity allocated to store event body ${(slots * SLOT_BYTES).toFixed(1)}reached. Please increase heap space/byte capacity allocated to the channel as the sinks may not be keeping up with the sources`,
  }
}

function slotsOf(batch: Batch): number {
  let slots = 0
  eachBody(batch, (_, start, end) => {
    slots += Math.max(1, Math.ceil((end - start) / SLOT_BYTES))
  })
  return slots
}
