// The channels that exist: type, Java class names, and where the definition is.
import type { Listing } from '../component.ts'

export const channels: readonly Listing[] = [
  {
    type: 'memory',
    aliases: ['org.apache.flume.channel.MemoryChannel'],
    load: async () => (await import('./memory.ts')).memoryChannel,
  },
  {
    type: 'org.apache.flume.channel.PseudoTxnMemoryChannel',
    aliases: [],
    load: async () => (await import('./pseudo-txn-memory.ts')).pseudoTxnMemoryChannel,
  },
]
