// The sinks that exist: type, Java class names, and where the definition is.
import type { Listing } from '../component.ts'

export const sinks: readonly Listing[] = [
  {
    type: 'avro',
    aliases: ['org.apache.flume.sink.AvroSink'],
    load: async () => (await import('./avro.ts')).avroSink,
  },
  {
    type: 'file_roll',
    aliases: ['org.apache.flume.sink.RollingFileSink'],
    load: async () => (await import('./file_roll.ts')).fileRollSink,
  },
  {
    type: 'http',
    aliases: ['org.apache.flume.sink.http.HttpSink'],
    load: async () => (await import('./http.ts')).httpSink,
  },
  {
    type: 'logger',
    aliases: ['org.apache.flume.sink.LoggerSink'],
    load: async () => (await import('./logger.ts')).loggerSink,
  },
  {
    type: 'null',
    aliases: ['org.apache.flume.sink.NullSink'],
    load: async () => (await import('./null.ts')).nullSink,
  },
]
