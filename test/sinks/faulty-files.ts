// Files in memory whose writes fail, stop short or hang on demand, as those of a full or dying disk do.
import type { FileSystem, RawFile } from '../../src/sinks/file-roll-file.ts'

export class FaultyFiles implements FileSystem {
  readonly contents = new Map<string, Buffer>()
  readonly events: string[] = []
  /** Bytes that still fit on the disk. */
  room = Number.POSITIVE_INFINITY
  /** Most bytes that one write takes. */
  shortAt = Number.POSITIVE_INFINITY
  truncateFails = false
  createFails = false
  /** A promise that every write waits for. */
  gate: Promise<void> = Promise.resolve()

  async create(path: string): Promise<RawFile> {
    if (this.createFails) throw fault('ENOSPC', 'open')
    if (this.contents.has(path)) throw fault('EEXIST', 'open')
    this.contents.set(path, Buffer.alloc(0))
    return {
      write: (buffers, position) => this.#write(path, Buffer.concat(buffers), position),
      truncate: async (length) => {
        if (this.truncateFails) throw fault('EIO', 'ftruncate')
        this.room += Math.max(0, this.#bytes(path).length - length)
        this.contents.set(path, this.#bytes(path).subarray(0, length))
      },
      close: async () => void this.events.push(`close ${path}`),
    }
  }

  async remove(path: string): Promise<void> {
    this.contents.delete(path)
  }

  text(path: string): string {
    return String(this.contents.get(path))
  }

  async #write(path: string, bytes: Buffer, position: number): Promise<number> {
    await this.gate
    this.events.push(`write ${bytes.length}`)
    const fits = Math.min(bytes.length, this.room, this.shortAt)
    if (fits === 0 && bytes.length > 0) throw fault('ENOSPC', 'write')
    const old = this.#bytes(path)
    const end = position + fits
    this.contents.set(path, Buffer.concat([old.subarray(0, position), bytes.subarray(0, fits), old.subarray(end)]))
    this.room -= Math.max(0, end - old.length)
    return fits
  }

  #bytes(path: string): Buffer {
    return this.contents.get(path) ?? Buffer.alloc(0)
  }
}

function fault(code: string, call: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${call}`), { code })
}
