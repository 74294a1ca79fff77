// The sources that exist: type, Java class names, and where the definition is.
import type { Listing } from '../component.ts'

export const sources: readonly Listing[] = [
  {
    type: 'avro',
    aliases: ['org.apache.flume.source.AvroSource'],
    load: async () => (await import('./avro.ts')).avroSource,
  },
  {
    type: 'exec',
    aliases: ['org.apache.flume.source.ExecSource'],
    load: async () => (await import('./exec.ts')).execSource,
  },
  {
    type: 'http',
    aliases: ['org.apache.flume.source.http.HTTPSource'],
    load: async () => (await import('./http.ts')).httpSource,
  },
  {
    type: 'netcat',
    aliases: ['org.apache.flume.source.NetcatSource'],
    load: async () => (await import('./netcat.ts')).netcatSource,
  },
  {
    type: 'seq',
    aliases: ['org.apache.flume.source.SequenceGeneratorSource'],
    load: async () => (await import('./seq.ts')).seqSource,
  },
  {
    type: 'spooldir',
    aliases: ['org.apache.flume.source.SpoolDirectorySource'],
    load: async () => (await import('./spooldir.ts')).spooldirSource,
  },
]
