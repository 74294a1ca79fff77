// Tells when configuration files have changed. Flume 1.11 looks at their modification times every 30 s; here the file
// system's events make it prompt, and a look at identity, size and time of the files every few seconds makes it certain:
// after a replacement by rename, by an older file, or by the exchange of a link above them, as Kubernetes does.

import { type BigIntStats, statSync } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
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
/** Entries of a folder that is watched as a whole. */
const LARGEST_FOLDER = 500
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
  readonly #watched = new Set<string>()
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

  // Folders are watched rather than files, because a file that is replaced takes its watch with it. But chokidar looks at
  // every file of a folder whenever something happens in it: in a large one, such as /tmp, only the files are watched.
  async #listen(): Promise<FSWatcher | undefined> {
    const { watch } = await import('chokidar')
    const places = await this.#newPlaces()
    if (this.#closed) return undefined
    const watcher = watch(places, {
      ignored: (path) => !this.#watched.has(path),
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

  // The folders of the files, and of those to which links lead now.
  async #newPlaces(): Promise<string[]> {
    const real = await Promise.all(this.#files.map((file) => realpath(file).catch(() => file)))
    const all = await Promise.all([...this.#files, ...real].map(placeToWatch))
    const fresh = [...new Set(all)].filter((place) => !this.#watched.has(place))
    for (const place of fresh) this.#watched.add(place)
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
    const places = await this.#newPlaces()
    if (places.length > 0 && !this.#closed) watcher?.add(places)
  }

  // A file that is gone counts as it was, because there is nothing to load.
  async #markNow(file: string, index: number): Promise<string> {
    const mark = markOf(await stat(file, { bigint: true }).catch(() => undefined))
    return mark === ABSENT ? (this.#known[index] ?? ABSENT) : mark
  }
}

async function placeToWatch(file: string): Promise<string> {
  const folder = dirname(file)
  const entries = await readdir(folder).catch(() => [])
  return entries.length <= LARGEST_FOLDER ? folder : file
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
