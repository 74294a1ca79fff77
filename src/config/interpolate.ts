// `${...}` in the values of a configuration, after all files are merged (Flume 1.11, MapResolver): prefixes `sys`, `env`,
// `java` and `date` in any case, other keys by their bare name, and, with the system property propertiesImplementation,
// the environment by bare names too. As in Flume, a name that its prefix does not know is tried as a key.
// Different on purpose: Flume knows only the keys that a hash table happened to yield before; here every key can be
// referred to. A cycle, for which Flume dies, is a problem, and the values in it stay as they are written.
import { environment, isPrefix, lookUp, type World } from './lookups.ts'
import type { Properties, Property, TextProblem } from './properties.ts'
import { substitute, Unresolvable } from './substitute.ts'

export type { World } from './lookups.ts'

const ENVIRONMENT_BY_BARE_NAME = 'org.apache.flume.node.EnvVarResolverProperties'
const MAX_KEYS_IN_A_ROW = 50
const FILTER_REFERENCE = /\[(['"]?)[-\w]+\1\]$/
/** Commands may be for a shell, which has references of the same look. */
const MAY_BE_SHELL = /\.command$/

/** Pure but for what it asks of the world; never throws for what values contain. */
export function interpolate(properties: Properties, world: World): { properties: Properties; problems: TextProblem[] } {
  const resolver = new Resolver(properties, world)
  const resolved = new Map<string, Property>()
  for (const property of properties.values()) {
    const value = resolver.resolve(property)
    resolved.set(property.key, value === property.value ? property : { ...property, value })
  }
  return { properties: resolved, problems: [...customLookups(world), ...resolver.problems] }
}

class Resolver {
  readonly problems: TextProblem[] = []
  readonly #properties: Properties
  readonly #world: World
  readonly #bareEnvironment: boolean
  readonly #resolved = new Map<string, string>()
  readonly #broken = new Set<string>()
  readonly #underWay: string[] = []

  constructor(properties: Properties, world: World) {
    this.#properties = properties
    this.#world = world
    this.#bareEnvironment = world.system.get('propertiesImplementation') === ENVIRONMENT_BY_BARE_NAME
  }

  resolve(property: Property): string {
    const known = this.#resolved.get(property.key)
    if (known !== undefined) return known
    this.#underWay.push(property.key)
    let value = property.value
    try {
      value = substitute(
        property.value,
        (name) => this.#lookUp(name),
        (name) => this.#unresolved(property, name),
      )
    } catch (error) {
      if (!(error instanceof Unresolvable)) throw error
      this.#broken.add(property.key)
      this.#resolved.set(property.key, value)
      if (error instanceof Cycle && error.names[0] !== property.key) throw error
      this.problems.push(cycleProblem(property, error))
    } finally {
      this.#underWay.pop()
    }
    this.#resolved.set(property.key, value)
    return value
  }

  #lookUp(name: string): string | undefined {
    const colon = name.indexOf(':')
    if (colon < 0) return this.#valueOfKey(name) ?? this.#byBareName(name)
    const rest = name.slice(colon + 1)
    const found = lookUp(name.slice(0, colon), rest, this.#world)
    if (found !== undefined) return found
    const fallback = this.#underWay.includes(rest) ? undefined : this.#valueOfKey(rest)
    return fallback ?? this.#byBareName(rest)
  }

  #byBareName(name: string): string | undefined {
    return this.#bareEnvironment ? environment(name, this.#world) : undefined
  }

  #valueOfKey(key: string): string | undefined {
    const property = this.#properties.get(key)
    if (property === undefined || this.#broken.has(key)) return undefined
    const begun = this.#underWay.indexOf(key)
    if (begun >= 0) {
      // `HOST = ${HOST}` is how a file hands on a variable, so this is no cycle but at worst a variable that is not set.
      if (begun === this.#underWay.length - 1 || this.#byBareName(key) !== undefined) return undefined
      throw new Cycle('refers to itself', [...this.#underWay.slice(begun), key])
    }
    if (this.#underWay.length >= MAX_KEYS_IN_A_ROW) {
      throw new Unresolvable(`refers on through more than ${MAX_KEYS_IN_A_ROW} other keys`)
    }
    const value = this.resolve(property)
    return this.#broken.has(key) ? undefined : value
  }

  #unresolved({ key, file, line }: Property, name: string): void {
    if (FILTER_REFERENCE.test(name) || MAY_BE_SHELL.test(key)) return
    this.problems.push({
      file,
      line,
      key,
      severity: 'warning',
      code: 'unresolved',
      message: `${key} has \${${name}}, for which there is no value. It stays as it is written.`,
      hint: hintFor(name),
    })
  }
}

/** Keys that refer to one another in a circle. */
class Cycle extends Unresolvable {}

function hintFor(name: string): string {
  const colon = name.indexOf(':')
  const prefix = name.slice(0, Math.max(colon, 0)).toLowerCase()
  const rest = name.slice(colon + 1)
  if (prefix === 'env') return `Set the environment variable ${rest}, or write \${env:${rest}:-default}.`
  if (prefix === 'sys') return `Start with -D${rest}=value, or write \${sys:${rest}:-default}.`
  if (prefix === 'date') return 'Use the pattern letters of SimpleDateFormat.'
  if (isPrefix(prefix)) return 'The names are version, runtime, vm, os, hardware and locale.'
  return `For an environment variable write \${env:${rest}}; for the text itself write $\${${name}}.`
}

function cycleProblem({ key, file, line }: Property, error: Unresolvable): TextProblem {
  const way = error.names.length > 2 ? ` (${error.names.join(' -> ')})` : ''
  return {
    file,
    line,
    key,
    severity: 'error',
    code: error.names.length > 0 ? 'cycle' : 'too-large',
    message: `${key} ${error.message}${way}. Its value stays as it is written.`,
  }
}

function customLookups(world: World): TextProblem[] {
  const file = world.system.get('lookups')
  if (file === undefined) return []
  const message = `The system property lookups names ${file}, but files with lookups of one's own are not read.`
  return [{ file, line: 1, severity: 'warning', code: 'lookups', message }]
}
