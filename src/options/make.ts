// The kinds of options. Reading follows Java where Flume's users could tell: integers as Integer.parseInt, booleans true
// only for the word `true` in any case (reference: "Key grammar").
import type { Kind } from '../kinds.ts'
import type { Option, Parsed, Settings, ValueOf } from './option.ts'

function make<T>(shape: string, settings: Settings<T>, parse: (text: string) => Parsed<T>): Option<T> {
  const more = settings as { readonly default?: T; readonly required?: boolean }
  return {
    shape,
    doc: settings.doc,
    unit: settings.unit,
    required: more.required === true,
    default: more.default,
    defaultText: settings.defaultText,
    secret: settings.secret,
    deprecated: settings.deprecated,
    onInvalid: settings.onInvalid ?? 'reject',
    parse,
  }
}

/** Any text. */
export function string<const S extends Settings<string>>(settings: S): Option<ValueOf<string, S>> {
  return make<string>('text', settings, (text) => ({ value: text })) as Option<ValueOf<string, S>>
}

/** A password or another text that must never be shown. */
export function secret<const S extends Settings<string>>(settings: S): Option<ValueOf<string, S>> {
  return make<string>('text', { ...settings, secret: true }, (text) => ({ value: text })) as Option<ValueOf<string, S>>
}

export interface Range {
  readonly min?: number
  readonly max?: number
}

/** A whole number as Integer.parseInt reads it, within `min` and `max` (default: 32 bits). */
export function integer<const S extends Settings<number> & Range>(settings: S): Option<ValueOf<number, S>> {
  const { min = -2147483648, max = 2147483647 } = settings
  return make<number>('integer', settings, (text) => wholeNumber(text, min, max)) as Option<ValueOf<number, S>>
}

/** A whole number as Long.parseLong reads it; beyond 2^53 it is no longer exact. */
export function long<const S extends Settings<number> & Range>(settings: S): Option<ValueOf<number, S>> {
  const { min = -(2 ** 63), max = 2 ** 63 } = settings
  return make<number>('integer', settings, (text) => wholeNumber(text, min, max)) as Option<ValueOf<number, S>>
}

/** A TCP or UDP port; 0 lets the system choose. */
export function port<const S extends Settings<number>>(settings: S): Option<ValueOf<number, S>> {
  return make<number>('port', settings, (text) => wholeNumber(text, 0, 65535)) as Option<ValueOf<number, S>>
}

function wholeNumber(text: string, min: number, max: number): Parsed<number> {
  if (!/^[+-]?\d+$/.test(text)) return { wrong: `${text} is not a whole number` }
  const value = Number(text)
  if (value < min) return { wrong: `${text} is below ${min}` }
  if (value > max) return { wrong: `${text} is above ${max}` }
  return { value }
}

/** `true` in any letter case is true, every other text is false, as Flume has it. */
export function boolean<const S extends Settings<boolean>>(settings: S): Option<ValueOf<boolean, S>> {
  return make<boolean>('boolean', settings, (text) => ({ value: text.toLowerCase() === 'true' })) as Option<
    ValueOf<boolean, S>
  >
}

/** One of a few words, in any letter case; the value is the word as it is listed. */
export function choice<const W extends string, const S extends Settings<W>>(
  words: readonly W[],
  settings: S,
): Option<ValueOf<W, S>> {
  const known = new Map(words.map((word) => [word.toLowerCase(), word]))
  return make<W>(`one of: ${words.join(', ')}`, settings as Settings<W>, (text) => {
    const value = known.get(text.toLowerCase())
    return value === undefined ? { wrong: `${text} is none of ${words.join(', ')}` } : { value }
  }) as Option<ValueOf<W, S>>
}

/** Words that are separated by blanks (or by `separator`). */
export function list<const S extends Settings<readonly string[]>>(
  settings: S,
  separator: RegExp = /\s+/,
): Option<ValueOf<readonly string[], S>> {
  return make<readonly string[]>('list', settings, (text) => ({
    value: text.split(separator).filter((word) => word !== ''),
  })) as Option<ValueOf<readonly string[], S>>
}

/** All keys below the option's name, such as `backoff.200`, as rest of the key -> text. */
export function keysBelow(settings: { readonly doc: string }): Option<ReadonlyMap<string, string>> {
  const none: ReadonlyMap<string, string> = new Map()
  const option = make<ReadonlyMap<string, string>>(
    'keys below',
    { ...settings, default: none, defaultText: '-' },
    () => ({
      value: none,
    }),
  )
  return { ...option, prefix: true }
}

/**
 * A component inside a component, such as a sink's serializer: the value is its type, its own options lie below the
 * option's name. What `create` gets makes it.
 */
export function component<T>(kind: Kind, settings: { readonly doc: string; readonly default: string }): Option<T> {
  const option = make<T>(
    `type of a ${kind}`,
    { ...settings, default: undefined as T, defaultText: settings.default },
    () => ({
      wrong: 'a component is planned, not parsed',
    }),
  )
  return { ...option, component: kind }
}
