// The whole way of a configuration for one agent: files -> properties -> settings -> plan.
import { applyFilters } from './filters.ts'
import type { World } from './interpolate.ts'
import { loadDefinitions } from './load-definitions.ts'
import { planAgent } from './plan.ts'
import type { Planning } from './planned.ts'
import type { Problem } from './problem.ts'
import type { Properties, TextProblem } from './properties.ts'
import { settingsOf } from './settings.ts'
import { loadConfiguration } from './source.ts'

/** Rejects with ConfigurationError when a file cannot be read; everything else becomes a problem of the planning. */
export async function planFiles(files: readonly string[], agent: string, world: World): Promise<Planning> {
  const { properties, problems } = await loadConfiguration(files, world)
  return planProperties(properties, agent, world, problems)
}

export async function planProperties(
  properties: Properties,
  agent: string,
  world: World,
  found: readonly TextProblem[] = [],
): Promise<Planning> {
  const filtered = await applyFilters(properties, agent, world)
  const settings = settingsOf(filtered.properties)
  const definitions = await loadDefinitions(settings.agents.get(agent))
  const { plan, problems } = planAgent(settings, agent, definitions, filtered.secrets)
  return { plan, problems: [...[...found, ...filtered.problems].map(asProblem), ...problems] }
}

function asProblem({ severity, file, line, key = '', message, hint }: TextProblem): Problem {
  return { severity, code: 'malformed-text', file, line, key, message, hint }
}
