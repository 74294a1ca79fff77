// Loads the definitions of all types that an agent's settings name, so that planning itself stays pure.
import type { Definition } from '../component.ts'
import type { Kind } from '../kinds.ts'
import { Definitions } from '../registry.ts'
import { type AgentSettings, below, type ComponentSettings, wordsOf } from './settings.ts'

const NONE: ComponentSettings = new Map()
const DEFAULT_TYPE: Partial<Record<Kind, string>> = { selector: 'replicating', processor: 'default' }

/** `extra` are definitions that no index lists. */
export async function loadDefinitions(
  agent: AgentSettings | undefined,
  extra: readonly Definition[] = [],
): Promise<Definitions> {
  const definitions = new Definitions()
  for (const definition of extra) definitions.add(definition)
  for (const [kind, settings] of typedSettings(agent)) await loadOne(definitions, kind, settings)
  return definitions
}

/** Everything that has a `type` key, with its kind; selector and processor at least once, for their defaults. */
function* typedSettings(agent: AgentSettings | undefined): Generator<readonly [Kind, ComponentSettings]> {
  yield ['selector', NONE]
  yield ['processor', NONE]
  for (const settings of agent?.components.get('channels')?.values() ?? []) yield ['channel', settings]
  for (const settings of agent?.components.get('sinks')?.values() ?? []) yield ['sink', settings]
  for (const settings of agent?.components.get('sinkgroups')?.values() ?? []) {
    yield ['processor', below(settings, 'processor')]
  }
  for (const settings of agent?.components.get('sources')?.values() ?? []) {
    yield ['source', settings]
    yield ['selector', below(settings, 'selector')]
    for (const name of wordsOf(settings.get('interceptors')))
      yield ['interceptor', below(settings, `interceptors.${name}`)]
  }
}

async function loadOne(definitions: Definitions, kind: Kind, settings: ComponentSettings): Promise<void> {
  const type = settings.get('type')?.value.trim() ?? DEFAULT_TYPE[kind]
  const definition = type === undefined ? undefined : await definitions.load(kind, type)
  for (const [name, option] of Object.entries(definition?.options ?? {})) {
    if (!option.component) continue
    const inner = settings.get(name)?.value.trim() ?? option.defaultText
    if (inner !== undefined) await definitions.load(option.component, inner)
  }
}
