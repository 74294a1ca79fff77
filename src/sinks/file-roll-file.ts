// One output file of the file_roll sink: bytes are appended at a known length, and what a failed or short write left
// behind is cut off again, so that trying again never writes anything twice. In Flume 1.11 such bytes stay.
import { close, ftruncate, open, unlink, writev } from 'node:fs'

/** What a file needs of the system; tests put a faulty one in its place. */
export interface FileSystem {
  /** Creates a file that must not exist yet. */
  create(path: string): Promise<RawFile>
  remove(path: string): Promise<void>
}

export interface RawFile {
  /** Writes at a place and resolves with how many bytes were written, which may be fewer than there are. */
  write(buffers: readonly Buffer[], position: number): Promise<number>
  truncate(length: number): Promise<void>
  close(): Promise<void>
}

export class AppendFile {
  readonly path: string
  readonly #file: RawFile
  #length = 0
  #torn = false

  private constructor(path: string, file: RawFile) {
    this.path = path
    this.#file = file
  }

  /** Creates a file that must not exist yet and writes what it begins with; leaves no file behind when that fails. */
  static async create(path: string, header: Buffer, system: FileSystem): Promise<AppendFile> {
    const file = new AppendFile(path, await system.create(path))
    try {
      await file.append([header])
    } catch (error) {
      await file.close().catch(() => {})
      await system.remove(path).catch(() => {})
      throw error
    }
    return file
  }

  /** Resolves when the system has all of it; when it rejects the file is as it was before. */
  async append(buffers: readonly Buffer[]): Promise<void> {
    if (this.#torn) await this.#cut()
    let rest = buffers.filter((buffer) => buffer.length > 0)
    let end = this.#length
    try {
      while (rest.length > 0) {
        const written = await this.#file.write(rest, end)
        if (written === 0) throw new Error('nothing was written')
        end += written
        rest = behind(rest, written)
      }
    } catch (error) {
      this.#torn = true
      // When not even this succeeds it is done before the next append.
      await this.#cut().catch(() => {})
      throw error
    }
    this.#length = end
  }

  async close(): Promise<void> {
    if (this.#torn) await this.#cut().catch(() => {})
    await this.#file.close()
  }

  async #cut(): Promise<void> {
    await this.#file.truncate(this.#length)
    this.#torn = false
  }
}

function behind(buffers: readonly Buffer[], written: number): Buffer[] {
  let skip = written
  const rest: Buffer[] = []
  for (const buffer of buffers) {
    if (skip < buffer.length) rest.push(skip > 0 ? buffer.subarray(skip) : buffer)
    skip = Math.max(0, skip - buffer.length)
  }
  return rest
}

// Plain descriptors and callbacks: a write costs a quarter less than with FileHandle.
export const realFiles: FileSystem = {
  async create(path) {
    const fd = await new Promise<number>((resolve, reject) => open(path, 'wx', settle(resolve, reject)))
    return {
      write: (buffers, position) =>
        new Promise((resolve, reject) => writev(fd, buffers, position, settle(resolve, reject))),
      truncate: (length) => new Promise((resolve, reject) => ftruncate(fd, length, settle(resolve, reject))),
      close: () => new Promise((resolve, reject) => close(fd, settle(resolve, reject))),
    }
  },
  remove: (path) => new Promise((resolve, reject) => unlink(path, settle(resolve, reject))),
}

function settle<T>(resolve: (value: T) => void, reject: (error: Error) => void) {
  return (error: Error | null | undefined, value?: unknown) => (error ? reject(error) : resolve(value as T))
}
