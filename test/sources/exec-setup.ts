// An exec source without an agent, in a folder of its own.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from '@jest/globals'
import type { Batch } from '../../src/batch.ts'
import { charsetOf } from '../../src/charset.ts'
import { execSource } from '../../src/sources/exec.ts'
import { sourceContext } from '../support/context.ts'

export const releases: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release()
})

export interface Setup {
  readonly shell?: string
  readonly restart?: boolean
  readonly restartThrottle?: number
  readonly logStdErr?: boolean
  readonly batchSize?: number
  readonly batchTimeout?: number
  readonly charset?: string
  readonly maxBatch?: number
  readonly refuse?: (batch: Batch) => void | Promise<void>
}

/** Starts a source; it is stopped after the test. */
export async function running(command: string, setup: Setup = {}) {
  const { context, batches, bodies } = sourceContext(setup.refuse)
  const charset = charsetOf(setup.charset ?? 'UTF-8')
  if (!charset) throw new Error('no such charset')
  const values = {
    command,
    shell: setup.shell,
    restart: setup.restart ?? false,
    restartThrottle: setup.restartThrottle ?? 50,
    logStdErr: setup.logStdErr ?? false,
    batchSize: setup.batchSize ?? 20,
    batchTimeout: setup.batchTimeout ?? 100,
    charset,
  }
  const source = await execSource.create(values, { ...context, maxBatch: setup.maxBatch ?? 100 })
  const stop = async () => source.stop?.()
  releases.push(stop)
  await source.start?.()
  return { stop, batches, bodies, log: context.log.lines }
}

/** `/bin/sh -c` around a script. */
export const script = (text: string, setup: Setup = {}) => running(text, { shell: '/bin/sh -c', ...setup })

export async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'exec-'))
  releases.push(() => rm(path, { recursive: true, force: true }))
  return {
    path: (name: string) => join(path, name),
    async write(name: string, content: string | Buffer) {
      await writeFile(join(path, name), content)
      return join(path, name)
    },
    read: (name: string) => readFile(join(path, name), 'utf8').catch(() => ''),
  }
}

/** Whether a process is there and not a zombie. */
export async function lives(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')
  return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z'
}
