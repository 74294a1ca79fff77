// What an option is: data that is declared once beside the component. The reader, the TypeScript types, the hints for
// unknown keys, `describe` and the reference pages all come from it.
import type { Kind } from '../kinds.ts'

export interface Option<T> {
  /** What a value looks like, for people: `integer`, `boolean`, `one of: never, immediate`. */
  readonly shape: string
  readonly doc: string
  /** Unit of a number, such as `ms` or `bytes`. */
  readonly unit?: string | undefined
  readonly required: boolean
  readonly default: T | undefined
  /** How the default is shown where it is not a plain value. */
  readonly defaultText?: string | undefined
  /** A value that must never reach a log, a metric or an error. */
  readonly secret?: boolean | undefined
  /** Accepted because Flume accepts it; what to say to who sets it. */
  readonly deprecated?: string | undefined
  /** What a text that cannot be read means: Flume drops the component (`reject`) or warns and uses the default. */
  readonly onInvalid: 'reject' | 'default'
  /** A text into a value, or what is wrong with it. The text is trimmed and not empty. */
  parse(text: string): Parsed<T>
  /** Set when the option takes all keys below its own name, such as `backoff.CODE`. */
  readonly prefix?: boolean | undefined
  /** Set when the value is the type of a component of that kind, whose own options lie below the option's name. */
  readonly component?: Kind | undefined
}

export type Parsed<T> = { readonly value: T } | { readonly wrong: string }

export type OptionTable = Readonly<Record<string, Option<unknown>>>

/** The typed values of a table: what `create` gets. */
export type Values<T extends OptionTable> = { readonly [K in keyof T]: T[K] extends Option<infer V> ? V : never }

/** What all option makers take. */
export interface Common {
  readonly doc: string
  readonly unit?: string
  readonly secret?: boolean
  readonly deprecated?: string
  readonly onInvalid?: 'reject' | 'default'
  readonly defaultText?: string
}
export interface WithDefault<T> extends Common {
  readonly default: T
}
export interface Required extends Common {
  readonly required: true
}
export interface Optional extends Common {
  readonly default?: undefined
  readonly required?: undefined
}
export type Settings<T> = WithDefault<T> | Required | Optional
export type ValueOf<T, S> = S extends WithDefault<T> | Required ? T : T | undefined
