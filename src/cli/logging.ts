// Where the log goes. -Dflume.root.logger=LEVEL,console works as Flume's guide describes it (Flume 1.11 itself ignores
// it); LOGFILE and its kin write flume.log.dir/flume.log.file. Without it the log is on the console, unlike with Flume's
// log4j2.xml, so that a first try shows something.
import { resolve } from 'node:path'
import { reasonOf } from '../errors.ts'
import { configureLog, createLog, type Level, type LogTarget } from '../log.ts'

const LEVELS: Readonly<Record<string, Level>> = {
  ALL: 'DEBUG',
  TRACE: 'DEBUG',
  DEBUG: 'DEBUG',
  INFO: 'INFO',
  WARN: 'WARN',
  WARNING: 'WARN',
  ERROR: 'ERROR',
  FATAL: 'ERROR',
  OFF: 'OFF',
}
const CONSOLES = new Set(['CONSOLE', 'STDOUT', 'STDERR'])
const FILES = new Set(['LOGFILE', 'FILE', 'DAILY', 'DRFA', 'RFA', 'ROLLINGFILE'])

let onConsole = true

/** Sets up the log of this process from flume.root.logger, flume.log.dir and flume.log.file. */
export function configureLogFrom(system: ReadonlyMap<string, string>, cwd: string): void {
  const { target, warning } = logTarget(system, cwd)
  let trouble = warning
  try {
    configureLog(target)
    onConsole = target.console
  } catch (error) {
    configureLog({ level: target.level, console: true })
    onConsole = true
    trouble = `The log file ${target.file} cannot be written: ${reasonOf(error)}. The log goes to the console.`
  }
  if (trouble !== undefined) createLog('main', 'org.apache.flume.node.Application').warn(trouble)
}

/** False when the log goes only to a file, so that what ends the process must be said elsewhere, too. */
export function isLogOnConsole(): boolean {
  return onConsole
}

/** What the properties mean. Pure. */
export function logTarget(
  system: ReadonlyMap<string, string>,
  cwd: string,
): { readonly target: LogTarget; readonly warning?: string } {
  const text = system.get('flume.root.logger') ?? ''
  let level: Level = 'INFO'
  let console = false
  let toFile = false
  const unknown: string[] = []
  // Wide commas and dots, because the property is typed by hand and pasted from everywhere.
  for (const word of text.split(/[\s,;.\uff0c\u3001]+/).filter((part) => part !== '')) {
    const wanted = word.toUpperCase()
    if (LEVELS[wanted] !== undefined) level = LEVELS[wanted]
    else if (CONSOLES.has(wanted)) console = true
    else if (FILES.has(wanted)) toFile = true
    else unknown.push(word)
  }
  const folder = system.get('flume.log.dir') || './logs'
  const file = toFile ? resolve(cwd, folder, system.get('flume.log.file') || 'flume.log') : undefined
  const target = { level, console: console || !toFile, file }
  if (unknown.length === 0) return { target }
  const known = 'a level (DEBUG, INFO, WARN, ERROR, OFF), console and LOGFILE'
  return { target, warning: `flume.root.logger knows ${known}, but not ${unknown.join(', ')}. Ignored.` }
}
