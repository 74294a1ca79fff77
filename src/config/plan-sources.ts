// The sources of an agent, with their interceptors and selectors. A source that names some unknown channels keeps the
// known ones, as in Flume; here it is told about.
import { checkBatchSize } from './batch-size.ts'
import { type Listed, listed, planTyped } from './plan-listed.ts'
import type { Planned, PlannedSource } from './planned.ts'
import { keyed, type Place, type Reader } from './read-options.ts'
import { type AgentSettings, below, type ComponentSettings, wordsOf } from './settings.ts'

type Channels = readonly Planned<'channel'>[]

const COMMON = ['type', 'channels', 'selector', 'interceptors', 'config']

export function planSources(
  agent: string,
  found: AgentSettings,
  channels: Channels,
  reader: Reader,
): readonly PlannedSource[] {
  const sources = listed('sources', agent, found, reader).map((one) => planSource(one, channels, reader))
  return sources.filter((source) => source !== undefined)
}

function planSource(one: Listed, channels: Channels, reader: Reader): PlannedSource | undefined {
  const { settings, place } = one
  const planned = planTyped('source', one, reader, COMMON)
  const own = channelsOf(settings, place, channels, reader)
  const interceptors = interceptorsOf(settings, place, reader)
  const selector = selectorOf(settings, place, reader)
  if (!planned || own.length === 0 || !interceptors || !selector) return undefined
  if (!own.every((channel) => checkBatchSize(planned, channel, place, reader))) return undefined
  return { ...planned, channels: own.map((channel) => channel.name), interceptors, selector }
}

function channelsOf(settings: ComponentSettings, place: Place, channels: Channels, reader: Reader): Channels {
  const key = `${place.prefix}.channels`
  const property = settings.get('channels')
  if (property === undefined) {
    reader.report('missing-channel', keyed(place, key), `${key} is missing.`)
    return []
  }
  const names = [...new Set(wordsOf(property))]
  const own = channels.filter((channel) => names.includes(channel.name))
  const usable = channels.map((channel) => channel.name).join(' ') || 'none'
  for (const name of names) {
    if (own.some((channel) => channel.name === name)) continue
    const at = { ...place, near: property }
    const message = `${key} names ${name}, which is no usable channel (usable: ${usable}).`
    if (own.length > 0) reader.warn('unknown-channel', keyed(at, key), `${message} Ignored.`)
    else reader.report('unknown-channel', keyed(at, key), message)
  }
  return own
}

function interceptorsOf(
  settings: ComponentSettings,
  place: Place,
  reader: Reader,
): readonly Planned<'interceptor'>[] | undefined {
  const interceptors: Planned<'interceptor'>[] = []
  const names = wordsOf(settings.get('interceptors'))
  for (const name of names) {
    const own = below(settings, `interceptors.${name}`)
    const prefix = `${place.prefix}.interceptors.${name}`
    const type = own.get('type')
    const at = { ...place, prefix, near: type ?? settings.get('interceptors') }
    if (type === undefined) {
      reader.report('missing-type', keyed(at, `${prefix}.type`), `${prefix}.type is missing.`)
      continue
    }
    const definition = reader.definition('interceptor', type.value.trim(), `${prefix}.type`, at)
    const planned = definition && reader.component(definition, own, { ...at, name }, ['type'])
    if (planned) interceptors.push(planned)
  }
  return interceptors.length === names.length ? interceptors : undefined
}

function selectorOf(settings: ComponentSettings, place: Place, reader: Reader): Planned<'selector'> | undefined {
  const own = below(settings, 'selector')
  const property = own.get('type') ?? settings.get('selector')
  const prefix = `${place.prefix}.selector`
  const at = { ...place, prefix, near: property ?? place.near }
  const definition = reader.definition('selector', own.get('type')?.value.trim() ?? 'replicating', `${prefix}.type`, at)
  return definition && reader.component(definition, own, at, ['type'])
}
