// The files of a spooling directory that wait to be read, in the order of consumeOrder (Flume 1.11,
// ReliableSpoolingFileEventReader): by modification time, equal ones by name, or as they are listed. Different on
// purpose: Flume lists the directory anew for every file; here a round works through one listing, and modification
// times are asked for once, so that 100,000 files are no burden.
import { type Stats, stat as statCallback } from 'node:fs'
import { type Log, reasonOf } from '../../component.ts'
import { Directory } from './directory.ts'
import { absolutePath, type Names } from './names.ts'

/** What tells whether a file is still the same. */
export interface Stamp {
  readonly ino: number
  readonly size: number
  readonly mtimeMs: number
  readonly ctimeMs: number
}

export interface SpoolFile {
  readonly path: string
  readonly name: string
  /** Path below the spooling directory. */
  readonly relative: string
  stamp: Stamp | undefined
  /** When `stamp` was first seen, by the clock of performance.now(). */
  steadySince: number
  /** Since when it is waited for that nobody writes to it any more, by the same clock. */
  waitingSince: number
  /** Not to be looked at before, by the same clock. */
  checkAt: number
  /** `refused`: its content cannot be read; `changed`: while it was read; `unfinished`: read but not yet completed. */
  standing: 'new' | 'refused' | 'changed' | 'unfinished'
  /** The last complaint, which is made once. */
  complaint: string
}

export interface CatalogSettings {
  readonly root: string
  readonly names: Names
  readonly recursive: boolean
  readonly order: 'oldest' | 'youngest' | 'random'
  /** The tracker directory; never walked into. */
  readonly trackerDir: string
  /** Suffix of marker files below the tracker directory when they, and no new names, tell which files were read. */
  readonly markerSuffix: string | undefined
  readonly log: Log
}

const STATS_AT_ONCE = 8

export class Catalog {
  readonly #settings: CatalogSettings
  readonly #folders = new Map<string, Directory>()
  readonly #markers = new Map<string, Directory>()
  readonly #complaints = new Map<string, string>()
  #known = new Map<string, SpoolFile>()
  #complete = false

  constructor(settings: CatalogSettings) {
    this.#settings = settings
  }

  /** The directories that are looked into. */
  get folders(): Iterable<Directory> {
    return this.#folders.values()
  }

  has(path: string): boolean {
    return this.#known.has(path)
  }

  remove(file: SpoolFile): void {
    this.#known.delete(file.path)
  }

  /** Looks what there is. */
  async refresh(): Promise<void> {
    const seen = new Map<string, string>()
    const changed = await this.#walk('', seen)
    for (const path of this.#folders.keys()) if (!seen.has(path)) this.#folders.delete(path)
    if (!changed && this.#complete) return
    this.#complete = true
    const known = new Map<string, SpoolFile>()
    for (const [path, below] of seen) {
      const folder = this.#folders.get(path)
      const marked = new Set(this.#markers.get(path)?.files)
      const ignored = this.#settings.recursive ? [] : (folder?.folders ?? []).filter((name) => this.#isCandidate(name))
      for (const name of [...(folder?.files ?? []), ...ignored]) {
        if (marked.has(name + this.#settings.markerSuffix)) continue
        const full = `${path}/${name}`
        known.set(full, this.#known.get(full) ?? newFile(full, name, `${below}${name}`))
      }
    }
    this.#known = known
  }

  /** The files that may be looked at now, in order. */
  async due(): Promise<readonly SpoolFile[]> {
    const now = performance.now()
    const files = [...this.#known.values()].filter((file) => file.checkAt <= now)
    const { order } = this.#settings
    if (order === 'random') return files
    await stampAll(files.filter((file) => file.stamp === undefined))
    const sign = order === 'oldest' ? 1 : -1
    return files.sort((a, b) => sign * (timeOf(a) - timeOf(b)) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  }

  /** When the next file is due, by the clock of performance.now(); Infinity for none. */
  nextCheck(): number {
    let next = Number.POSITIVE_INFINITY
    for (const file of this.#known.values()) if (file.checkAt < next) next = file.checkAt
    return next
  }

  async #walk(below: string, seen: Map<string, string>, identities = new Set<string>()): Promise<boolean> {
    const { root, names, recursive, trackerDir } = this.#settings
    const path = below === '' ? root : `${root}/${below.slice(0, -1)}`
    const folder = this.#folders.get(path) ?? new Directory(path)
    let changed = await this.#refresh(folder, (name) => names.isFile(name))
    if (identities.has(folder.identity)) return changed
    identities.add(folder.identity)
    this.#folders.set(path, folder)
    seen.set(path, below)
    changed = (await this.#refreshMarkers(path, below)) || changed
    for (const name of recursive ? folder.folders : []) {
      if (names.isFolder(name) && `${path}/${name}` !== trackerDir)
        changed = (await this.#walk(`${below}${name}/`, seen, identities)) || changed
    }
    return changed
  }

  async #refreshMarkers(path: string, below: string): Promise<boolean> {
    const { trackerDir, markerSuffix } = this.#settings
    if (markerSuffix === undefined) return false
    const markers = this.#markers.get(path) ?? new Directory(javaFolder(trackerDir, below))
    this.#markers.set(path, markers)
    return this.#refresh(markers, (name) => name.endsWith(markerSuffix))
  }

  async #refresh(folder: Directory, isFile: (name: string) => boolean): Promise<boolean> {
    try {
      const listed = await folder.refresh(isFile)
      if (folder.path === this.#settings.root && folder.identity === '')
        this.#complain(folder, `Directory does not exist: ${absolutePath(folder.path)}`)
      else this.#complaints.delete(folder.path)
      return listed
    } catch (error) {
      this.#complain(folder, `The directory ${folder.path} cannot be read: ${reasonOf(error)}.`)
      return true
    }
  }

  #complain({ path }: Directory, complaint: string): void {
    if (this.#complaints.get(path) !== complaint) this.#settings.log.warn(complaint)
    this.#complaints.set(path, complaint)
  }

  #isCandidate(name: string): boolean {
    const { names, root, trackerDir } = this.#settings
    return names.isFile(name) && `${root}/${name}` !== trackerDir
  }
}

function newFile(path: string, name: string, relative: string): SpoolFile {
  const fresh = { stamp: undefined, steadySince: 0, checkAt: 0, standing: 'new', complaint: '' } as const
  return { path, name, relative, ...fresh, waitingSince: performance.now() }
}

function javaFolder(trackerDir: string, below: string): string {
  return below === '' ? trackerDir : `${trackerDir}/${below.slice(0, -1)}`
}

function timeOf(file: SpoolFile): number {
  return file.stamp?.mtimeMs ?? 0
}

// A few at a time: the thread pool works, and the event loop is never held up by a slow file system.
async function stampAll(files: readonly SpoolFile[]): Promise<void> {
  const now = performance.now()
  let next = 0
  const lane = (done: () => void): void => {
    const file = files[next++]
    if (file)
      statCallback(file.path, (error, stats) => {
        if (!error) see(file, stats, now)
        lane(done)
      })
    else done()
  }
  await Promise.all(Array.from({ length: STATS_AT_ONCE }, () => new Promise<void>(lane)))
}

/** Takes down what a file looks like now; true when it looks as before. */
export function see(file: SpoolFile, stats: Stats, now: number): boolean {
  const { ino, size, mtimeMs, ctimeMs } = stats
  const same = file.stamp !== undefined && sameContent(file.stamp, stats)
  file.stamp = { ino, size, mtimeMs, ctimeMs }
  if (!same) file.steadySince = now
  return same
}

/** Whether two looks at a path saw the same, untouched file. */
export function sameContent(a: Stamp, b: Stamp): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs
}
