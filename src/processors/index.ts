// The sink processors that exist: type, Java class names, and where the definition is.
import type { Listing } from '../component.ts'

export const processors: readonly Listing[] = [
  {
    type: 'default',
    aliases: ['org.apache.flume.sink.DefaultSinkProcessor'],
    load: async () => (await import('./default.ts')).defaultProcessor,
  },
]
