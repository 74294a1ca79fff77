// Defaults of agent options (Flume 1.11, Application): /etc/flume/flume.opts, else flume.opts in the --conf directory,
// which is where Flume's class path begins. Java properties; keys are option names, short or long.
// Different on purpose: an unknown key is a warning and not the end.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { reasonOf } from '../errors.ts'
import type { Given } from './normalise.ts'
import type { CommandOption } from './option-tables.ts'

export interface OptionDefaults {
  readonly given: readonly Given[]
  readonly warnings: readonly string[]
}

const SYSTEM_WIDE = '/etc/flume/flume.opts'
const YES = new Set(['yes', 'true', '1'])

/** Reads the first of the two files that exists. */
export async function readOptionDefaults(
  options: readonly CommandOption[],
  confDir: string | undefined,
  systemWide = SYSTEM_WIDE,
): Promise<OptionDefaults> {
  const files = confDir === undefined ? [systemWide] : [systemWide, join(confDir, 'flume.opts')]
  const file = files.find((path) => existsSync(path))
  if (file === undefined) return { given: [], warnings: [] }
  try {
    return await defaultsOf(await readFile(file), file, options)
  } catch (error) {
    return { given: [], warnings: [`${file} cannot be read: ${reasonOf(error)}. Ignored.`] }
  }
}

async function defaultsOf(bytes: Buffer, file: string, options: readonly CommandOption[]): Promise<OptionDefaults> {
  const { parsePairs } = await import('../config/properties.ts')
  const given: Given[] = []
  const warnings: string[] = []
  for (const [key, value] of parsePairs(bytes)) {
    const option = options.find(({ name, short }) => key === name || key === short)
    if (!option) warnings.push(`${file}: ${key} is not an option of this command. Ignored.`)
    else if (option.value !== undefined) given.push({ option, value })
    else if (YES.has(value.toLowerCase())) given.push({ option })
  }
  return { given, warnings }
}
