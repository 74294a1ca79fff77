// `avro-client --dirname`: the files of a directory by the rules of the spooling directory source (Flume 1.11): whole
// files that nobody writes to any more, the oldest first, renamed when all of their events are delivered.
// Different on purpose: the suffix is .COMPLETED (Flume's client appends `fileSuffix` by mistake); a used name or a file
// that is still being written does not end the work; where reading stopped is not kept, so a file that failed is sent
// again from its start.
import { existsSync } from 'node:fs'
import { readdir, rename, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { EventDeliveryError, reasonOf } from '../errors.ts'
import type { Log } from '../log.ts'

const COMPLETED = '.COMPLETED'

/** Sends the lines of one file; rejects with EventDeliveryError when the other side did not take them. */
export type Send = (path: string) => Promise<void>

interface SpoolFile {
  readonly name: string
  readonly mtimeMs: number
}

/**
 * Sends file by file until none is left. Resolves with false when a file had to be left behind; rejects when the
 * directory cannot be read or `send` rejects with EventDeliveryError.
 */
export async function sendDirectory(dir: string, send: Send, log: Log): Promise<boolean> {
  if (!existsSync(dir)) throw new Error(`Directory does not exist: ${resolve(dir)}`)
  const seen = new Set<string>()
  let all = true
  for (let files = await oldestFirst(dir, seen); files.length > 0; files = await oldestFirst(dir, seen)) {
    for (const file of files) {
      seen.add(file.name)
      all = (await sendFile(dir, file.name, send, log)) && all
    }
  }
  return all
}

async function oldestFirst(dir: string, seen: ReadonlySet<string>): Promise<readonly SpoolFile[]> {
  const files: SpoolFile[] = []
  for (const name of await readdir(dir)) {
    if (name.startsWith('.') || name.endsWith(COMPLETED) || seen.has(name)) continue
    const stats = await stat(join(dir, name)).catch(() => undefined)
    if (stats?.isFile()) files.push({ name, mtimeMs: stats.mtimeMs })
  }
  return files.sort((a, b) => a.mtimeMs - b.mtimeMs || (a.name < b.name ? -1 : 1))
}

async function sendFile(dir: string, name: string, send: Send, log: Log): Promise<boolean> {
  const path = join(dir, name)
  try {
    const before = await stat(path)
    await send(path)
    const after = await stat(path)
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
      throw new Error('File has been modified since being read')
    }
    const target = freeName(dir, name)
    if (target !== name + COMPLETED) log.warn(`${name}${COMPLETED} exists already, so ${name} becomes ${target}.`)
    await rename(path, join(dir, target))
    return true
  } catch (error) {
    if (error instanceof EventDeliveryError) throw error
    log.error(`${path} is left as it is: ${reasonOf(error)}.`)
    return false
  }
}

function freeName(dir: string, name: string): string {
  let candidate = name + COMPLETED
  for (let count = 1; existsSync(join(dir, candidate)); count++) candidate = `${name}.${count}${COMPLETED}`
  return candidate
}
