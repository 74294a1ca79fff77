// Loads the definitions of all types that an agent's settings name, so that planning itself stays pure.
import type { Definition } from '../component.ts'
import type { Kind } from '../kinds.ts'
import { Definitions } from '../registry.ts'
import { type AgentSettings, below, type ComponentSettings, wordsOf } from './settings.ts'

/** `extra` are definitions that no index lists. */
export async function loadDefinitions(
  agent: AgentSettings | undefined,
  extra: readonly Definition[] = [],
): Promise<Definitions> {
  const definitions = new Definitions()
  for (const definition of extra) definitions.add(definition)
  const load = (kind: Kind, settings: ComponentSettings) => loadOne(definitions, kind, settings)
  const work: Promise<void>[] = [load('selector', NONE), load('processor', NONE)]
  for (const settings of agent?.components.get('channels')?.values() ?? []) work.push(load('channel', settings))
  for (const settings of agent?.components.get('sinks')?.values() ?? []) work.push(load('sink', settings))
  for (const settings of agent?.components.get('sinkgroups')?.values() ?? []) {
    work.push(load('processor', below(settings, 'processor')))
  }
  for (const settings of agent?.components.get('sources')?.values() ?? []) {
    work.push(load('source', settings), load('selector', below(settings, 'selector')))
    for (const name of wordsOf(settings.get('interceptors'))) {
      work.push(load('interceptor', below(settings, `interceptors.${name}`)))
    }
  }
  await Promise.all(work)
  return definitions
}

const NONE: ComponentSettings = new Map()
const DEFAULT_TYPE: Partial<Record<Kind, string>> = { selector: 'replicating', processor: 'default' }

async function loadOne(definitions: Definitions, kind: Kind, settings: ComponentSettings): Promise<void> {
  const type = settings.get('type')?.value.trim() ?? DEFAULT_TYPE[kind]
  const definition = type === undefined ? undefined : await definitions.load(kind, type)
  for (const [name, option] of Object.entries(definition?.options ?? {})) {
    if (!option.component) continue
    const inner = settings.get(name)?.value.trim() ?? option.defaultText
    if (inner !== undefined) await definitions.load(option.component, inner)
  }
}
