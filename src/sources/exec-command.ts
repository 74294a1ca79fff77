// A running command of the exec source: its own process group, so that a stop reaches what a shell has started, too. Its
// standard input stays open and silent as under Flume. When the agent is killed and can end nothing any more, a guard
// (a shell that waits for the end of a pipe) ends the group in its stead.
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long a command may take to end after it was asked to, or after it has closed its output. */
const GRACE_MS = 2000
/** A command that is over sooner needs no guard. */
const GUARD_AFTER_MS = 1000
/** Ends the process group $1 when standard input ends. */
const GUARD_SCRIPT = 'read -r nothing; kill -TERM "-$1"'

/** The words to run: the command split at white space, or the shell's words and the command as one more. */
export function wordsOf(command: string, shell: string | undefined): readonly string[] {
  const words = (text: string) => text.trim().split(/\s+/)
  return shell === undefined ? words(command) : [...words(shell), command]
}

export class RunningCommand {
  readonly stdout: Readable
  readonly stderr: Readable | undefined
  readonly #child: ChildProcess
  readonly #exited: Promise<number>
  readonly #guardTimer: NodeJS.Timeout
  #guard: ChildProcess | undefined

  private constructor(child: ChildProcess, stdout: Readable) {
    this.#child = child
    this.stdout = stdout
    this.stderr = child.stderr ?? undefined
    for (const stream of [child.stdin, stdout, child.stderr]) stream?.on('error', () => {})
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
    })
    this.#guardTimer = setTimeout(() => this.#watch(), GUARD_AFTER_MS).unref()
    void this.#exited.then(() => this.#unwatch())
  }

  /** Starts a command. Standard error is thrown away unless `keepStderr`. Rejects when it cannot be started. */
  static async start(words: readonly string[], keepStderr: boolean): Promise<RunningCommand> {
    const [file = '', ...args] = words
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', keepStderr ? 'pipe' : 'ignore'], detached: true })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    child.on('error', () => {})
    if (!child.stdout) throw new Error('it has no standard output')
    return new RunningCommand(child, child.stdout)
  }

  /** The exit status, 128 + n after signal n. The output is at its end: a command that goes on is ended, as by Flume. */
  async finished(): Promise<number> {
    if (!(await this.#within(GRACE_MS))) await this.terminate()
    this.#child.stdin?.destroy()
    return this.#exited
  }

  /** Asks the whole group to end and ends it by force when it has not within two seconds. */
  async terminate(): Promise<void> {
    this.#signal('SIGTERM')
    const deadline = Date.now() + GRACE_MS
    while (Date.now() < deadline && this.#signal(0)) await sleep(10)
    this.#signal('SIGKILL')
  }

  /** Reads no more output: somebody outside of the group may hold it open for good. */
  abandon(): void {
    this.stdout.destroy()
  }

  #within(ms: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ms)
    })
    return Promise.race([this.#exited.then(() => true), late]).finally(() => clearTimeout(timer))
  }

  // True while somebody of the group was there to get it.
  #signal(signal: NodeJS.Signals | 0): boolean {
    const { pid } = this.#child
    try {
      return pid !== undefined && process.kill(-pid, signal)
    } catch {
      return false
    }
  }

  #watch(): void {
    const guard = spawn('/bin/sh', ['-c', GUARD_SCRIPT, 'sh', `${this.#child.pid}`], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    guard.on('error', () => {})
    guard.stdin.on('error', () => {})
    guard.unref()
    this.#guard = guard
  }

  #unwatch(): void {
    clearTimeout(this.#guardTimer)
    this.#guard?.kill('SIGKILL')
  }
}
