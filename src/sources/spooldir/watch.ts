// Tells at once that something happened in the spooling directory, instead of at the next look. Plain fs.watch on the
// directories: chokidar lists and looks at every file again for each change, which with 50,000 files takes a whole core.
// It only hurries: where watching is impossible (network file systems, too many watches) pollDelay is what counts.
import { type FSWatcher, watch } from 'node:fs'
import type { Directory } from './directory.ts'

const MOST_WATCHES = 1000

export class DirectoryWatch {
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #onName: (folder: string, name: string) => void

  /** `onName` gets each name that came, went or changed. */
  constructor(onName: (folder: string, name: string) => void) {
    this.#onName = onName
  }

  /** Watches these directories and no others. */
  follow(folders: Iterable<Directory>): void {
    const wanted = new Map([...folders].map((folder) => [`${folder.identity} ${folder.path}`, folder.path]))
    for (const key of this.#watchers.keys()) if (!wanted.has(key)) this.#drop(key)
    for (const [key, path] of wanted) if (!this.#watchers.has(key)) this.#add(key, path)
  }

  close(): void {
    for (const key of this.#watchers.keys()) this.#drop(key)
  }

  #add(key: string, path: string): void {
    if (this.#watchers.size >= MOST_WATCHES) return
    try {
      const watcher = watch(path, { persistent: false }, (_kind, name) => this.#onName(path, name ?? ''))
      watcher.on('error', () => this.#drop(key))
      this.#watchers.set(key, watcher)
    } catch {
      // The directory has gone or watches are used up: the next look finds out.
    }
  }

  #drop(key: string): void {
    this.#watchers.get(key)?.close()
    this.#watchers.delete(key)
  }
}
