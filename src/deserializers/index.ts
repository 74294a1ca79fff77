// The event deserializers that exist: type, Java class names, and where the definition is.
import type { Listing } from '../component.ts'

export const deserializers: readonly Listing[] = [
  {
    type: 'line',
    aliases: ['org.apache.flume.serialization.LineDeserializer$Builder'],
    load: async () => (await import('./line.ts')).lineDeserializer,
  },
  {
    type: 'avro',
    aliases: ['org.apache.flume.serialization.AvroEventDeserializer$Builder'],
    load: async () => (await import('./avro.ts')).avroDeserializer,
  },
  {
    type: 'BlobDeserializer',
    aliases: ['org.apache.flume.sink.solr.morphline.BlobDeserializer$Builder'],
    load: async () => (await import('./blob.ts')).blobDeserializer,
  },
]
