// The sinks of an agent.
import { checkBatchSize } from './batch-size.ts'
import { type Listed, listed, planTyped } from './plan-listed.ts'
import type { Planned, PlannedSink } from './planned.ts'
import { keyed, type Place, type Reader } from './read-options.ts'
import type { AgentSettings, ComponentSettings } from './settings.ts'

type Channels = readonly Planned<'channel'>[]

export function planSinks(
  agent: string,
  found: AgentSettings,
  channels: Channels,
  reader: Reader,
): readonly PlannedSink[] {
  const sinks = listed('sinks', agent, found, reader).map((one) => planSink(one, channels, reader))
  return sinks.filter((sink) => sink !== undefined)
}

function planSink(one: Listed, channels: Channels, reader: Reader): PlannedSink | undefined {
  const planned = planTyped('sink', one, reader, ['type', 'channel', 'config'])
  const channel = channelOf(one.settings, one.place, channels, reader)
  if (!planned || !channel || !checkBatchSize(planned, channel, one.place, reader)) return undefined
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
