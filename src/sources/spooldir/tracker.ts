// Keeps .flumespool-main.meta up to date: a block is appended for each delivered batch, which costs one small write, and
// the file is written anew under another name and renamed when another file begins and now and then. It is never torn
// but at its end, which reading puts right. When it cannot be written the source reads on and every commit tries again.
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { newSync } from '../../avro/container.ts'
import { codeOf, type Log, reasonOf } from '../../component.ts'
import { headOf } from './file-head.ts'
import { readTracker, type TrackerState, trackerBlock, trackerHeader } from './tracker-format.ts'

const MOST_BYTES = 64 * 1024
const RETRY_MS = 100

export class Tracker {
  readonly #path: string
  readonly #log: Log
  readonly #sync = newSync()
  #fd: number | undefined
  #target: string | undefined
  #size = 0
  #failedAt: number | undefined

  constructor(path: string, log: Log) {
    this.#path = path
    this.#log = log
  }

  /** The file that the commits are for, if there was one. */
  get target(): string | undefined {
    return this.#target
  }

  /** What the last run left. Whatever is wrong with the file costs one warning and is out of the way afterwards. */
  load(): TrackerState | undefined {
    let bytes: Buffer
    try {
      bytes = readFileSync(this.#path)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      this.#log.warn(`${this.#path} cannot be read (${reasonOf(error)}): ${AGAIN}`)
      this.#moveAway()
      return undefined
    }
    const state = readTracker(bytes)
    if (!state) this.#log.warn(`${this.#path} is damaged: ${AGAIN}`)
    this.#target = state?.path
    return state
  }

  /** Everything before `position` was delivered. */
  commit(path: string, position: number): void {
    const now = performance.now()
    if (this.#failedAt !== undefined && now - this.#failedAt < RETRY_MS) return
    try {
      if (this.#fd === undefined || this.#target !== path || this.#size > MOST_BYTES) this.#begin(path, position)
      else this.#size += this.#write(this.#fd, trackerBlock(path, position, this.#sync), this.#size)
      if (this.#failedAt !== undefined) this.#log.info(`${this.#path} is written again.`)
      this.#failedAt = undefined
    } catch (error) {
      this.#close()
      if (this.#failedAt === undefined)
        this.#log.warn(
          `${this.#path} cannot be written (${reasonOf(error)}). Reading goes on; until it can be written, a restart repeats events.`,
        )
      this.#failedAt = now
    }
  }

  /** Nothing is being read. */
  clear(): void {
    this.#close()
    this.#target = undefined
    try {
      rmSync(this.#path, { force: true })
    } catch {
      // It names a file that is completed: harmless where it stays.
    }
  }

  close(): void {
    this.#close()
  }

  #begin(path: string, position: number): void {
    this.#close()
    const temporary = `${this.#path}.tmp`
    const bytes = Buffer.concat([
      trackerHeader(path, headOf(path, position), this.#sync),
      trackerBlock(path, position, this.#sync),
    ])
    mkdirSync(dirname(this.#path), { recursive: true })
    const fd = openSync(temporary, 'w')
    this.#fd = fd
    this.#size = this.#write(fd, bytes, 0)
    renameSync(temporary, this.#path)
    this.#target = path
  }

  // At a place of its own, so that the next try overwrites what a failed one left.
  #write(fd: number, bytes: Buffer, at: number): number {
    const written = writeSync(fd, bytes, 0, bytes.length, at)
    if (written < bytes.length) throw new Error('no space left on device')
    return written
  }

  #close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  #moveAway(): void {
    try {
      renameSync(this.#path, `${this.#path}.${Date.now()}.damaged`)
    } catch {
      // Writing will say what is wrong.
    }
  }
}

const AGAIN = 'the file that was being read is read again from its start.'
