// Where a component of an agent stands in the file, for messages.
import type { Place } from './read-options.ts'
import type { AgentSettings, ComponentSettings } from './settings.ts'

export type PlacedKind = 'sources' | 'channels' | 'sinks' | 'sinkgroups'

/** The component's first line, or that of the list which names it. */
export function placeOf(agent: string, found: AgentSettings, kind: PlacedKind, name: string): Place {
  const first = settingsFor(found, kind, name)?.values().next().value ?? found.lists.get(kind)
  return { prefix: `${agent}.${kind}.${name}`, title: `${kind.slice(0, -1)} ${name}`, name, near: first }
}

export function settingsFor(found: AgentSettings, kind: PlacedKind, name: string): ComponentSettings | undefined {
  return found.components.get(kind)?.get(name)
}
