// Sorts properties by agent, kind and component name (Flume 1.11, FlumeConfiguration): `<agent>.<list> = names` and
// `<agent>.<kind>.<name>.<key> = value`. Keys and values are trimmed; what does not fit this grammar is a warning and
// otherwise harmless, because Flume users keep helper keys in their files.
import type { Problem } from './problem.ts'
import type { Properties, Property } from './properties.ts'

/** The properties of one component: key within the component -> property. */
export type ComponentSettings = ReadonlyMap<string, Property>

export const COMPONENT_KINDS = ['sources', 'channels', 'sinks', 'sinkgroups', 'configfilters'] as const
export type ComponentKind = (typeof COMPONENT_KINDS)[number]

export interface AgentSettings {
  /** The list keys, such as `a1.sources`. */
  readonly lists: ReadonlyMap<ComponentKind, Property>
  readonly components: ReadonlyMap<ComponentKind, ReadonlyMap<string, ComponentSettings>>
}

export interface Settings {
  readonly agents: ReadonlyMap<string, AgentSettings>
  readonly problems: readonly Problem[]
}

interface Growing {
  readonly lists: Map<ComponentKind, Property>
  readonly components: Map<ComponentKind, Map<string, Map<string, Property>>>
}

export function settingsOf(properties: Properties): Settings {
  const agents = new Map<string, Growing>()
  const problems: Problem[] = []
  for (const property of properties.values()) {
    const complaint = place(agents, property)
    if (complaint) problems.push(warning(property, complaint))
    problems.push(...differingDuplicates(property))
  }
  return { agents, problems }
}

// Puts a property where it belongs, or tells why it is ignored.
function place(agents: Map<string, Growing>, property: Property): string | undefined {
  const key = property.key.trim()
  if (property.value.trim() === '') return `${key} has no value. Ignored.`
  const dot = key.indexOf('.')
  if (dot < 0) return `${key} has no dot, so it belongs to no agent. Ignored, but \${${key}} may refer to it.`
  const agentName = key.slice(0, dot).trim()
  const rest = key.slice(dot + 1).trim()
  if (agentName === '' || rest === '') return `${key} names ${agentName === '' ? 'no agent' : 'no setting'}. Ignored.`
  const kind = COMPONENT_KINDS.find((word) => rest === word || rest.startsWith(`${word}.`))
  if (kind === undefined) {
    return `${key} is none of ${agentName}.sources, .channels, .sinks, .sinkgroups, .configfilters. Ignored.`
  }
  const agent = growing(agents, agentName)
  if (rest === kind) agent.lists.set(kind, property)
  else return placeInComponent(agent, kind, rest.slice(kind.length + 1), property)
  return undefined
}

function placeInComponent(agent: Growing, kind: ComponentKind, rest: string, property: Property): string | undefined {
  const dot = rest.indexOf('.')
  const name = rest.slice(0, dot).trim()
  const key = rest.slice(dot + 1).trim()
  if (dot < 0 || name === '' || key === '') return `${property.key} names no setting of a component. Ignored.`
  const ofKind = agent.components.get(kind) ?? new Map<string, Map<string, Property>>()
  agent.components.set(kind, ofKind)
  const component = ofKind.get(name) ?? new Map<string, Property>()
  ofKind.set(name, component)
  component.set(key, property)
  return undefined
}

function growing(agents: Map<string, Growing>, name: string): Growing {
  const known = agents.get(name)
  if (known) return known
  const agent: Growing = { lists: new Map(), components: new Map() }
  agents.set(name, agent)
  return agent
}

function differingDuplicates(property: Property): readonly Problem[] {
  const other = property.shadowed?.find((earlier) => earlier.file === property.file && earlier.value !== property.value)
  if (!other) return []
  return [
    {
      severity: 'warning',
      code: 'duplicate-key',
      file: property.file,
      line: property.line,
      key: property.key,
      message: `${property.key} is set before in line ${other.line} to something else. The last one counts.`,
    },
  ]
}

function warning(property: Property, message: string): Problem {
  return {
    severity: 'warning',
    code: 'malformed-key',
    file: property.file,
    line: property.line,
    key: property.key,
    message,
  }
}

/** The words of a list property; Flume splits at white space. */
export function wordsOf(property: Property | undefined): readonly string[] {
  return property === undefined ? [] : property.value.split(/\s+/).filter((word) => word !== '')
}

/** The settings whose keys begin with `prefix` and a dot, without that beginning. */
export function below(settings: ComponentSettings, prefix: string): ComponentSettings {
  const found = new Map<string, Property>()
  for (const [key, property] of settings) {
    if (key.startsWith(`${prefix}.`) && key.length > prefix.length + 1)
      found.set(key.slice(prefix.length + 1), property)
  }
  return found
}
