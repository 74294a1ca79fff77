// How far which file was delivered, over restarts: the file that is being read in Flume's tracker file, files that were
// left unfinished beside it. A place counts only for the file it was taken in, which is told by the file's beginning.
import { existsSync, statSync } from 'node:fs'
import type { Log } from '../../component.ts'
import { hasHead, headOf } from './file-head.ts'
import { LeftFiles } from './left-files.ts'
import { Tracker } from './tracker.ts'

export class Places {
  readonly #tracker: Tracker
  readonly #left: LeftFiles
  readonly #log: Log

  constructor(trackerDir: string, log: Log) {
    this.#tracker = new Tracker(`${trackerDir}/.flumespool-main.meta`, log)
    this.#left = new LeftFiles(`${trackerDir}/.flumespool-left.json`, log)
    this.#log = log
  }

  /** Takes up what the last run left. */
  load(): void {
    this.#left.load()
    const state = this.#tracker.load()
    if (state && state.position >= (this.#left.get(state.path)?.position ?? 0)) this.#left.set(state.path, state)
    for (const path of this.#left.paths()) if (!existsSync(path)) this.#left.delete(path)
  }

  /** Where reading goes on; 0 for a file of which nothing was delivered. */
  startOf(path: string): number {
    const place = this.#left.get(path)
    if (!place || place.position === 0) return 0
    if (sizeOf(path) >= place.position && (place.head === undefined || hasHead(path, place.head))) return place.position
    this.#log.warn(`${path} is another file than the one of which a part was delivered: it is read from its start.`)
    this.#left.delete(path)
    return 0
  }

  /** Everything before `position` was delivered; there is more to read. */
  commit(path: string, position: number): void {
    // The tracker file is about to lose what it says of another file.
    if (this.#tracker.target !== path) this.#left.save()
    this.#tracker.commit(path, position)
  }

  /** The file is left for now, delivered up to `position`. */
  leave(path: string, position: number): void {
    if (position === 0) this.#left.delete(path)
    else this.#left.set(path, { position, head: headOf(path, position) })
    this.#left.save()
    if (this.#tracker.target === path) this.#tracker.clear()
  }

  /** The file is completed or gone. */
  forget(path: string): void {
    this.#left.delete(path)
    this.#left.save()
    if (this.#tracker.target === path) this.#tracker.clear()
  }

  close(): void {
    this.#tracker.close()
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? -1
}
