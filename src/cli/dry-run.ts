// What `--dryrun` prints: the command line that would run, to be pasted into a shell.
import type { Command } from './option-tables.ts'
import { straightWord } from './pasted.ts'

const DRY_RUN = new Set(['-d', '-dryrun', '--dryrun'])

/** The command line of this process without its dry run and its secrets. */
export function dryRunText(command: Command, argv: readonly string[], secrets: readonly string[]): string {
  const words = argv.filter((word) => !DRY_RUN.has(straightWord(word)))
  const shown = words.map((word) => secrets.reduce(withoutEnding, withoutPassword(word)))
  const line = [process.execPath, process.argv[1] ?? 'flume-ng', command.javaClass, ...shown].map(quoted).join(' ')
  return `${line}\n`
}

const HIDDEN = '********'

// The value of an option in any spelling, glued or not.
function withoutEnding(word: string, secret: string): string {
  return secret !== '' && word.endsWith(secret) ? word.slice(0, -secret.length) + HIDDEN : word
}

// -Djavax.net.ssl.keyStorePassword=..., and user:password in a URI.
function withoutPassword(word: string): string {
  return word.replace(/^([^=]*passw[^=]*=)[\s\S]+/i, `$1${HIDDEN}`).replace(/(:\/\/[^/@:]*:)[^/@]*@/, `$1${HIDDEN}@`)
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
