// `${name}` and `${name:-default}` in one text, by the rules of commons-text's StringSubstitutor as Flume 1.11 sets it up
// (MapResolver): names may contain references, what a reference yields is read again, `$${x}` stays as `${x}`, and a
// reference without a value stays as it is. Different on purpose: a `$` at the end of a value that was put in does not
// escape the reference behind it, and text that would grow without end is refused.

/** The value of a name, or undefined when there is none. */
export type Lookup = (name: string) => string | undefined

/** A text that cannot be worked out; `names` are the references that led to themselves. */
export class Unresolvable extends Error {
  readonly names: readonly string[]

  constructor(message: string, names: readonly string[] = []) {
    super(message)
    this.names = names
  }
}

const OPEN = '${'
const DEFAULT = ':-'
const MAX_LENGTH = 1 << 20
const MAX_DEPTH = 30
const MAX_LOOKUPS = 10_000

interface Work {
  readonly lookup: Lookup
  readonly unresolved: (name: string) => void
  lookups: number
}

/**
 * Replaces the references in `text`. `unresolved` hears of each reference that the text itself has and that stays as it
 * is. Throws Unresolvable for a cycle and for text without end.
 */
export function substitute(text: string, lookup: Lookup, unresolved: (name: string) => void): string {
  return text.includes(OPEN) ? replaceIn(text, { lookup, unresolved, lookups: 0 }, []) : text
}

function replaceIn(text: string, work: Work, chain: readonly string[]): string {
  let done = ''
  let from = 0
  let start = text.indexOf(OPEN)
  while (start >= 0) {
    const end = closingOf(text, start + OPEN.length)
    if (end < 0) break
    let next = end + 1
    if (start > from && text[start - 1] === '$') {
      next = start + OPEN.length
      done += text.slice(from, start - 1) + OPEN
    } else {
      const value = valueAt(text.slice(start + OPEN.length, end), work, chain)
      done += text.slice(from, start) + (value ?? text.slice(start, next))
    }
    if (done.length > MAX_LENGTH) throw new Unresolvable(`grows beyond ${MAX_LENGTH} characters`)
    from = next
    start = text.indexOf(OPEN, from)
  }
  return done + text.slice(from)
}

function closingOf(text: string, from: number): number {
  let open = 0
  for (let at = from; at < text.length; at++) {
    if (text.startsWith(OPEN, at)) {
      open++
      at++
    } else if (text[at] === '}' && open-- === 0) return at
  }
  return -1
}

function valueAt(written: string, work: Work, chain: readonly string[]): string | undefined {
  if (chain.length >= MAX_DEPTH) throw new Unresolvable(`refers on through more than ${MAX_DEPTH} references`)
  if (++work.lookups > MAX_LOOKUPS) throw new Unresolvable(`needs more than ${MAX_LOOKUPS} references`)
  const expression = replaceIn(written, work, [...chain, OPEN + written])
  const split = expression.indexOf(DEFAULT)
  const name = split < 0 ? expression : expression.slice(0, split)
  if (chain.includes(name)) throw new Unresolvable('refers to itself', [...chain.slice(chain.indexOf(name)), name])
  const value = work.lookup(name) ?? (split < 0 ? undefined : expression.slice(split + DEFAULT.length))
  if (value !== undefined) return replaceIn(value, work, [...chain, name])
  if (chain.length === 0) work.unresolved(name)
  return undefined
}
