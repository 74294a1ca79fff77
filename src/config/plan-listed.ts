// What sources, sinks and channels have in common: a list of names, settings for each, a type that must exist.
import type { Definition } from '../component.ts'
import type { Kind } from '../kinds.ts'
import { type PlacedKind, placeOf, settingsFor } from './place.ts'
import type { Planned } from './planned.ts'
import { keyed, type Place, type Reader } from './read-options.ts'
import { type AgentSettings, type ComponentSettings, wordsOf } from './settings.ts'

export interface Listed {
  readonly settings: ComponentSettings
  readonly place: Place
}

/** The components that a list names, each once; one without any settings is a problem. */
export function listed(kind: PlacedKind, agent: string, found: AgentSettings, reader: Reader): readonly Listed[] {
  const all: Listed[] = []
  for (const name of new Set(wordsOf(found.lists.get(kind)))) {
    const place = placeOf(agent, found, kind, name)
    const settings = settingsFor(found, kind, name)
    if (settings) all.push({ settings, place })
    else reader.report('missing-settings', place, `${place.prefix} is listed, but has no settings.`)
  }
  return all
}

/** The component of the type that its settings name; `common` are the keys that belong to the runtime. */
export function planTyped<K extends Kind>(
  kind: K,
  { settings, place }: Listed,
  reader: Reader,
  common: readonly string[],
): Planned<K> | undefined {
  const type = settings.get('type')
  const at = keyed({ ...place, near: type ?? place.near }, `${place.prefix}.type`)
  if (type === undefined) {
    reader.report('missing-type', at, `${at.key} is missing.`)
    return undefined
  }
  const definition: Definition<K> | undefined = reader.definition(kind, type.value.trim(), `${place.prefix}.type`, at)
  return definition && reader.component(definition, settings, place, common)
}
