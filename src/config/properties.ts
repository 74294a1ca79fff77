// Properties text -> Properties, with the line of each key. Reads exactly what java.util.Properties.load reads, as
// Flume 1.11 does (UriConfigurationProvider): ISO-8859-1 bytes, the last definition of a key wins.
// Different on purpose: what Java takes silently or dies of becomes a problem with its line. A malformed \u escape stays
// as it is written, and a UTF-8 byte order mark does not end up in the first key.

export interface Property {
  readonly key: string
  /** Trailing blanks are kept. */
  readonly value: string
  readonly file: string
  /** Where the key starts, from 1. */
  readonly line: number
  /** Earlier definitions, those of earlier files included; the oldest first. */
  readonly shadowed?: readonly Definition[]
}

export interface Definition {
  readonly value: string
  readonly file: string
  readonly line: number
}

/** In order of first appearance. */
export type Properties = ReadonlyMap<string, Property>

export type TextProblemCode =
  | 'malformed-escape'
  | 'byte-order-mark'
  | 'utf-16'
  | 'utf-8-text'
  | 'not-utf-8'
  | 'malformed-line'
  | 'inline-comment'
  | 'unsupported-file'
  | 'cycle'
  | 'unresolved'
  | 'too-large'
  | 'lookups'
  | 'config-filter'

export interface TextProblem {
  readonly file: string
  readonly line: number
  readonly severity: 'error' | 'warning'
  readonly code: TextProblemCode
  /** The key it is about, when it is about one. */
  readonly key?: string
  readonly message: string
  readonly hint?: string
}

export interface Parsed {
  readonly properties: Properties
  readonly problems: TextProblem[]
}

const UTF8_MARK = '\u00ef\u00bb\u00bf'
const BEYOND_ASCII = /[\u0080-\u00ff]/
const UTF8_SEQUENCE =
  /[\u00c2-\u00df][\u0080-\u00bf]|[\u00e0-\u00ef][\u0080-\u00bf]{2}|[\u00f0-\u00f4][\u0080-\u00bf]{3}/
const LINE_END = /\r\n?|\n/
const BLANK = 32
const TAB = 9
const FORM_FEED = 12
const EQUALS = 61
const COLON = 58
const BACKSLASH = 92

/** Parses one file. Never throws for what the file contains. */
export function parseProperties(bytes: Buffer, file: string): Parsed {
  if (isUtf16(bytes)) return { properties: new Map(), problems: [utf16Problem(file)] }
  const problems: TextProblem[] = []
  const properties = new Map<string, Property>()
  let text = bytes.toString('latin1')
  if (text.startsWith(UTF8_MARK)) {
    text = text.slice(UTF8_MARK.length)
    problems.push({
      file,
      line: 1,
      severity: 'warning',
      code: 'byte-order-mark',
      message:
        'The file begins with a UTF-8 byte order mark, which is skipped; Flume would take it into the first key.',
      hint: 'Save the file without a byte order mark.',
    })
  }
  const beyondAscii = BEYOND_ASCII.test(text)
  forEachLogicalLine(text, (logical, line) => {
    const { key, value, malformed } = pairOf(logical)
    define(properties, { key, value, file, line })
    if (malformed) problems.push(malformedEscape({ key, value, file, line }))
    if (beyondAscii && UTF8_SEQUENCE.test(logical)) problems.push(utf8Text({ key, value, file, line }))
  })
  return { properties, problems }
}

/** Joins files in order: a later one overrides an earlier one. */
export function mergeProperties(parts: readonly Properties[]): Properties {
  const merged = new Map<string, Property>()
  for (const part of parts) for (const property of part.values()) define(merged, property)
  return merged
}

/** Plain java.util.Properties, for header files and the like. */
export function parsePairs(bytes: Buffer): Map<string, string> {
  const pairs = new Map<string, string>()
  forEachLogicalLine(bytes.toString('latin1'), (logical) => {
    const { key, value } = pairOf(logical)
    pairs.set(key, value)
  })
  return pairs
}

/** Adds a definition; what it replaces is remembered in `shadowed`. */
export function define(properties: Map<string, Property>, property: Property): void {
  const earlier = properties.get(property.key)
  if (earlier === undefined) {
    properties.set(property.key, property)
    return
  }
  const { value, file, line } = earlier
  const shadowed = [...(earlier.shadowed ?? []), { value, file, line }, ...(property.shadowed ?? [])]
  properties.set(property.key, { ...property, shadowed })
}

export function isUtf16(bytes: Buffer): boolean {
  return (bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0xff && bytes[1] === 0xfe)
}

export function utf16Problem(file: string): TextProblem {
  return {
    file,
    line: 1,
    severity: 'error',
    code: 'utf-16',
    message: 'The file is UTF-16 text, which cannot be read.',
    hint: 'Save it as plain ASCII or UTF-8 text, without a byte order mark.',
  }
}

// A logical line is a line with its continuations, without leading blanks and comments.
function forEachLogicalLine(text: string, visit: (logical: string, line: number) => void): void {
  const lines = text.split(LINE_END)
  const last = lines.length - 1
  let started = 0
  let logical = ''
  for (let i = 0; i <= last; i++) {
    const part = withoutLeadingBlanks(lines[i] ?? '')
    if (logical === '') {
      if (part === '' || part[0] === '#' || part[0] === '!') continue
      started = i + 1
    }
    if (!continues(part)) {
      visit(logical + part, started)
      logical = ''
      continue
    }
    logical += part.slice(0, -1)
    // Java takes a lone backslash at the very end for an empty key, unless CR and LF follow it.
    const atEnd = i === last || (i === last - 1 && lines[last] === '' && !text.endsWith('\r\n'))
    if (!atEnd) continue
    visit(logical, started)
    return
  }
}

function withoutLeadingBlanks(line: string): string {
  let from = 0
  while (isBlank(line.charCodeAt(from))) from++
  return from === 0 ? line : line.slice(from)
}

function isBlank(code: number): boolean {
  return code === BLANK || code === TAB || code === FORM_FEED
}

// A line goes on when it ends with an odd number of backslashes.
function continues(line: string): boolean {
  let at = line.length
  while (at > 0 && line.charCodeAt(at - 1) === BACKSLASH) at--
  return (line.length - at) % 2 === 1
}

function pairOf(logical: string): { key: string; value: string; malformed: boolean } {
  let keyEnd = 0
  while (keyEnd < logical.length) {
    const code = logical.charCodeAt(keyEnd)
    if (code === EQUALS || code === COLON || isBlank(code)) break
    keyEnd += code === BACKSLASH ? 2 : 1
  }
  let valueStart = keyEnd
  let separated = false
  for (; valueStart < logical.length; valueStart++) {
    const code = logical.charCodeAt(valueStart)
    if (isBlank(code)) continue
    if (separated || (code !== EQUALS && code !== COLON)) break
    separated = true
  }
  const key = unescaped(logical.slice(0, keyEnd))
  const value = unescaped(logical.slice(valueStart))
  return { key: key.text, value: value.text, malformed: key.malformed || value.malformed }
}

const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g
const NAMED: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescaped(text: string): { text: string; malformed: boolean } {
  if (!text.includes('\\')) return { text, malformed: false }
  let malformed = false
  const plain = text.replace(ESCAPE, (whole: string, hex: string | undefined, char: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    if (char !== 'u') return NAMED[char] ?? char
    malformed = true
    return whole
  })
  return { text: plain, malformed }
}

function malformedEscape(property: Property): TextProblem {
  const { key, file, line } = property
  return {
    file,
    line,
    key,
    severity: 'error',
    code: 'malformed-escape',
    message: `${key} has a \\u that is not followed by four hexadecimal digits. It stays as it is written.`,
    hint: 'Write \\\\u for a backslash and the letter u.',
  }
}

function utf8Text(property: Property): TextProblem {
  const { key, file, line } = property
  return {
    file,
    line,
    key,
    severity: 'warning',
    code: 'utf-8-text',
    message: `${key} has UTF-8 text, but properties files are read as ISO-8859-1, so each such letter becomes several.`,
    hint: 'Write letters beyond ASCII as \\uXXXX.',
  }
}
