// Config filters (Flume 1.11, FlumeConfiguration and ConfigFilterFactory): `${f1['key']}` in the values of sources, channels,
// sinks and sink groups is replaced by what filter f1 of the agent has for the key. Types `env` and `external`; a
// reference without a value stays. Different on purpose: a value that came out of a filter is not filtered again, each
// key is asked for once, and what stays unresolved is a problem with its line.
import { TextDecoder } from 'node:util'
import { type Answer, askProcess } from './filter-external.ts'
import { environment, type World } from './lookups.ts'
import type { Properties, Property, TextProblem } from './properties.ts'
import { type AgentSettings, type ComponentSettings, settingsOf, wordsOf } from './settings.ts'

export interface Filtered {
  readonly properties: Properties
  readonly problems: TextProblem[]
  /** The keys whose values came out of a filter: never to be shown. */
  readonly secrets: ReadonlySet<string>
}

type Filter = (key: string) => Promise<Answer>
type FilterType = 'env' | 'external'

interface Reference {
  readonly property: Property
  readonly filter: string
  readonly key: string
}

const FILTERED_KINDS = ['sources', 'channels', 'sinks', 'sinkgroups'] as const
const REFERENCE = /\$\{([^{}[\]]+)\[(['"]?)([-\w]+)\2\]\}/g
const PROCESS_LIMIT_MS = 10_000
const AT_ONCE = 4

const TYPES: ReadonlyMap<string, FilterType> = new Map([
  ['env', 'env'],
  ['org.apache.flume.configfilter.environmentvariableconfigfilter', 'env'],
  ['external', 'external'],
  ['org.apache.flume.configfilter.externalprocessconfigfilter', 'external'],
])
const HADOOP = ['hadoop', 'org.apache.flume.configfilter.hadoopcredentialstoreconfigfilter']

/** Asks the filters of one agent. Never rejects for what the configuration or a filter's program does. */
export async function applyFilters(properties: Properties, agent: string, world: World): Promise<Filtered> {
  const found = settingsOf(properties).agents.get(agent)
  const problems: TextProblem[] = []
  const filters = found ? filtersOf(found, world, problems) : new Map<string, Filter>()
  if (!found || filters.size === 0) return { properties, problems, secrets: new Set() }
  const references = referencesIn(found, filters)
  const answers = await askAll(references, filters)
  const filtered = new Map(properties)
  const secrets = new Set<string>()
  for (const { property, filter, key } of references) {
    if (answers.get(nameOf(filter, key))?.value !== undefined) secrets.add(property.key)
    filtered.set(property.key, { ...property, value: replaced(property.value, answers) })
  }
  return { properties: filtered, problems: [...problems, ...remarksOn(references, answers)], secrets }
}

// What has no value is told for each property, other remarks once.
function remarksOn(references: readonly Reference[], answers: ReadonlyMap<string, Answer>): TextProblem[] {
  const problems = new Map<string, TextProblem>()
  for (const { property, filter, key } of references) {
    const name = nameOf(filter, key)
    const { value, remark, severity = 'warning' } = answers.get(name) ?? {}
    if (remark === undefined) continue
    const missing = value === undefined
    const id = missing ? `${name} ${property.key}` : name
    const message = `Config filter ${filter}, key ${key}: ${remark}`
    const rest = missing ? ` ${property.key} keeps the reference.` : ''
    if (!problems.has(id)) problems.set(id, problemAt(property, severity, message + rest))
  }
  return [...problems.values()]
}

function replaced(value: string, answers: ReadonlyMap<string, Answer>): string {
  return value.replace(REFERENCE, (whole, filter: string, _quote, key: string) => {
    return answers.get(nameOf(filter, key))?.value ?? whole
  })
}

function nameOf(filter: string, key: string): string {
  return `${filter}[${key}]`
}

function filtersOf(found: AgentSettings, world: World, problems: TextProblem[]): Map<string, Filter> {
  const filters = new Map<string, Filter>()
  const list = found.lists.get('configfilters')
  if (list === undefined) return filters
  for (const name of new Set(wordsOf(list))) {
    const settings = found.components.get('configfilters')?.get(name)
    const made = settings
      ? filterOf(name, settings, world)
      : problemAt(list, 'warning', `Configuration empty for: ${name}. Removed.`)
    if (typeof made === 'function') filters.set(name, made)
    else problems.push(made)
  }
  return filters
}

function filterOf(name: string, settings: ComponentSettings, world: World): Filter | TextProblem {
  const type = settings.get('type')
  const near = type ?? [...settings.values()][0]
  const wrong = (text: string, property = near) => problemAt(property, 'error', text)
  if (type === undefined) return wrong(`Config filter ${name} has no type, so its references stay as they are.`)
  const word = type.value.trim()
  const known = TYPES.get(word.toLowerCase())
  if (known === 'env') return async (key) => fromEnvironment(key, world)
  if (known === undefined) {
    const what = HADOOP.includes(word.toLowerCase())
      ? `type ${word}, which needs Hadoop and is not supported`
      : `the unknown type ${word}`
    return {
      ...wrong(`Config filter ${name} has ${what}, so its references stay as they are.`),
      hint: 'The types are env and external.',
    }
  }
  const command = settings.get('command')?.value
  if (!command) return wrong(`Config filter ${name} has no command, so its references stay as they are.`)
  const charset = settings.get('charset')
  const decoder = decoderOf(charset?.value.trim() ?? 'UTF-8')
  if (!decoder)
    return wrong(
      `Config filter ${name} has the unknown charset ${charset?.value}, so its references stay as they are.`,
      charset,
    )
  return (key) => askProcess({ command, decoder, env: world.env, limitMs: PROCESS_LIMIT_MS }, key)
}

function fromEnvironment(key: string, world: World): Answer {
  const value = environment(key, world)
  return value === undefined ? { remark: `The environment variable ${key} is not set.` } : { value }
}

function decoderOf(charset: string): TextDecoder | undefined {
  try {
    return new TextDecoder(charset)
  } catch {
    return undefined
  }
}

function referencesIn(found: AgentSettings, filters: ReadonlyMap<string, Filter>): Reference[] {
  const settings = FILTERED_KINDS.flatMap((kind) => [...(found.components.get(kind)?.values() ?? [])])
  const properties = settings.flatMap((component) => [...component.values()])
  return properties.flatMap((property) =>
    [...property.value.matchAll(REFERENCE)]
      .map(([, filter = '', , key = '']) => ({ property, filter, key }))
      .filter(({ filter }) => filters.has(filter)),
  )
}

// Programs may be slow, so a few run side by side.
async function askAll(
  references: readonly Reference[],
  filters: ReadonlyMap<string, Filter>,
): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>()
  const waiting = new Map(references.map(({ filter, key }) => [nameOf(filter, key), { filter, key }]))
  const asks = waiting.entries()
  const work = async () => {
    for (const [name, { filter, key }] of asks) {
      const answer = await filters.get(filter)?.(key)
      if (answer) answers.set(name, answer)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return answers
}

function problemAt(property: Property | undefined, severity: 'error' | 'warning', message: string): TextProblem {
  const { file = '', line = 1, key = '' } = property ?? {}
  return { file, line, key, severity, code: 'config-filter', message }
}
