// The work of a spooling directory source (Flume 1.11, SpoolDirectorySource): looks for files, reads them one after the
// other, completes them. Different on purpose: no file ends the source. One that cannot be read, changes while it is read
// or cannot be completed costs one warning and stays where it is; the others go on, and it is tried again when that may
// help. Files that were written a moment ago wait until they have been left alone, because they are noticed at once.
import { lstat, stat } from 'node:fs/promises'
import { type Counters, codeOf, type Log, reasonOf } from '../../component.ts'
import { type Catalog, type SpoolFile, see } from './catalog.ts'
import { type FeedSettings, feedFile, type Outcome } from './feed.ts'
import type { Finisher } from './finish.ts'
import type { Places } from './places.ts'
import type { Rest } from './rest.ts'
import { DirectoryWatch } from './watch.ts'

// How long a file must not have changed before it is read, within pollDelay; not less than clocks and writers are coarse.
const SETTLE_MS = 250
const LEAST_SETTLE_MS = 50
const LEAST_QUIET_MS = 200
// A file that never settles is read all the same, after so many times the wanted rest.
const PATIENCE = 10
const LONGEST_SHARE_OF_LISTING = 0.1

export interface SpoolSettings {
  readonly catalog: Catalog
  /** Whether a name that shows up in a watched directory may be one to read or to walk into. */
  concerns(name: string): boolean
  readonly places: Places
  readonly finisher: Finisher
  readonly feed: FeedSettings
  readonly rest: Rest
  readonly pollDelayMs: number
  readonly log: Log
  readonly counters: Counters
}

export class Spool {
  readonly #settings: SpoolSettings
  readonly #watch: DirectoryWatch
  readonly #settleMs: number
  readonly #quietMs: number
  /** Paths that were completed in this round: their events are our own doing. */
  readonly #completed = new Set<string>()
  #news = false
  #listedAt = 0
  #listingMs = 0

  constructor(settings: SpoolSettings) {
    this.#settings = settings
    this.#settleMs = Math.max(LEAST_SETTLE_MS, Math.min(settings.pollDelayMs, SETTLE_MS))
    this.#quietMs = Math.max(LEAST_QUIET_MS, settings.pollDelayMs * 10)
    this.#watch = new DirectoryWatch((folder, name) => {
      if (name === '' || settings.concerns(name)) this.#notice(`${folder}/${name}`)
    })
  }

  /** Works until `rest` is stopped. Never rejects. */
  async run(): Promise<void> {
    const { rest, log, pollDelayMs, catalog } = this.#settings
    while (!rest.stopped) {
      try {
        await this.#round()
      } catch (error) {
        log.error(`The spooling directory could not be worked on: ${reasonOf(error)}. It is tried again.`)
      }
      const wait = Math.min(pollDelayMs, catalog.nextCheck() - performance.now())
      if (!this.#news) await rest.pause(Math.max(1, wait), true)
    }
    this.#watch.close()
  }

  #notice(path: string): void {
    if (this.#completed.has(path) || this.#settings.catalog.has(path)) return
    this.#news = true
    this.#settings.rest.wake()
  }

  /** Reads until nothing is due. */
  async #round(): Promise<void> {
    const { catalog, rest } = this.#settings
    for (;;) {
      await this.#list()
      const due = await catalog.due()
      if (due.length === 0) return
      for (const file of due) {
        if (rest.stopped) return
        await this.#take(file)
        if (this.#news && this.#mayListAgain()) break
      }
    }
  }

  async #list(): Promise<void> {
    const before = performance.now()
    this.#news = false
    this.#completed.clear()
    await this.#settings.catalog.refresh()
    this.#watch.follow(this.#settings.catalog.folders)
    this.#listedAt = performance.now()
    this.#listingMs = this.#listedAt - before
  }

  // So that the order is kept for files that came meanwhile, and yet a large directory is not listed for each file.
  #mayListAgain(): boolean {
    return performance.now() - this.#listedAt > this.#listingMs / LONGEST_SHARE_OF_LISTING
  }

  async #take(file: SpoolFile): Promise<void> {
    const { places, feed } = this.#settings
    file.checkAt = performance.now() + this.#quietMs
    if (!(await this.#isReady(file))) return
    if (file.standing === 'unfinished') return this.#finish(file, places.startOf(file.path))
    const from = places.startOf(file.path)
    await this.#settle(file, await feedFile(file, from, feed))
  }

  /** Whether the file is one to be read now; sets when to look again. */
  async #isReady(file: SpoolFile): Promise<boolean> {
    const before = file.stamp
    try {
      const stats = await stat(file.path)
      const now = performance.now()
      const same = see(file, stats, now)
      if (!stats.isFile()) {
        this.#complain(
          file,
          `${file.path} is ${stats.isDirectory() ? 'a directory' : 'no regular file'}: it is not read.`,
        )
        return false
      }
      if (file.standing === 'refused' && same && before?.ctimeMs === stats.ctimeMs) return false
      if (file.standing === 'unfinished' && same) return true
      if (file.standing === 'unfinished') file.standing = 'changed'
      return this.#isSteady(file, now)
    } catch (error) {
      await this.#cannotLook(file, error)
      return false
    }
  }

  #isSteady(file: SpoolFile, now: number): boolean {
    const changed = file.standing === 'changed'
    const wanted = changed ? this.#quietMs : this.#settleMs
    // By the file's own clock it may be old enough already; one from the future is waited for here.
    const age = Date.now() - (file.stamp?.mtimeMs ?? 0)
    const steady = changed ? now - file.steadySince : Math.max(age, now - file.steadySince)
    if (steady >= wanted || now - file.waitingSince >= wanted * PATIENCE) return true
    file.checkAt = now + wanted - steady
    return false
  }

  async #cannotLook(file: SpoolFile, error: unknown): Promise<void> {
    const link = await lstat(file.path).catch(() => undefined)
    if (codeOf(error) !== 'ENOENT') this.#complain(file, `${file.path} cannot be read: ${reasonOf(error)}.`)
    else if (link) this.#complain(file, `${file.path} is a link that leads to no file: it is not read.`)
    else file.checkAt = performance.now() + this.#settings.pollDelayMs
  }

  async #settle(file: SpoolFile, outcome: Outcome): Promise<void> {
    const { places, counters } = this.#settings
    const { path } = file
    switch (outcome.end) {
      case 'stopped':
        return
      case 'all':
        return this.#finish(file, outcome.position)
      case 'gone':
        this.#complain(file, `${path} was removed, replaced or cut while it was read.`)
        places.forget(path)
        file.standing = 'new'
        file.checkAt = performance.now() + this.#settings.pollDelayMs
        return
      case 'changed':
        counters.add('EventReadFail')
        return this.#leaveChanged(file, outcome.position, outcome.what === 'modified')
      case 'failed':
        counters.add('EventReadFail')
        places.leave(path, outcome.position)
        // What the system refuses now it may grant later; content stays what it is.
        file.standing = codeOf(outcome.error)?.startsWith('E') ? 'new' : 'refused'
        this.#complain(
          file,
          `${path} cannot be read: ${reasonOf(outcome.error).replace(/\.$/, '')}. It stays where it is; the others go on.`,
        )
    }
  }

  #leaveChanged(file: SpoolFile, position: number, modified: boolean): void {
    this.#settings.places.leave(file.path, position)
    file.standing = 'changed'
    file.waitingSince = performance.now()
    file.steadySince = file.waitingSince
    const what = modified ? 'File has been modified since being read' : 'File has changed size since being read'
    if (!file.complaint.startsWith('File has'))
      this.#complain(file, `${what}: ${file.path}. It is read on when it has been left alone for ${this.#quietMs} ms.`)
  }

  async #finish(file: SpoolFile, position: number): Promise<void> {
    const { catalog, finisher, places } = this.#settings
    try {
      this.#completed.add(file.path)
      await finisher.finish(file)
      places.forget(file.path)
      catalog.remove(file)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return places.forget(file.path)
      places.leave(file.path, position)
      file.standing = 'unfinished'
      this.#complain(
        file,
        `${file.path} was delivered but cannot be completed: ${reasonOf(error)}. It is tried again every ${this.#quietMs} ms.`,
      )
    }
  }

  #complain(file: SpoolFile, complaint: string): void {
    if (file.complaint !== complaint) this.#settings.log.warn(complaint)
    file.complaint = complaint
  }
}
