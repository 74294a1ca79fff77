// One directory's names, listed again only when the directory has changed: its modification time tells, once it is old
// enough that no change can hide behind the clock's coarse steps.
import { readdir, stat } from 'node:fs/promises'
import { codeOf } from '../../component.ts'

const COARSEST_CLOCK_MS = 2000

export class Directory {
  readonly path: string
  files: readonly string[] = []
  folders: readonly string[] = []
  /** Device and inode, to meet no directory twice through links; empty when there is no directory. */
  identity = ''
  #stamp = ''
  #sure = false

  constructor(path: string) {
    this.path = path
  }

  /**
   * Brings the names up to date, keeping files that `isFile` wants; true when they were listed again. A directory that
   * is not there is empty.
   */
  async refresh(isFile: (name: string) => boolean): Promise<boolean> {
    try {
      const { dev, ino, mtimeMs } = await stat(this.path)
      const stamp = `${dev}:${ino}:${mtimeMs}`
      if (this.#sure && stamp === this.#stamp) return false
      const now = Date.now()
      await this.#list(isFile)
      this.identity = `${dev}:${ino}`
      this.#stamp = stamp
      this.#sure = now - mtimeMs > COARSEST_CLOCK_MS
    } catch (error) {
      this.files = []
      this.folders = []
      this.identity = ''
      this.#sure = false
      if (codeOf(error) !== 'ENOENT') throw error
    }
    return true
  }

  async #list(isFile: (name: string) => boolean): Promise<void> {
    const files: string[] = []
    const folders: string[] = []
    for (const entry of await readdir(this.path, { withFileTypes: true })) {
      if (entry.isDirectory() || (entry.isSymbolicLink() && (await this.#leadsToFolder(entry.name))))
        folders.push(entry.name)
      else if (isFile(entry.name)) files.push(entry.name)
    }
    this.files = files
    this.folders = folders
  }

  async #leadsToFolder(link: string): Promise<boolean> {
    const target = await stat(`${this.path}/${link}`).catch(() => undefined)
    return target?.isDirectory() ?? false
  }
}
