// The option kind for text encodings: the value is the Charset itself, named as Java names it.
import { type Charset, charsetOf } from '../charset.ts'
import type { Common, Option, Parsed } from './option.ts'

interface CharsetSettings extends Common {
  /** Name of the charset that is used when the option is not set. */
  readonly default: string
}

/** A charset by one of its Java names; `default` is a name too. A name that is not known is rejected. */
export function charset(settings: CharsetSettings): Option<Charset> {
  const fallback = charsetOf(settings.default)
  if (!fallback) throw new TypeError(`no charset ${settings.default}`)
  return {
    shape: 'charset',
    doc: settings.doc,
    unit: settings.unit,
    required: false,
    default: fallback,
    defaultText: settings.defaultText ?? settings.default,
    secret: settings.secret,
    deprecated: settings.deprecated,
    onInvalid: settings.onInvalid ?? 'reject',
    parse,
  }
}

function parse(text: string): Parsed<Charset> {
  const value = charsetOf(text)
  return value ? { value } : { wrong: `${text} is not a known charset` }
}
