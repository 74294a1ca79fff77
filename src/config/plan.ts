// Settings -> plan. Pure: it never throws for a user's mistake, creates nothing and reports every problem at once.
// What is valid and what is left out follows Flume 1.11 (FlumeConfiguration, AbstractConfigurationProvider): each broken
// component is left out and the rest goes on. Different on purpose: an unknown type leaves out only its component.
import type { Definitions } from '../registry.ts'
import { planChannels } from './plan-channels.ts'
import { planGroups } from './plan-groups.ts'
import { planSinks } from './plan-sinks.ts'
import { planSources } from './plan-sources.ts'
import type { Plan, Planned, PlannedSink, PlannedSource, Planning } from './planned.ts'
import type { Problem } from './problem.ts'
import { Reader } from './read-options.ts'
import { type AgentSettings, COMPONENT_KINDS, type Settings, wordsOf } from './settings.ts'

/** `secrets` are keys whose values must not be shown. */
export function planAgent(
  settings: Settings,
  agent: string,
  definitions: Definitions,
  secrets: ReadonlySet<string> = new Set(),
): Planning {
  const found = settings.agents.get(agent)
  if (!found) return { plan: undefined, problems: [...settings.problems, noAgent(settings, agent)] }
  const reader = new Reader(definitions, secrets)
  const undeclared = undeclaredComponents(agent, found)
  const channels = planChannels(agent, found, reader)
  const sources = planSources(agent, found, channels, reader)
  const sinks = planSinks(agent, found, channels, reader)
  const groups = planGroups(agent, found, sinks, reader)
  const used = connectedChannels(agent, found, { channels, sources, sinks }, reader)
  const plan: Plan = { agent, channels: used, sources, sinks, groups }
  const problems = [...settings.problems, ...undeclared, ...reader.problems]
  if (sources.length + sinks.length > 0 && used.length > 0) return { plan, problems }
  return { plan: undefined, problems: [...problems, nothingToRun(agent, found)] }
}

function undeclaredComponents(agent: string, found: AgentSettings): readonly Problem[] {
  const problems: Problem[] = []
  for (const kind of COMPONENT_KINDS) {
    const declared = new Set(wordsOf(found.lists.get(kind)))
    for (const [name, settings] of found.components.get(kind) ?? []) {
      if (declared.has(name)) continue
      const first = settings.values().next().value
      problems.push({
        severity: 'warning',
        code: 'undeclared-component',
        file: first?.file,
        line: first?.line,
        key: `${agent}.${kind}.${name}`,
        message: `${agent}.${kind}.${name} has settings, but ${agent}.${kind} does not list ${name}. Ignored.`,
      })
    }
  }
  return problems
}

function connectedChannels(
  agent: string,
  found: AgentSettings,
  all: Pick<Plan, 'channels' | 'sources' | 'sinks'>,
  reader: Reader,
): readonly Planned<'channel'>[] {
  const used = new Set([
    ...all.sources.flatMap((source: PlannedSource) => source.channels),
    ...all.sinks.map((sink: PlannedSink) => sink.channel),
  ])
  return all.channels.filter((channel) => {
    if (used.has(channel.name)) return true
    const prefix = `${agent}.channels.${channel.name}`
    const first = found.components.get('channels')?.get(channel.name)?.values().next().value
    reader.problems.push({
      severity: 'warning',
      code: 'dead-end',
      file: first?.file,
      line: first?.line,
      key: prefix,
      message: `${prefix} has no components connected and has been removed.`,
      leavesOut: `channel ${channel.name}`,
    })
    return false
  })
}

function noAgent(settings: Settings, agent: string): Problem {
  const names = [...settings.agents.keys()]
  const others = names.length === 0 ? 'no agent is defined at all' : `defined: ${names.join(', ')}`
  return {
    severity: 'error',
    code: 'empty-agent',
    key: agent,
    message: `No configuration found for agent ${agent}; ${others}.`,
  }
}

function nothingToRun(agent: string, found: AgentSettings): Problem {
  const why = found.lists.has('channels')
    ? 'no channel with a source or a sink is left'
    : `${agent}.channels is missing`
  return { severity: 'error', code: 'empty-agent', key: agent, message: `Agent ${agent} has nothing to run: ${why}.` }
}
