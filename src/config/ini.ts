// The sectioned form of Flume's keys: `[a1.sources.r1]` followed by `type = netcat` is `a1.sources.r1.type = netcat`.
// Flume has no such files. Comments, quotes and escapes are the npm package ini's to read; its parser is not used for the
// whole file, because it keeps no line numbers and nests sections, so that `[a1.sources.r1]` would replace the text of
// `sources` in `[a1]`. Text is UTF-8; every value stays text.
import { isUtf8 } from 'node:buffer'
import { unsafe } from 'ini'
import { define, isUtf16, type Parsed, type Property, type TextProblem, utf16Problem } from './properties.ts'

const LINE_END = /\r\n?|\n/
const NOTHING = /^(?:$|[;#])/
const SECTION = /^\[([^\]]*)\]\s*(?:[;#].*)?$/
const COMMENT = /[;#]/
/** The package would keep these quotes, because the text does not end with one. */
const QUOTED_BEFORE_COMMENT = /^("(?:[^"\\]|\\.)*"|'[^']*')\s*[;#]/
/** A comment that begins within a word: more likely a value that needs quotes. */
const TORN = /^(?!["'])(?:[^\\;#]|\\.)*[^\s\\;#][;#]/

/** Parses one file. Never throws for what the file contains. Elements of `key[]` are joined with blanks. */
export function parseIni(bytes: Buffer, file: string): Parsed {
  if (isUtf16(bytes)) return { properties: new Map(), problems: [utf16Problem(file)] }
  const problems: TextProblem[] = isUtf8(bytes) ? [] : [notUtf8(file)]
  const properties = new Map<string, Property>()
  let section = ''
  const lines = bytes
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split(LINE_END)
  for (const [index, raw] of lines.entries()) {
    const text = raw.trim()
    if (NOTHING.test(text)) continue
    const heading = SECTION.exec(text)
    if (heading) {
      section = nameOf(heading[1] ?? '')
      continue
    }
    const place = { file, line: index + 1 }
    const entry = text.startsWith('[') ? undefined : entryOf(text)
    if (entry === undefined) {
      problems.push(malformedLine(place, text))
      continue
    }
    const key = section === '' ? entry.key : `${section}.${entry.key}`
    add(properties, { key, value: entry.value, ...place }, entry.element)
    if (entry.torn) problems.push(torn(place, key))
  }
  return { properties, problems }
}

interface Entry {
  readonly key: string
  readonly value: string
  /** Whether the line was `key[] = value`. */
  readonly element: boolean
  readonly torn: boolean
}

// One `key = value` line; undefined when there is no key or no `=`.
function entryOf(line: string): Entry | undefined {
  const equals = line.indexOf('=')
  if (equals < 0) return undefined
  const name = plain(line.slice(0, equals))
  const element = name.length > 2 && name.endsWith('[]')
  const key = element ? name.slice(0, -2) : name
  if (key === '') return undefined
  const written = line.slice(equals + 1).trim()
  if (!COMMENT.test(written)) return { key, value: plain(written), element, torn: false }
  const quoted = QUOTED_BEFORE_COMMENT.exec(written)?.[1]
  return { key, value: plain(quoted ?? written), element, torn: TORN.test(written) }
}

// The package turns '5', 'true' and '[1]' in single quotes into numbers and more; here they are what is written.
function plain(written: string): string {
  const text: unknown = unsafe(written)
  return typeof text === 'string' ? text : written.trim().slice(1, -1)
}

// Dots separate anyway, so the package's escape for a dot that does not is dropped.
function nameOf(heading: string): string {
  return plain(heading).replaceAll('\\.', '.')
}

function add(properties: Map<string, Property>, property: Property, element: boolean): void {
  const earlier = element ? properties.get(property.key) : undefined
  if (earlier === undefined) define(properties, property)
  else properties.set(property.key, { ...earlier, value: `${earlier.value} ${property.value}` })
}

function notUtf8(file: string): TextProblem {
  return {
    file,
    line: 1,
    severity: 'warning',
    code: 'not-utf-8',
    message: 'The file is not UTF-8 text; what cannot be read is replaced.',
    hint: 'Save the file as UTF-8.',
  }
}

function malformedLine(place: { file: string; line: number }, text: string): TextProblem {
  const problem = { ...place, severity: 'warning', code: 'malformed-line' } as const
  if (text.startsWith('[')) {
    return { ...problem, message: 'This is not a section, which is one name in brackets. Ignored.' }
  }
  if (text.includes('=')) return { ...problem, message: 'This line has no key before its =. Ignored.' }
  return { ...problem, message: 'This line has no =. Ignored.', hint: 'Write key = value.' }
}

function torn(place: { file: string; line: number }, key: string): TextProblem {
  return {
    ...place,
    key,
    severity: 'warning',
    code: 'inline-comment',
    message: `The value of ${key} ends where a comment begins.`,
    hint: 'Put the value in double quotes, or write \\# and \\; to keep it.',
  }
}
