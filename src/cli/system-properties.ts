// Java's system properties without Java: -Dname=value on the command line, in FLUME_JAVA_OPTS and in JAVA_OPTS, which
// flume-env.sh sets. The command line wins, then FLUME_JAVA_OPTS; of equal names the last, as in a JVM.
import { withoutCurlyQuotes } from './pasted.ts'

export type Property = readonly [name: string, value: string]

/** `name=value`, the text behind -D; a name alone has the empty text as its value, no name at all is nothing. */
export function propertyOf(text: string): readonly Property[] {
  const equals = text.indexOf('=')
  const name = equals < 0 ? text : text.slice(0, equals)
  return name === '' ? [] : [[name, equals < 0 ? '' : withoutCurlyQuotes(text.slice(equals + 1))]]
}

/** `a=b;c=d`, as Flume's PowerShell script takes them; each may begin with -D. */
export function propertiesOfList(text: string): readonly Property[] {
  return text.split(';').flatMap((part) => propertyOf(part.trim().replace(/^-D/, '')))
}

/** All system properties of this process. */
export function systemProperties(
  ofCommandLine: readonly Property[],
  environment: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, string> {
  const ofJava = [environment['JAVA_OPTS'], environment['FLUME_JAVA_OPTS']].flatMap((words) => wordsOf(words ?? ''))
  const properties = ofJava.filter((word) => word.startsWith('-D')).flatMap((word) => propertyOf(word.slice(2)))
  return new Map([...properties, ...ofCommandLine])
}

const WORD = /(?:[^\s"']|"[^"]*"|'[^']*'|["'])+/g
const QUOTED_PART = /"([^"]*)"|'([^']*)'/g

// Quotes keep blanks together, as their author meant; Flume's script would split there.
function wordsOf(text: string): readonly string[] {
  const words = text.match(WORD) ?? []
  return words.map((word) => word.replace(QUOTED_PART, (_, double?: string, single?: string) => double ?? single ?? ''))
}
