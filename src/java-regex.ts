// Regular expressions of configurations, which are Java's (java.util.regex), as JavaScript's. Same language where both
// can say it: quoting, POSIX and Unicode classes, unions and intersections of classes, flags at the start, anchors.
// What JavaScript cannot say is refused with its reason: possessive quantifiers, atomic groups, flags further inside.

import { ConfigurationError } from './errors.ts'
import { anyOf, CLASSES, escapedChar, inClass, literal, unicodeClass } from './java-regex/classes.ts'

// Not `[^]`, which V8 gets wrong under the flag v.
const ANY = '[\\s\\S]'
const TERMINATOR = '(?:\\r\\n|[\\n\\r\\u0085\\u2028\\u2029])'
const ANCHORS: Readonly<Record<string, string>> = {
  A: `(?<!${ANY})`,
  z: `(?!${ANY})`,
  Z: `(?=${TERMINATOR}?(?!${ANY}))`,
  b: '\\b',
  B: '\\B',
  R: TERMINATOR.replace('\\n\\r', '\\n\\u000b\\u000c\\r'),
}

/**
 * A Java pattern as a RegExp. `flags` are added to those that it needs itself (`v`, and `i` or `m` for its own).
 * Throws ConfigurationError when it is no pattern or cannot be translated.
 */
export function javaRegex(pattern: string, flags = ''): RegExp {
  const translation = new Translation(pattern)
  const source = translation.run()
  const all = new Set([...flags, ...translation.flags, 'v'])
  try {
    return new RegExp(source, [...all].join(''))
  } catch {
    throw translation.refuse('it is not a regular expression')
  }
}

/** Whether a Java pattern matches a whole text (Matcher.matches). Throws ConfigurationError like javaRegex. */
export function matchesWhole(pattern: string): (text: string) => boolean {
  const { source, flags } = javaRegex(pattern)
  const whole = new RegExp(`(?<!${ANY})(?:${source})(?!${ANY})`, flags)
  return (text) => whole.test(text)
}

class Translation {
  readonly #pattern: string
  #at = 0
  #dotAll = false
  readonly flags = new Set<string>()

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  refuse(reason: string): ConfigurationError {
    return new ConfigurationError(`The pattern ${this.#pattern} cannot be used: ${reason}.`)
  }

  run(): string {
    this.#startFlags()
    let source = ''
    while (this.#at < this.#pattern.length) source += this.#piece()
    return source
  }

  #startFlags(): void {
    for (;;) {
      const found = /^\(\?([a-zA-Z]+)\)/.exec(this.#pattern.slice(this.#at))
      if (!found) return
      for (const flag of found[1] ?? '') {
        if (flag === 'i' || flag === 'm') this.flags.add(flag)
        else if (flag === 's') this.#dotAll = true
        else if (flag !== 'u') throw this.refuse(`the flag (?${flag}) does not exist in JavaScript`)
      }
      this.#at += found[0].length
    }
  }

  #next(): string {
    const char = String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0)
    this.#at += char.length
    return char
  }

  #piece(): string {
    const char = this.#next()
    switch (char) {
      case '\\':
        return this.#escape()
      case '[':
        return this.#class()
      case '(':
        return this.#group()
      case '.':
        return this.#dotAll ? ANY : '[^\\n\\r\\u0085\\u2028\\u2029]'
      case '$':
        return this.flags.has('m') ? '$' : (ANCHORS['Z'] ?? '')
      case '*':
      case '+':
      case '?':
        return this.#quantifier(char)
      case '{':
        return this.#counted()
      case '^':
      case '|':
      case ')':
        return char
      default:
        return literal(char)
    }
  }

  #quantifier(text: string): string {
    const after = this.#pattern[this.#at]
    if (after === '+') throw this.refuse('possessive quantifiers do not exist in JavaScript')
    if (after !== '?') return text
    this.#at++
    return `${text}?`
  }

  #counted(): string {
    const found = /^\d+(,\d*)?\}/.exec(this.#pattern.slice(this.#at))
    if (!found) throw this.refuse('a { is no repetition here; write \\{ for the character')
    this.#at += found[0].length
    return this.#quantifier(`{${found[0]}`)
  }

  #group(): string {
    const rest = this.#pattern.slice(this.#at)
    if (!rest.startsWith('?')) return '('
    const found = /^\?(?::|=|!|<=|<!|<[a-zA-Z][a-zA-Z0-9]*>)/.exec(rest)
    if (!found && rest.startsWith('?>')) throw this.refuse('atomic groups do not exist in JavaScript')
    if (!found) throw this.refuse('flags are possible only at the start')
    this.#at += found[0].length
    return `(${found[0]}`
  }

  #escape(): string {
    if (this.#at >= this.#pattern.length) throw this.refuse('it ends in a backslash')
    const char = this.#pattern[this.#at] as string
    if (char === 'Q') return this.#quoted().map(literal).join('')
    if (char === 'E') {
      this.#at++
      return ''
    }
    const anchor = Object.hasOwn(ANCHORS, char) ? ANCHORS[char] : undefined
    if (anchor !== undefined) {
      this.#at++
      return anchor
    }
    const reference = /^(?:[1-9]|k<[a-zA-Z][a-zA-Z0-9]*>)/.exec(this.#pattern.slice(this.#at))
    if (reference) {
      this.#at += reference[0].length
      return `(?:\\${reference[0]})`
    }
    return this.#classEscape() ?? literal(this.#character())
  }

  #quoted(): string[] {
    const end = this.#pattern.indexOf('\\E', this.#at)
    const text = this.#pattern.slice(this.#at + 1, end < 0 ? undefined : end)
    this.#at = end < 0 ? this.#pattern.length : end + 2
    return [...text]
  }

  /** `\d`, `\p{Alpha}` and the like behind the backslash; undefined for a character. */
  #classEscape(): string | undefined {
    const rest = this.#pattern.slice(this.#at)
    const known = Object.hasOwn(CLASSES, rest[0] ?? '') ? CLASSES[rest[0] ?? ''] : undefined
    if (known !== undefined) {
      this.#at++
      return known
    }
    const named = /^([pP])(?:\{\^?([\w=]+)\}|([A-Z]))/.exec(rest)
    if (!named) return undefined
    this.#at += named[0].length
    const found = unicodeClass(named[2] ?? named[3] ?? '', named[1] === 'P')
    if (found === undefined) throw this.refuse(`the class ${named[0]} does not exist in JavaScript`)
    return found
  }

  #character(): string {
    const found = escapedChar(this.#pattern, this.#at)
    if (!found) throw this.refuse(`\\${this.#pattern[this.#at]} does not exist in JavaScript`)
    this.#at += found.length
    return found.char
  }

  /** A class, behind its opening bracket: alternatives that are joined, and intersections of them. */
  #class(): string {
    const negated = this.#pattern[this.#at] === '^'
    if (negated) this.#at++
    const parts: string[] = []
    let items: string[] = []
    for (let first = true; ; first = false) {
      if (this.#at >= this.#pattern.length) throw this.refuse('a [ has no ]')
      if (this.#pattern.startsWith('&&', this.#at)) {
        this.#at += 2
        parts.push(anyOf(items))
        items = []
      } else if (this.#pattern[this.#at] === ']' && !first) {
        this.#at++
        parts.push(anyOf(items))
        return `[${negated ? '^' : ''}${parts.filter((part) => part !== '[]').join('&&')}]`
      } else items.push(...this.#classItems())
    }
  }

  #classItems(): string[] {
    const char = this.#next()
    if (char === '[') return [this.#class()]
    if (char !== '\\') return [this.#range(char)]
    if (this.#pattern[this.#at] === 'Q') return this.#quoted().map(inClass)
    const whole = this.#classEscape()
    return [whole ?? this.#range(this.#character())]
  }

  #range(from: string): string {
    const next = this.#pattern[this.#at + 1]
    if (this.#pattern[this.#at] !== '-' || next === undefined || next === ']' || next === '[') return inClass(from)
    this.#at++
    const char = this.#next()
    const to = char === '\\' ? this.#character() : char
    if ((to.codePointAt(0) ?? 0) < (from.codePointAt(0) ?? 0)) throw this.refuse(`the range ${from}-${to} is empty`)
    return `${inClass(from)}-${inClass(to)}`
  }
}
