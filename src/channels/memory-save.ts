// What a memory channel still holds at a stop, kept on disk for the next start. A file is an Avro container of events
// (record Event {headers, body}), so that any Avro tool can read it:
//
//   <saveDir>/<agent>-<channel>-<identity>.<n>.avro         waiting for the next start
//   <saveDir>/<agent>-<channel>-<identity>.<n>.avro.<pid>   taken over by that process, removed when all is delivered
//
// Files are complete before they get their name. A process that dies before it has delivered leaves its file to the
// next one: events may then arrive twice, never not at all.
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { containerBlock, containerHeader, newSync, readContainer } from '../avro/container.ts'
import { EVENT_SCHEMA } from '../avro/schemas.ts'
import { type Batch, batchFromEncoded, encodedEvents, joinBatches } from '../batch.ts'
import type { ChannelContext } from '../component.ts'
import { codeOf, reasonOf } from '../errors.ts'

const BLOCK_BYTES = 1 << 20

export class SavedEvents {
  readonly #context: ChannelContext
  readonly #directory: string
  readonly #base: string
  /** Files whose events are in the channel now. */
  #restored: string[] = []
  #undelivered = 0
  #next = 1
  #removing: Promise<void> = Promise.resolve()

  constructor(context: ChannelContext, directory = join(homedir(), '.flume', 'memory-channel')) {
    this.#context = context
    this.#directory = directory
    this.#base = `${fileSafe(context.agent)}-${fileSafe(context.name)}-${context.identity}`
  }

  /** What earlier runs have left, oldest first. Never rejects: what cannot be read is said and stays where it is. */
  async restore(): Promise<readonly Batch[]> {
    const batches: Batch[] = []
    for (const file of await this.#waitingFiles()) batches.push(...(await this.#takeOver(file)))
    this.#undelivered = batches.reduce((sum, batch) => sum + batch.length, 0)
    if (this.#undelivered > 0) {
      const { log, name } = this.#context
      log.info(`Memory channel ${name} goes on with ${this.#undelivered} events that were kept at the last stop.`)
    }
    return batches
  }

  /** Counts events that left the channel; what was restored leaves first. */
  delivered(events: number): void {
    if (this.#undelivered === 0) return
    this.#undelivered = Math.max(0, this.#undelivered - events)
    if (this.#undelivered === 0) this.#removing = this.#removeRestored()
  }

  /** Keeps what is left, and says how many events and where. Never rejects; a failure is logged with what is lost. */
  async save(batches: readonly Batch[]): Promise<void> {
    const { log, name } = this.#context
    const events = batches.reduce((sum, batch) => sum + batch.length, 0)
    try {
      if (events > 0) {
        const path = await this.#write(batches)
        log.warn(`Memory channel ${name} kept ${events} undelivered events in ${path}; the next start delivers them.`)
      }
      await this.#removing
      await this.#removeRestored()
    } catch (error) {
      log.error(`Memory channel ${name} could not keep ${events} undelivered events, they are lost: ${reasonOf(error)}`)
    }
  }

  async #write(batches: readonly Batch[]): Promise<string> {
    await mkdir(this.#directory, { recursive: true })
    const path = join(this.#directory, `${this.#base}.${this.#next++}.avro`)
    const temporary = `${path}.tmp`
    const sync = newSync()
    const file = await open(temporary, 'w')
    try {
      await file.write(containerHeader(EVENT_SCHEMA, 'null', sync))
      for (const block of inBlocks(batches)) {
        await file.write(containerBlock(block.length, encodedEvents(block), sync, 'null'))
      }
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
    return path
  }

  async #waitingFiles(): Promise<readonly string[]> {
    const found: { readonly name: string; readonly number: number }[] = []
    for (const name of await this.#names()) {
      const match = /^\.(\d+)\.avro(?:\.(\d+))?$/.exec(name.slice(this.#base.length))
      if (!name.startsWith(this.#base) || !match) continue
      const number = Number(match[1])
      this.#next = Math.max(this.#next, number + 1)
      if (match[2] === undefined || !isRunning(Number(match[2]))) found.push({ name, number })
    }
    return found.sort((a, b) => a.number - b.number).map(({ name }) => name)
  }

  async #names(): Promise<readonly string[]> {
    try {
      return await readdir(this.#directory)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') this.#complain(this.#directory, error)
      return []
    }
  }

  async #takeOver(name: string): Promise<readonly Batch[]> {
    const path = join(this.#directory, name)
    const mine = `${path.replace(/\.avro\.\d+$/, '.avro')}.${process.pid}`
    try {
      await rename(path, mine)
      const { batches, damagedAt } = eventsOf(await readFile(mine))
      if (damagedAt !== undefined) {
        await rename(mine, `${path}.damaged`)
        const kept = `What is whole is delivered, the file stays as ${path}.damaged.`
        this.#context.log.error(`${path} is damaged, first at byte ${damagedAt}. ${kept}`)
      } else this.#restored.push(mine)
      return batches
    } catch (error) {
      this.#complain(path, error)
      return []
    }
  }

  async #removeRestored(): Promise<void> {
    for (const path of this.#restored.splice(0)) {
      await rm(path, { force: true }).catch((error: unknown) => this.#complain(path, error))
    }
  }

  #complain(path: string, error: unknown): void {
    const { log, name } = this.#context
    log.error(`Memory channel ${name}: ${path} cannot be used: ${reasonOf(error)}`)
  }
}

function eventsOf(file: Buffer): { readonly batches: readonly Batch[]; readonly damagedAt: number | undefined } {
  const { blocks, damagedAt, end } = readContainer(file)
  const batches = blocks.map((block) => batchFromEncoded(block.bytes, 0, block.bytes.length, block.count))
  const good = batches.filter((batch) => batch !== undefined)
  return { batches: good, damagedAt: damagedAt ?? (good.length < batches.length ? end : undefined) }
}

// Small batches are joined, so that a channel full of single events does not cost a write for each.
function* inBlocks(batches: readonly Batch[]): Generator<Batch> {
  let group: Batch[] = []
  let bytes = 0
  for (const batch of batches) {
    group.push(batch)
    bytes += batch.byteLength
    if (bytes < BLOCK_BYTES) continue
    yield joinBatches(group)
    group = []
    bytes = 0
  }
  if (group.length > 0) yield joinBatches(group)
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return pid !== process.pid
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

function fileSafe(name: string): string {
  return name.replace(/[^\w.-]/g, '_')
}
