// The four prefixes that Flume 1.11 knows in references: `sys`, `env`, `java` and `date` (commons-text's string lookups).
// Different on purpose: `java` tells of Node.js, and those system properties that every Java has are answered too.
import { arch, availableParallelism, homedir, release, tmpdir, type as typeOfSystem, userInfo } from 'node:os'
import { delimiter, sep } from 'node:path'
import { formatDate } from './date-pattern.ts'

/** What a configuration may look up. */
export interface World {
  /** The `-D` options. */
  readonly system: ReadonlyMap<string, string>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: Date
}

type Source = (name: string, world: World) => string | undefined

const SOURCES: ReadonlyMap<string, Source> = new Map<string, Source>([
  ['sys', (name, world) => world.system.get(name) ?? JAVA_PROPERTIES.get(name)?.()],
  ['env', environment],
  ['java', (name) => JAVA_TEXTS.get(name)?.()],
  ['date', (pattern, world) => formatDate(pattern, world.now)],
])

const JAVA_PROPERTIES: ReadonlyMap<string, () => string> = new Map([
  ['user.home', homedir],
  ['user.name', () => userInfo().username],
  ['user.dir', () => process.cwd()],
  ['java.io.tmpdir', tmpdir],
  ['os.name', typeOfSystem],
  ['os.version', release],
  ['os.arch', architecture],
  ['file.separator', () => sep],
  ['path.separator', () => delimiter],
  ['line.separator', () => (sep === '/' ? '\n' : '\r\n')],
  ['file.encoding', () => 'UTF-8'],
])

const JAVA_TEXTS: ReadonlyMap<string, () => string> = new Map([
  ['version', () => `Node.js version ${process.versions.node}`],
  ['runtime', () => `Node.js (build ${process.version})`],
  ['vm', () => `V8 (build ${process.versions.v8})`],
  ['os', () => `${typeOfSystem()} ${release()}, architecture: ${architecture()}`],
  ['hardware', () => `processors: ${availableParallelism()}, architecture: ${architecture()}`],
  ['locale', () => `default locale: ${locale()}, platform encoding: UTF-8`],
])

export function isPrefix(word: string): boolean {
  return SOURCES.has(word.toLowerCase())
}

/** The value of `prefix:name`, or undefined when there is none or the prefix, in any case, is unknown. */
export function lookUp(prefix: string, name: string, world: World): string | undefined {
  return SOURCES.get(prefix.toLowerCase())?.(name, world)
}

export function environment(name: string, world: World): string | undefined {
  return Object.hasOwn(world.env, name) ? world.env[name] : undefined
}

// Java's words for the two that are common.
function architecture(): string {
  const own = arch()
  return own === 'x64' ? 'amd64' : own === 'arm64' ? 'aarch64' : own
}

function locale(): string {
  return new Intl.DateTimeFormat().resolvedOptions().locale.replace('-', '_')
}
