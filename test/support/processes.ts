// The built program in processes of its own, as users start it. Every test has a home and a mark of its own: what bears the
// mark in its environment, children of children included, is gone after the test.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { constants, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach } from '@jest/globals'
import { eventually } from './eventually.ts'

const PACKAGE = resolve('.')
const MARK = 'MILLRACE_TEST_MARK'

let home = ''
let mark = ''
let programs: Program[] = []

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'e2e-'))
  mark = home
})

afterEach(async () => {
  for (const program of programs) program.signal('SIGKILL')
  for (const pid of marked()) kill(pid)
  await Promise.all(programs.map((program) => program.ended))
  programs = []
  rmSync(home, { recursive: true, force: true })
})

/** A directory of this test's own; programs have it as HOME. */
export const ownHome = () => home

export interface Settings {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** `bin/flume-ng <words>` in the folder of the package. */
export function flumeNg(words: readonly string[], settings?: Settings): Program {
  return start('bin/flume-ng', words, settings)
}

export function start(command: string, words: readonly string[], { cwd = PACKAGE, env = {} }: Settings = {}): Program {
  if (!existsSync(join(PACKAGE, 'lib', 'cli', 'main.js'))) throw new Error('lib/ is missing: run npm run build first.')
  const program = new Program(
    spawn(command, words, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, HOME: home, [MARK]: mark, NODE_OPTIONS: '', ...env },
    }),
  )
  programs.push(program)
  return program
}

export class Program {
  /** The exit status as a shell shows it: 128 + n after signal n. */
  readonly ended: Promise<number>
  status: number | undefined
  readonly #child: ChildProcess
  readonly #out: Buffer[] = []
  readonly #err: Buffer[] = []
  /** Bytes on standard output so far. */
  outBytes = 0

  constructor(child: ChildProcess) {
    this.#child = child
    child.stdout?.on('data', (chunk: Buffer) => {
      this.#out.push(chunk)
      this.outBytes += chunk.length
    })
    child.stderr?.on('data', (chunk: Buffer) => this.#err.push(chunk))
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => {
        this.status = code ?? 128 + (signal ? constants.signals[signal] : 0)
        resolve(this.status)
      })
    })
    this.ended.catch(() => {})
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }

  /** Standard output so far. */
  out(): string {
    return Buffer.concat(this.#out).toString('utf8')
  }

  /** Standard error so far. */
  err(): string {
    return Buffer.concat(this.#err).toString('utf8')
  }

  /** Waits until standard error or standard output has such a text, and gives the match. */
  async says(pattern: RegExp, timeoutMs = 15_000): Promise<RegExpExecArray> {
    const look = () => pattern.exec(this.err()) ?? pattern.exec(this.out())
    await eventually(() => look() !== null || this.status !== undefined, 'text', timeoutMs).catch(() => {})
    const match = look()
    if (match) return match
    const state = this.status === undefined ? `within ${timeoutMs} ms` : `before its end with status ${this.status}`
    throw new Error(`${pattern} was not said ${state}, but:\n${this.err().slice(-2000)}`)
  }

  signal(signal: NodeJS.Signals): void {
    if (this.status === undefined) this.#child.kill(signal)
  }

  /** Sends a signal and gives the exit status. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = 20_000): Promise<number> {
    this.signal(signal)
    await eventually(() => this.status !== undefined, `end after ${signal}`, timeoutMs)
    return this.ended
  }
}

/** Processes of this test that run: the programs and all that they have started. Empty where there is no /proc. */
export function marked(): number[] {
  if (!HAS_PROC) return []
  return readdirSync('/proc').filter(isMarked).map(Number)
}

export const HAS_PROC = existsSync('/proc/self/environ')

function isMarked(pid: string): boolean {
  try {
    return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${MARK}=${mark}\0`)
  } catch {
    return false
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended in the meantime.
  }
}

/** Waits for ports of localhost that a configuration names; rejects with a sentence when one stays taken. */
export async function freePorts(...ports: readonly number[]): Promise<void> {
  for (const port of ports)
    await closed(await boundWithin(port, 5000, 'A configuration names it: end what listens there.'))
}

/**
 * Keeps other runs of the tests away from ports that are the same everywhere: waits until the port, which only tells who
 * has the turn, can be bound. The function that it gives ends the turn; so does the end of the process.
 */
export async function turnAt(port: number, timeoutMs: number): Promise<() => Promise<void>> {
  const server = await boundWithin(port, timeoutMs, 'It tells whose turn it is: another run of the tests does not end.')
  return () => closed(server)
}

async function boundWithin(port: number, timeoutMs: number, why: string): Promise<Server> {
  try {
    return await eventually(() => bound(port), '', timeoutMs)
  } catch {
    throw new Error(`Port ${port} of localhost is taken by another program. ${why}`)
  }
}

function bound(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, 'localhost', () => resolve(server))
  })
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()))
}
