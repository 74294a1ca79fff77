// What becomes of a file that was delivered (Flume 1.11, ReliableSpoolingFileEventReader): a new name, a marker in the
// tracker directory, or removal. Different on purpose: when a file with the completed name exists already, which ends
// Flume's source, the file becomes `name.N<suffix>` and nothing is overwritten.
import { lstat, mkdir, rename, unlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Log } from '../../component.ts'
import type { SpoolFile } from './catalog.ts'

export interface FinishSettings {
  readonly way: 'rename' | 'marker' | 'delete'
  readonly suffix: string
  readonly trackerDir: string
  readonly log: Log
}

export class Finisher {
  readonly #settings: FinishSettings
  /** The number that was last used for a name that came again, so that thousands of them are not tried each time. */
  readonly #numbers = new Map<string, number>()

  constructor(settings: FinishSettings) {
    this.#settings = settings
  }

  /** Rejects when it cannot be done now; the file is as it was. */
  async finish(file: SpoolFile): Promise<void> {
    const { way, suffix, trackerDir, log } = this.#settings
    if (way === 'delete') {
      log.info(`Preparing to delete file ${file.path}`)
      await unlink(file.path)
    } else if (way === 'marker') {
      const marker = `${trackerDir}/${file.relative}${suffix}`
      log.info(`Preparing to create tracker file for ${file.path} at ${marker}`)
      await mkdir(dirname(marker), { recursive: true })
      await writeFile(marker, '')
    } else await this.#rename(file.path, `${file.path}${suffix}`)
  }

  async #rename(path: string, target: string): Promise<void> {
    const { log } = this.#settings
    log.info(`Preparing to move file ${path} to ${target}`)
    if (!(await exists(target))) return rename(path, target)
    const free = await this.#freeName(path)
    await rename(path, free)
    log.warn(
      `File name has been re-used with different files. Spooling assumptions violated for ${target}. ${path} was delivered and is now ${free}.`,
    )
  }

  async #freeName(path: string): Promise<string> {
    for (let number = (this.#numbers.get(path) ?? 0) + 1; ; number++) {
      const name = `${path}.${number}${this.#settings.suffix}`
      if (await exists(name)) continue
      this.#numbers.set(path, number)
      return name
    }
  }
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
