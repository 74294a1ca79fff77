// An embedded agent's properties, checked and turned into those of an ordinary agent (Flume 1.11,
// EmbeddedAgentConfiguration):
//
//   source.x     -> <name>.sources.source-<name>.x          channel.x -> <name>.channels.channel-<name>.x
//   <sink>.x     -> <name>.sinks.<sink>.x                   processor.x -> <name>.sinkgroups.sink-group-<name>.processor.x
//
import type { Properties, Property } from '../config/properties.ts'
import { ConfigurationError } from '../errors.ts'

export const EMBEDDED_SOURCE_CLASS = 'org.apache.flume.agent.embedded.EmbeddedSource'

const ALLOWED: Readonly<Record<'source' | 'channel' | 'sink' | 'processor', readonly string[]>> = {
  source: ['embedded', EMBEDDED_SOURCE_CLASS],
  channel: ['memory', 'file', 'org.apache.flume.channel.MemoryChannel', 'org.apache.flume.channel.file.FileChannel'],
  sink: ['avro', 'org.apache.flume.sink.AvroSink'],
  processor: [
    'default',
    'failover',
    'load_balance',
    'org.apache.flume.sink.DefaultSinkProcessor',
    'org.apache.flume.sink.FailoverSinkProcessor',
    'org.apache.flume.sink.LoadBalancingSinkProcessor',
  ],
}
const RESERVED = ['source', 'channel', 'processor']

/** Throws ConfigurationError with Flume's texts. */
export function agentProperties(agentName: string, given: ReadonlyMap<string, string>): Properties {
  const name = agentName.replace(/\s+/g, '')
  const sinks = required(given, 'sinks').split(/\s+/)
  checkTypes(given, sinks)
  const all = new Map<string, Property>()
  const set = (key: string, value: string) => void all.set(key, { key, value, file: `embedded agent ${name}`, line: 0 })
  const [source, channel, group] = [`source-${name}`, `channel-${name}`, `sink-group-${name}`]
  set(`${name}.sources`, source)
  set(`${name}.channels`, channel)
  set(`${name}.sinks`, sinks.join(' '))
  set(`${name}.sinkgroups`, group)
  set(`${name}.sinkgroups.${group}.sinks`, sinks.join(' '))
  set(`${name}.sources.${source}.type`, 'embedded')
  set(`${name}.sources.${source}.channels`, channel)
  for (const sink of sinks) set(`${name}.sinks.${sink}.channel`, channel)
  for (const [key, value] of given) {
    if (key === 'sinks' || key === 'source.type') continue
    const [first = '', ...rest] = key.split('.')
    const prefix = prefixOf(first, { source, channel, group, sinks })
    if (prefix === undefined || rest.length === 0) throw new ConfigurationError(`Unknown configuration ${key}`)
    set(`${name}.${prefix}.${rest.join('.')}`, value)
  }
  return all
}

interface Names {
  readonly source: string
  readonly channel: string
  readonly group: string
  readonly sinks: readonly string[]
}

function prefixOf(word: string, { source, channel, group, sinks }: Names): string | undefined {
  if (word === 'source') return `sources.${source}`
  if (word === 'channel') return `channels.${channel}`
  if (word === 'processor') return `sinkgroups.${group}.processor`
  return sinks.includes(word) ? `sinks.${word}` : undefined
}

function checkTypes(given: ReadonlyMap<string, string>, sinks: readonly string[]): void {
  checkType('source', given.get('source.type') ?? 'embedded')
  checkType('channel', required(given, 'channel.type'))
  checkType('processor', required(given, 'processor.type'))
  for (const sink of sinks) {
    if (RESERVED.includes(sink.toLowerCase())) {
      const reserved = RESERVED.join(', ')
      throw new ConfigurationError(`Sink name ${sink} is one of the disallowed sink names: [${reserved}]`)
    }
    checkType('sink', required(given, `${sink}.type`))
  }
}

function checkType(kind: keyof typeof ALLOWED, type: string): void {
  const wanted = type.trim().toLowerCase()
  if (ALLOWED[kind].some((allowed) => allowed.toLowerCase() === wanted)) return
  throw new ConfigurationError(`Component type of ${type} is not in allowed types of [${ALLOWED[kind].join(', ')}]`)
}

function required(given: ReadonlyMap<string, string>, key: string): string {
  const value = given.get(key)?.trim()
  if (!value) throw new ConfigurationError(`Required parameter not found ${key}`)
  return value
}
