// The event serializers that exist: type, Java class names, and where the definition is.
import type { Listing } from '../component.ts'

export const serializers: readonly Listing[] = [
  {
    type: 'text',
    aliases: ['org.apache.flume.serialization.BodyTextEventSerializer$Builder'],
    load: async () => (await import('./text.ts')).textSerializer,
  },
  {
    type: 'header_and_text',
    aliases: ['org.apache.flume.serialization.HeaderAndBodyTextEventSerializer$Builder'],
    load: async () => (await import('./header_and_text.ts')).headerAndTextSerializer,
  },
  {
    type: 'avro_event',
    aliases: ['org.apache.flume.serialization.FlumeEventAvroEventSerializer$Builder'],
    load: async () => (await import('./avro_event.ts')).avroEventSerializer,
  },
]
