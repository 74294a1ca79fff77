// The channel selectors that exist: type, Java class names, and where the definition is.
import type { Listing } from '../component.ts'

export const selectors: readonly Listing[] = [
  {
    type: 'replicating',
    aliases: ['org.apache.flume.channel.ReplicatingChannelSelector'],
    load: async () => (await import('./replicating.ts')).replicatingSelector,
  },
]
