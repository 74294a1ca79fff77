// The words behind a verb, read: normalised into one spelling, completed from flume.opts, then parsed by yargs.
import type { Given, Normalised } from './normalise.ts'
import type { CommandOption } from './option-tables.ts'
import { WRAPPER_OPTIONS } from './option-tables.ts'

/** What was given for each option, by its long name. */
export interface Words {
  has(name: string): boolean
  /** The value that counts: the first, or the last of what Flume's wrapper script takes. */
  value(name: string): string | undefined
  values(name: string): readonly string[]
}

/** Parses what `normalise` has put into one spelling; `defaults` count for options that are not among the words. */
export async function parse(
  options: readonly CommandOption[],
  words: Normalised,
  defaults: readonly Given[] = [],
): Promise<Words> {
  const all = [...options, ...WRAPPER_OPTIONS]
  const named = new Set(words.given.map(({ option }) => option.name))
  const given = [...words.given, ...defaults.filter(({ option }) => !named.has(option.name))]
  const { default: yargs } = await import('yargs')
  const parser = yargs(given.map(canonical)).exitProcess(false).help(false).version(false).parserConfiguration({
    'boolean-negation': false,
    'camel-case-expansion': false,
    'dot-notation': false,
    'greedy-arrays': false,
    'short-option-groups': false,
  })
  for (const { name, value } of all) {
    parser.option(name, value === undefined ? { type: 'boolean' } : { type: 'string', array: true })
  }
  const parsed: Readonly<Record<string, unknown>> = await parser.parseAsync()
  const values = (name: string) => (Array.isArray(parsed[name]) ? parsed[name].map(String) : [])
  const last = new Set(WRAPPER_OPTIONS.map(({ name }) => name))
  return {
    has: (name) => parsed[name] === true || values(name).length > 0,
    value: (name) => values(name).at(last.has(name) ? -1 : 0),
    values,
  }
}

function canonical({ option, value }: Given): string {
  return value === undefined ? `--${option.name}` : `--${option.name}=${value}`
}
