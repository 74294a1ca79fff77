// Reads a component's settings with its option table: typed values, and every problem at once.
import type { Definition } from '../component.ts'
import type { Kind } from '../kinds.ts'
import type { Option } from '../options/option.ts'
import type { Definitions } from '../registry.ts'
import { isFlumeType } from './flume-types.ts'
import { nearest } from './nearest.ts'
import { type Planned, PlannedPart } from './planned.ts'
import type { Problem, ProblemCode } from './problem.ts'
import { below, type ComponentSettings } from './settings.ts'

/** Where a component stands in the file, for messages. */
export interface Place {
  /** What keys begin with: `a1.sinks.k1`. */
  readonly prefix: string
  /** What is left out when it cannot be used: `sink k1`. */
  readonly title: string
  readonly name: string
  /** A property near which missing keys are reported. */
  readonly near: { readonly file: string; readonly line: number } | undefined
  /** The key that a problem is about, when it is not the prefix itself. */
  readonly key?: string
}

export function keyed(place: Place, key: string): Place {
  return { ...place, key }
}

export class Reader {
  readonly #definitions: Definitions
  readonly #secrets: ReadonlySet<string>
  readonly problems: Problem[] = []

  /** `secrets` are keys whose values must not be shown: they came out of a configuration filter. */
  constructor(definitions: Definitions, secrets: ReadonlySet<string> = new Set()) {
    this.#definitions = definitions
    this.#secrets = secrets
  }

  /** The component, or undefined when it must be left out. `common` are the keys that belong to the runtime. */
  component<K extends Kind>(
    definition: Definition<K>,
    settings: ComponentSettings,
    place: Place,
    common: readonly string[] = [],
  ): Planned<K> | undefined {
    const values: Record<string, unknown> = {}
    let good = true
    for (const name of Object.keys(definition.options)) {
      const value = this.#value(definition, name, settings, place)
      if (value === INVALID) good = false
      else values[name] = value
    }
    this.#unknownKeys(definition, settings, place, common)
    if (good) good = this.#check(definition, values, settings, place)
    return good ? { kind: definition.kind, name: place.name, definition, options: values } : undefined
  }

  /** The definition of a type, or undefined with a problem. */
  definition<K extends Kind>(kind: K, type: string, key: string, place: Place): Definition<K> | undefined {
    const definition = this.#definitions.get(kind, type)
    if (definition) return definition as Definition<K>
    this.report(
      'unknown-type',
      keyed(place, key),
      isFlumeType(kind, type)
        ? `${key}: ${kind} type ${type} is one of Flume's that this version does not have.`
        : `${key}: there is no ${kind} type ${type}.`,
      this.#typeHint(kind, type),
    )
    return undefined
  }

  report(code: ProblemCode, place: Place, message: string, hint?: string): void {
    const { near, title, key = place.prefix } = place
    this.problems.push({
      severity: 'error',
      code,
      file: near?.file,
      line: near?.line,
      key,
      message,
      leavesOut: title,
      hint,
    })
  }

  warn(code: ProblemCode, place: Place, message: string): void {
    const { key = place.prefix } = place
    this.problems.push({ severity: 'warning', code, file: place.near?.file, line: place.near?.line, key, message })
  }

  #typeHint(kind: Kind, type: string): string {
    const known = this.#definitions.typesOf(kind)
    const near = isFlumeType(kind, type) ? undefined : nearest(type, known)
    return near ? `Did you mean ${near}?` : `It has: ${known.join(', ')}.`
  }

  #value(definition: Definition, name: string, settings: ComponentSettings, place: Place): unknown {
    const option = definition.options[name] as Option<unknown>
    const property = settings.get(name)
    const key = `${place.prefix}.${name}`
    if (option.prefix) return new Map([...below(settings, name)].map(([rest, found]) => [rest, found.value.trim()]))
    if (option.component) return this.#part(option, name, settings, place)
    if (property === undefined) {
      if (!option.required) return option.default
      const type = `${definition.kind} type ${definition.type}`
      this.report('missing-property', keyed(place, key), `${key} is missing; ${type} needs it.`)
      return INVALID
    }
    const at = { ...place, near: property }
    if (option.deprecated) this.warn('deprecated-property', keyed(at, key), `${key}: ${option.deprecated}`)
    const parsed = option.parse(property.value.trim())
    if ('value' in parsed) return parsed.value
    const wrong = option.secret || this.#secrets.has(property.key) ? 'the value cannot be used' : parsed.wrong
    if (option.onInvalid === 'default') {
      this.warn('invalid-value', keyed(at, key), `${key}: ${wrong}. The default ${String(option.default)} is used.`)
      return option.default
    }
    this.report('invalid-value', keyed(at, key), `${key}: ${wrong}.`)
    return INVALID
  }

  #part(option: Option<unknown>, name: string, settings: ComponentSettings, place: Place): unknown {
    const kind = option.component as Kind
    const property = settings.get(name)
    const key = `${place.prefix}.${name}`
    const type = property?.value.trim() ?? option.defaultText ?? ''
    const at = { ...place, prefix: key, near: property ?? place.near }
    const definition = this.definition(kind, type, key, at)
    const planned = definition && this.component(definition, below(settings, name), at)
    return planned ? new PlannedPart(planned) : INVALID
  }

  #unknownKeys(definition: Definition, settings: ComponentSettings, place: Place, common: readonly string[]): void {
    const names = Object.keys(definition.options)
    const nests = Object.entries(definition.options)
      .filter(([, option]) => option.prefix || option.component)
      .map(([name]) => name)
    const inside = [...nests, 'interceptors', 'selector'].filter(
      (name) => nests.includes(name) || common.includes(name),
    )
    for (const [key, property] of settings) {
      if (names.includes(key) || common.includes(key)) continue
      if (inside.some((name) => key.startsWith(`${name}.`))) continue
      const near = nearest(key, [...names, ...common])
      const message = `${place.prefix}.${key} is not an option of ${definition.kind} type ${definition.type}.`
      this.problems.push({
        severity: 'warning',
        code: 'unknown-property',
        file: property.file,
        line: property.line,
        key: `${place.prefix}.${key}`,
        message: near ? `${message} Did you mean ${near}? Ignored.` : `${message} Ignored.`,
      })
    }
  }

  #check(definition: Definition, values: Record<string, unknown>, settings: ComponentSettings, place: Place): boolean {
    let good = true
    for (const finding of definition.check?.(values) ?? []) {
      const at = { ...place, near: settings.get(finding.key) ?? place.near }
      const key = `${place.prefix}.${finding.key}`
      const message = `${key}: ${finding.message}`
      if (finding.severity === 'warning') this.warn('invalid-value', keyed(at, key), message)
      else {
        good = false
        this.report('invalid-value', keyed(at, key), message, finding.hint)
      }
    }
    return good
  }
}

const INVALID = Symbol('invalid')
