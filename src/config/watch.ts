// Tells when configuration files have changed. Flume 1.11 looks at their modification times every 30 s; here the file
// system's events make it prompt, and a look at identity, size and time of the files every few seconds makes it certain:
// after a replacement by rename, by an older file, or by the exchange of a link above them, as Kubernetes does.

import { type BigIntStats, statSync } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { FSWatcher } from 'chokidar'
import { reasonOf } from '../errors.ts'

export interface FileWatch {
  /** Resolves when no file is watched any more. A call of `onChange` that is under way goes on. */
  close(): Promise<void>
}

const DEFAULT_POLL_S = 30
/** Files that change are left alone until they have been the same for this long. */
const QUIET_MS = 100
const ABSENT = 'absent'

/**
 * Calls `onChange` after the content of any file may have changed since this call, never while an earlier call has not
 * settled. A file that is gone is no change; its return is one. `pollSeconds` of 0 or less means 30. `onChange` should
 * not reject: if it does, that becomes a process warning, and watching goes on.
 */
export function watchFiles(
  files: readonly string[],
  pollSeconds: number,
  onChange: () => void | Promise<void>,
): FileWatch {
  return new Watch(files, pollSeconds, onChange)
}

class Watch implements FileWatch {
  readonly #files: readonly string[]
  readonly #onChange: () => void | Promise<void>
  readonly #poll: NodeJS.Timeout
  readonly #events: Promise<FSWatcher | undefined>
  readonly #folders = new Set<string>()
  /** What `onChange` has been told of, per file. */
  #known: readonly string[]
  /** What was found last, and since when. */
  #seen: readonly string[]
  #seenAtMs = 0
  #timer: NodeJS.Timeout | undefined
  #busy = false
  #closed = false

  constructor(files: readonly string[], pollSeconds: number, onChange: () => void | Promise<void>) {
    this.#files = files.map((file) => resolve(file))
    this.#onChange = onChange
    this.#known = this.#files.map(markAtOnce)
    this.#seen = this.#known
    const pollMs = (pollSeconds > 0 ? pollSeconds : DEFAULT_POLL_S) * 1000
    this.#poll = setInterval(() => this.#look(), pollMs)
    // Without events, looking every few seconds remains.
    this.#events = this.#listen().catch(() => undefined)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#poll)
    clearTimeout(this.#timer)
    await (await this.#events)?.close()
  }

  // Folders are watched rather than files, because a file that is replaced takes its watch with it.
  async #listen(): Promise<FSWatcher | undefined> {
    const { watch } = await import('chokidar')
    const folders = await this.#newFolders()
    if (this.#closed) return undefined
    const watcher = watch(folders, {
      ignored: (path) => !this.#folders.has(path),
      depth: 0,
      ignoreInitial: true,
      usePolling: false,
    })
    watcher.on('raw', () => this.#lookSoon())
    watcher.on('ready', () => this.#lookSoon())
    // Where a folder cannot be watched (too many watches, no such folder), looking every few seconds remains.
    watcher.on('error', () => {})
    return watcher
  }

  // Those of the files, and those to which links lead now.
  async #newFolders(): Promise<string[]> {
    const real = await Promise.all(this.#files.map((file) => realpath(file).catch(() => file)))
    const all = new Set([...this.#files, ...real].map((file) => dirname(file)))
    const fresh = [...all].filter((folder) => !this.#folders.has(folder))
    for (const folder of fresh) this.#folders.add(folder)
    return fresh
  }

  #lookSoon(): void {
    if (this.#closed) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#look()
    }, QUIET_MS)
  }

  async #look(): Promise<void> {
    if (this.#busy) return this.#lookSoon()
    this.#busy = true
    const found = await Promise.all(this.#files.map((file, index) => this.#markNow(file, index)))
    const changed = !same(found, this.#known)
    if (!same(found, this.#seen)) {
      this.#seen = found
      this.#seenAtMs = performance.now()
    }
    const quiet = performance.now() - this.#seenAtMs >= QUIET_MS
    if (changed && quiet && !this.#closed) {
      this.#known = found
      await this.#tell()
      await this.#followLinks()
    }
    this.#busy = false
    if (changed) this.#lookSoon()
  }

  async #tell(): Promise<void> {
    try {
      await this.#onChange()
    } catch (error) {
      process.emitWarning(`A change of the configuration could not be handled: ${reasonOf(error)}`)
    }
  }

  async #followLinks(): Promise<void> {
    const watcher = await this.#events
    const folders = await this.#newFolders()
    if (folders.length > 0 && !this.#closed) watcher?.add(folders)
  }

  // A file that is gone counts as it was, because there is nothing to load.
  async #markNow(file: string, index: number): Promise<string> {
    const mark = markOf(await stat(file, { bigint: true }).catch(() => undefined))
    return mark === ABSENT ? (this.#known[index] ?? ABSENT) : mark
  }
}

function markOf(stats: BigIntStats | undefined): string {
  return stats === undefined ? ABSENT : `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeNs}`
}

function markAtOnce(file: string): string {
  try {
    return markOf(statSync(file, { bigint: true }))
  } catch {
    return ABSENT
  }
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.every((text, index) => text === b[index])
}
