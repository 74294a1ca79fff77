// `flume-ng agent` (Flume 1.11, Application): words into AgentOptions, then the agent runs.
// Different on purpose: every failed start ends with status 1 (Flume: 0), `-h` needs no name.
import { fileURLToPath } from 'node:url'
import { createLog } from '../log.ts'
import type { AgentOptions } from './agent-options.ts'
import { dryRunText } from './dry-run.ts'
import { asSentence, fatal } from './fatal.ts'
import { configureLogFrom } from './logging.ts'
import { normalise } from './normalise.ts'
import { readOptionDefaults } from './option-defaults.ts'
import { AGENT } from './option-tables.ts'
import { parse, type Words } from './parse.ts'
import { systemProperties } from './system-properties.ts'
import { usageOf } from './usage.ts'

/** Runs an agent to its end; resolves with the exit status. */
export async function agentCommand(argv: readonly string[]): Promise<number> {
  const words = normalise(AGENT.options, argv)
  if (words.problem !== undefined) return fatal(`${asSentence(words.problem)} flume-ng help agent lists the options.`)
  const confDir = words.given.findLast(({ option }) => option.name === 'conf')?.value
  const defaults = await readOptionDefaults(AGENT.options, confDir)
  const parsed = await parse(AGENT.options, words, defaults.given)
  if (parsed.has('help')) {
    process.stdout.write(usageOf(AGENT))
    return 0
  }
  const system = systemProperties(words.properties, process.env)
  const { options, problem } = agentOptions(parsed, system, argv)
  if (options.dryRun) {
    process.stderr.write('Info: Dryrun mode enabled (will not actually initiate startup)\n')
    process.stdout.write(dryRunText(AGENT, argv, parsed.values('conf-password')))
    return 0
  }
  if (problem !== undefined) return fatal(problem)
  configureLogFrom(system, process.cwd())
  const log = createLog('main', AGENT.javaClass)
  for (const warning of defaults.warnings) log.warn(warning)
  if (words.strays.length > 0) log.warn(`These words belong to no option and are ignored: ${words.strays.join(' ')}`)
  if (parsed.has('conf-uri') && parsed.has('conf-file'))
    log.warn('--conf-file is ignored, because --conf-uri is given.')
  for (const name of WITHOUT_EFFECT) if (parsed.has(name)) log.warn(`--${name} has no effect in this version.`)
  const { runAgent } = await import('./agent.ts')
  return runAgent(options)
}

/** The options, and the first reason why an agent cannot run with them. */
export function agentOptions(
  words: Words,
  system: ReadonlyMap<string, string>,
  argv: readonly string[],
): { readonly options: AgentOptions; readonly problem?: string | undefined } {
  const uris = words.values('conf-uri').map(confUri)
  const seconds = words.value('poll-interval')?.trim()
  const options = {
    name: words.value('name') ?? '',
    confFiles: uris.length > 0 ? uris.flatMap(({ file }) => file ?? []) : words.values('conf-file'),
    confUris: uris.flatMap(({ uri }) => uri ?? []),
    confDir: words.value('conf'),
    pollIntervalSeconds: Number(seconds) || undefined,
    reload: !words.has('no-reload-conf'),
    backupDirectory: words.value('backup-directory'),
    zkConnString: words.value('zkConnString'),
    zkBasePath: words.value('zkBasePath'),
    confUser: words.value('conf-user'),
    confPassword: words.value('conf-password'),
    system,
    dryRun: words.has('dryrun'),
    argv,
  }
  return { options, problem: problemOf(options, words) ?? uris.find(({ problem }) => problem)?.problem }
}

function problemOf(options: AgentOptions, words: Words): string | undefined {
  const seconds = words.value('poll-interval')?.trim() ?? '0'
  if (options.name === '') {
    return 'Missing required option: n. It is the name that the keys of the configuration begin with: -n a1'
  }
  if (!/^\+?\d{1,9}$/.test(seconds)) return `--poll-interval takes a whole number of seconds, which ${seconds} is not.`
  for (const [name, what] of NOT_YET) if (words.has(name)) return `${what} (--${name}) is not available yet.`
  if (options.confUris.length > 0) {
    const scheme = options.confUris[0]?.replace(/:[\s\S]*/, '')
    return `A configuration from ${scheme}: (--conf-uri) is not available yet; give a file with --conf-file.`
  }
  if (options.confFiles.length === 0 && !words.has('conf-uri')) {
    return 'No configuration was provided. Give a file with --conf-file.'
  }
  return undefined
}

/** Options of configurations that are not files. */
const WITHOUT_EFFECT = ['backup-directory', 'zkBasePath', 'conf-user', 'conf-password']
const NOT_YET: readonly (readonly [string, string])[] = [
  ['zkConnString', 'A configuration in ZooKeeper'],
  ['conf-provider', 'Another configuration provider'],
  ['auth-provider', 'An authorization provider'],
]

interface ConfUri {
  readonly file?: string
  readonly uri?: string
  readonly problem?: string
}

// A file: URI or a plain path is a file; one letter before the colon is a drive.
function confUri(text: string): ConfUri {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined) return { file: text }
  if (scheme !== 'file') return { uri: text }
  if (!text.startsWith('/', 5)) return { file: text.slice(5) }
  try {
    return { file: fileURLToPath(text) }
  } catch {
    return { problem: `${text} is not the URI of a file on this machine.` }
  }
}
