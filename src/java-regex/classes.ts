// The characters and character classes of Java's patterns in JavaScript's words; the rest is in ../java-regex.ts.

const SPACE = '\\t\\n\\u000b\\f\\r '
const HORIZONTAL = ' \\t\\u00a0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000'
const VERTICAL = '\\n\\u000b\\f\\r\\u0085\\u2028\\u2029'

/** Classes by the letter behind the backslash. */
export const CLASSES: Readonly<Record<string, string>> = {
  d: '\\d',
  D: '\\D',
  w: '\\w',
  W: '\\W',
  s: `[${SPACE}]`,
  S: `[^${SPACE}]`,
  h: `[${HORIZONTAL}]`,
  H: `[^${HORIZONTAL}]`,
  v: `[${VERTICAL}]`,
  V: `[^${VERTICAL}]`,
}

const POSIX: Readonly<Record<string, string>> = {
  Lower: 'a-z',
  Upper: 'A-Z',
  ASCII: '\\u0000-\\u007f',
  Alpha: 'a-zA-Z',
  Digit: '0-9',
  Alnum: '0-9a-zA-Z',
  Punct: '\\u0021-\\u002f\\u003a-\\u0040\\u005b-\\u0060\\u007b-\\u007e',
  Graph: '\\u0021-\\u007e',
  Print: '\\u0020-\\u007e',
  Blank: ' \\t',
  Cntrl: '\\u0000-\\u001f\\u007f',
  XDigit: '0-9a-fA-F',
  Space: SPACE,
}

const JAVA: Readonly<Record<string, string>> = {
  javaLowerCase: 'Lowercase',
  javaUpperCase: 'Uppercase',
  javaAlphabetic: 'Alphabetic',
  javaDigit: 'Nd',
  javaLetter: 'L',
}

/** `\p{name}`, or `\P{name}` when negated; undefined when there is no such class. */
export function unicodeClass(name: string, negated: boolean): string | undefined {
  const posix = Object.hasOwn(POSIX, name) ? POSIX[name] : undefined
  if (posix !== undefined) return `[${negated ? '^' : ''}${posix}]`
  const bare = name.replace(/^Is/, '')
  const candidates = [
    JAVA[name] ?? bare,
    `Script=${bare.replace(/^(script|sc)=/i, '')}`,
    bare.replace(/^(general_category|gc)=/i, ''),
  ]
  for (const candidate of candidates) {
    const source = `\\${negated ? 'P' : 'p'}{${candidate}}`
    if (isPattern(source)) return source
  }
  return undefined
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, 'v').source !== ''
  } catch {
    return false
  }
}

/** A character outside of classes. */
export function literal(char: string): string {
  return /[\^$\\.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char
}

/** A character inside a class. */
export function inClass(char: string): string {
  return /^[\w ]$/.test(char) || char > '\u00ff' ? char : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`
}

/** A class of alternatives. */
export function anyOf(items: readonly string[]): string {
  return `[${items.join('')}]`
}

const CONTROLS: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f', a: '\x07', e: '\x1b' }

/** The character that the escape behind a backslash at `at` means, and how long it is; undefined when there is none. */
export function escapedChar(pattern: string, at: number): { char: string; length: number } | undefined {
  const rest = pattern.slice(at)
  const first = rest[0] ?? ''
  const control = Object.hasOwn(CONTROLS, first) ? CONTROLS[first] : undefined
  if (control !== undefined) return { char: control, length: 1 }
  const hex = /^(?:x([0-9a-fA-F]{2})|x\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4}))/.exec(rest)
  if (hex) return codePoint(Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? '', 16), hex[0].length)
  const octal = /^0([0-3]?[0-7]{1,2})/.exec(rest)
  if (octal) return codePoint(Number.parseInt(octal[1] ?? '', 8), octal[0].length)
  const controlled = /^c([@-_a-z?])/.exec(rest)
  if (controlled) return codePoint((controlled[1] ?? '').charCodeAt(0) ^ 64, 2)
  if (first === '' || /[a-zA-Z0-9]/.test(first)) return undefined
  const char = String.fromCodePoint(rest.codePointAt(0) ?? 0)
  return { char, length: char.length }
}

function codePoint(code: number, length: number): { char: string; length: number } | undefined {
  return code <= 0x10ffff ? { char: String.fromCodePoint(code), length } : undefined
}
