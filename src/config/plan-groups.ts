// Sink groups. A sink belongs to one group at most; one that belongs to none works alone, under the default processor.
import { placeOf, settingsFor } from './place.ts'
import type { PlannedGroup, PlannedSink } from './planned.ts'
import { keyed, type Place, type Reader } from './read-options.ts'
import { type AgentSettings, below, type ComponentSettings, wordsOf } from './settings.ts'

export function planGroups(
  agent: string,
  found: AgentSettings,
  sinks: readonly PlannedSink[],
  reader: Reader,
): readonly PlannedGroup[] {
  const owner = new Map<string, string>()
  const groups: PlannedGroup[] = []
  for (const name of new Set(wordsOf(found.lists.get('sinkgroups')))) {
    const place = { ...placeOf(agent, found, 'sinkgroups', name), title: `sink group ${name}` }
    const settings = settingsFor(found, 'sinkgroups', name)
    const group = settings && planGroup(settings, place, { sinks, owner }, reader)
    if (!settings) reader.report('missing-settings', keyed(place, place.prefix), `${place.prefix} has no settings.`)
    if (!group) continue
    for (const sink of group.sinks) owner.set(sink, name)
    groups.push(group)
  }
  for (const sink of sinks) if (!owner.has(sink.name)) groups.push(alone(agent, sink, reader))
  return groups.filter((group) => group.sinks.length > 0)
}

function planGroup(
  settings: ComponentSettings,
  place: Place,
  known: { readonly sinks: readonly PlannedSink[]; readonly owner: ReadonlyMap<string, string> },
  reader: Reader,
): PlannedGroup | undefined {
  const key = `${place.prefix}.sinks`
  const at = { ...place, near: settings.get('sinks') ?? place.near }
  const members: string[] = []
  for (const sink of new Set(wordsOf(settings.get('sinks')))) {
    const other = known.owner.get(sink)
    if (!known.sinks.some((planned) => planned.name === sink)) {
      reader.warn(
        'group-member',
        keyed(at, key),
        `${key} names ${sink}, which is no usable sink. It is left out of the group.`,
      )
    } else if (other !== undefined) {
      reader.warn('group-member', keyed(at, key), `${key} names ${sink}, which is in group ${other} already. Ignored.`)
    } else members.push(sink)
  }
  if (members.length === 0) {
    reader.report('group-member', keyed(at, key), `${key} names no usable sink; its sinks, if any, work alone.`)
    return undefined
  }
  const own = below(settings, 'processor')
  const prefix = `${place.prefix}.processor`
  const type = own.get('type')?.value.trim() ?? 'default'
  const definition = reader.definition('processor', type, `${prefix}.type`, { ...place, near: own.get('type') })
  const processor = definition && reader.component(definition, own, { ...place, prefix }, ['type'])
  return processor && { name: place.name, sinks: members, processor }
}

function alone(agent: string, sink: PlannedSink, reader: Reader): PlannedGroup {
  const place = { prefix: `${agent}.sinks.${sink.name}`, title: `sink ${sink.name}`, name: sink.name, near: undefined }
  const definition = reader.definition('processor', 'default', '', place)
  const processor = definition && reader.component(definition, new Map(), place)
  if (!processor) throw new Error('the default sink processor is not loaded')
  return { name: sink.name, sinks: [sink.name], processor }
}
