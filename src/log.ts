// The agent's own log, in the shape of Flume's log4j console pattern: `date (thread) [LEVEL - logger] message`.
// Lines are gathered and written once per turn of the event loop, because the logger sink prints hundreds of thousands
// a second; what is still gathered is written synchronously when the process ends.
import { mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export type Level = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'OFF'

export interface Log {
  readonly debugEnabled: boolean
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}

/** Where lines go: `console` is standard error; a file is opened for appending, its folder is created. */
export interface LogTarget {
  readonly level: Level
  readonly console: boolean
  readonly file?: string | undefined
}

const RANK: Record<Level, number> = { DEBUG: 0, INFO: 1, WARN: 2, ERROR: 3, OFF: 4 }
const FLUSH_AT = 1 << 16

let threshold = RANK.INFO
let toConsole = true
let fileDescriptor: number | undefined
let gathered = ''
let scheduled = false
let stampMs = 0
let stamp = ''

/** Sets level and targets for the whole process (`-Dflume.root.logger`). Throws when the file cannot be opened. */
export function configureLog(target: LogTarget): void {
  flushLog()
  threshold = RANK[target.level]
  toConsole = target.console
  if (target.file === undefined) fileDescriptor = undefined
  else {
    mkdirSync(dirname(target.file), { recursive: true })
    fileDescriptor = openSync(target.file, 'a')
  }
}

/** A logger that prints `(thread) [LEVEL - logger]`; both are fixed, so they are joined once. */
export function createLog(thread: string, logger: string): Log {
  const at = (level: Level) => {
    const rank = RANK[level]
    const head = ` (${thread}) [${level} - ${logger}] `
    return (message: string) => {
      if (rank >= threshold) append(`${now()}${head}${message}\n`)
    }
  }
  return {
    get debugEnabled() {
      return threshold === RANK.DEBUG
    },
    debug: at('DEBUG'),
    info: at('INFO'),
    warn: at('WARN'),
    error: at('ERROR'),
  }
}

/** Writes what is gathered, now. */
export function flushLog(): void {
  scheduled = false
  if (gathered === '') return
  const text = gathered
  gathered = ''
  if (toConsole) process.stderr.write(text)
  if (fileDescriptor !== undefined) writeToFile(fileDescriptor, text)
}

function writeToFile(fd: number, text: string): void {
  try {
    writeSync(fd, text)
  } catch {
    // A log that cannot be written (full disk) must not take the agent down; the console still has the line.
    if (!toConsole) process.stderr.write(text)
  }
}

function append(line: string): void {
  gathered += line
  if (gathered.length >= FLUSH_AT) flushLog()
  else if (!scheduled) {
    scheduled = true
    setImmediate(flushLog)
  }
}

function now(): string {
  const ms = Date.now()
  if (ms !== stampMs) {
    stampMs = ms
    const d = new Date(ms)
    const two = (n: number) => (n < 10 ? `0${n}` : `${n}`)
    const day = `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`
    const time = `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`
    stamp = `${day} ${time},${String(d.getMilliseconds()).padStart(3, '0')}`
  }
  return stamp
}

process.on('exit', flushLog)
