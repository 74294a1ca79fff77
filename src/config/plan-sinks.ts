// The sinks of an agent.
import { checkBatchSize } from './batch-size.ts'
import { placeOf, settingsFor } from './place.ts'
import type { Planned, PlannedSink } from './planned.ts'
import { keyed, type Place, type Reader } from './read-options.ts'
import { type AgentSettings, type ComponentSettings, wordsOf } from './settings.ts'

type Channels = readonly Planned<'channel'>[]

export function planSinks(
  agent: string,
  found: AgentSettings,
  channels: Channels,
  reader: Reader,
): readonly PlannedSink[] {
  const sinks: PlannedSink[] = []
  for (const name of new Set(wordsOf(found.lists.get('sinks')))) {
    const place = placeOf(agent, found, 'sinks', name)
    const settings = settingsFor(found, 'sinks', name)
    if (settings === undefined) {
      reader.report('missing-settings', keyed(place, place.prefix), `${place.prefix} is listed, but has no settings.`)
      continue
    }
    const sink = planSink(settings, place, channels, reader)
    if (sink) sinks.push(sink)
  }
  return sinks
}

function planSink(
  settings: ComponentSettings,
  place: Place,
  channels: Channels,
  reader: Reader,
): PlannedSink | undefined {
  const type = settings.get('type')
  const key = `${place.prefix}.type`
  if (type === undefined) {
    reader.report('missing-type', keyed(place, key), `${key} is missing.`)
    return undefined
  }
  const definition = reader.definition('sink', type.value.trim(), key, { ...place, near: type })
  const planned = definition && reader.component(definition, settings, place, ['type', 'channel', 'config'])
  const channel = channelOf(settings, place, channels, reader)
  if (!planned || !channel || !checkBatchSize(planned, channel, place, reader)) return undefined
  return { ...planned, channel: channel.name }
}

function channelOf(
  settings: ComponentSettings,
  place: Place,
  channels: Channels,
  reader: Reader,
): Planned<'channel'> | undefined {
  const key = `${place.prefix}.channel`
  const property = settings.get('channel')
  if (property === undefined) {
    const hint = settings.has('channels') ? 'A sink has one channel: the key is channel, not channels.' : undefined
    reader.report('missing-channel', keyed(place, key), `${key} is missing.`, hint)
    return undefined
  }
  const name = property.value.trim()
  const channel = channels.find((known) => known.name === name)
  if (channel) return channel
  const usable = channels.map((known) => known.name).join(' ') || 'none'
  const message = `${key} names ${name}, which is no usable channel (usable: ${usable}).`
  reader.report('unknown-channel', keyed({ ...place, near: property }, key), message)
  return undefined
}
