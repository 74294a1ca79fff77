// Files that were left unfinished while others went on: how far each was delivered, kept in .flumespool-left.json beside
// Flume's tracker file, which has room for one file only. Written as a whole by a temporary file and a rename; that
// happens seldom.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf, type Log, reasonOf } from '../../component.ts'

export interface Place {
  readonly position: number
  /** The file's beginning (file-head.ts), when it is known. */
  readonly head: string | undefined
}

export class LeftFiles {
  readonly #path: string
  readonly #log: Log
  readonly #places = new Map<string, Place>()
  #saved = true
  #failing = false

  constructor(path: string, log: Log) {
    this.#path = path
    this.#log = log
  }

  load(): void {
    try {
      for (const [path, place] of parse(readFileSync(this.#path, 'utf8'))) this.#places.set(path, place)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT')
        this.#log.warn(`${this.#path} cannot be read: files that were left unfinished are read again from their start.`)
    }
  }

  get(path: string): Place | undefined {
    return this.#places.get(path)
  }

  paths(): readonly string[] {
    return [...this.#places.keys()]
  }

  set(path: string, place: Place): void {
    this.#places.set(path, place)
    this.#saved = false
  }

  delete(path: string): void {
    if (this.#places.delete(path)) this.#saved = false
  }

  /** Writes what has changed. A failure is said once; the next call tries again. */
  save(): void {
    if (this.#saved) return
    try {
      if (this.#places.size === 0) rmSync(this.#path, { force: true })
      else this.#write()
      this.#saved = true
      this.#failing = false
    } catch (error) {
      if (!this.#failing)
        this.#log.warn(`${this.#path} cannot be written (${reasonOf(error)}): a restart may repeat events.`)
      this.#failing = true
    }
  }

  #write(): void {
    const files = [...this.#places].map(([path, place]) => ({ path, ...place }))
    mkdirSync(dirname(this.#path), { recursive: true })
    writeFileSync(`${this.#path}.tmp`, `${JSON.stringify({ files })}\n`)
    renameSync(`${this.#path}.tmp`, this.#path)
  }
}

function parse(text: string): [string, Place][] {
  const { files } = JSON.parse(text) as { files: readonly Record<string, unknown>[] }
  return files.map(({ path, position, head }) => {
    if (typeof path !== 'string' || !Number.isSafeInteger(position)) throw new Error('not a list of places')
    return [path, { position: position as number, head: typeof head === 'string' ? head : undefined }]
  })
}
