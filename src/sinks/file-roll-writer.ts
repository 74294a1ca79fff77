// Writes batches into one file after the other. All that happens to the files happens in one loop: batches are written,
// or the file is exchanged for the next one, never both. Batches that arrive during a write go out together in the next.
//
// Different from Flume 1.11 on purpose: the roll does not wait for the next event; the old file goes on when the next
// one cannot be opened; a file that exists is not overwritten.
import { dirname, join } from 'node:path'
import type { Batch, Counters, Log, Serializer } from '../component.ts'
import { codeOf, EventDeliveryError, reasonOf } from '../errors.ts'
import { AppendFile, type FileSystem } from './file-roll-file.ts'

export interface WriterSettings {
  readonly directory: string
  /** What a name begins with; `-<number>` follows, counted from 1 for each stem. */
  readonly stem: () => string
  /** What a name ends with: nothing, or a dot and an extension. */
  readonly suffix: string
  /** 0: one file for ever. */
  readonly rollIntervalMs: number
  /** A serializer for one file. */
  readonly serializer: () => Promise<Serializer>
  readonly files: FileSystem
  readonly counters: Counters
  readonly log: Log
}

interface Waiting {
  readonly batch: Batch
  readonly resolve: (outcome: undefined) => void
  readonly reject: (error: Error) => void
}

interface Current {
  readonly file: AppendFile
  readonly serializer: Serializer
}

/** A timer cannot wait longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
const LAST_WRITE_MS = 2000
/** Batches of one write: half of what the sink has under way, so that the next ones are serialized during a write. */
const MOST_AT_ONCE = 4

export class RollingWriter {
  readonly #settings: WriterSettings
  #current: Current | undefined
  #stem = ''
  #number = 0
  readonly #waiting: Waiting[] = []
  #writing: Waiting[] = []
  #busy = false
  #loop: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #rollAt = 0
  #rollDue = false
  #stopped: Promise<void> | undefined

  constructor(settings: WriterSettings) {
    this.#settings = settings
  }

  /** Opens the first file. Rejects when that is not possible. */
  async start(): Promise<void> {
    if (this.#current) return
    this.#stopped = undefined
    const first = await this.#open()
    if (this.#stopped) return this.#finish(first)
    this.#current = first
    if (this.#settings.rollIntervalMs <= 0) return
    this.#rollAt = performance.now() + this.#settings.rollIntervalMs
    this.#awaitRoll()
  }

  /** Resolves when the system has the batch's bytes; when it rejects, none of them are in the file. */
  write(batch: Batch): Promise<undefined> {
    return new Promise((resolve, reject) => {
      if (this.#stopped) return reject(stopped())
      this.#waiting.push({ batch, resolve, reject })
      this.#work()
    })
  }

  /** Writes what is waiting and closes the file. A write that hangs is given up after 2 s. */
  stop(): Promise<void> {
    this.#stopped ??= this.#shutDown()
    return this.#stopped
  }

  async #shutDown(): Promise<void> {
    clearTimeout(this.#timer)
    this.#rollDue = false
    const idle = await settlesWithin(this.#loop, LAST_WRITE_MS)
    for (const { reject } of [...this.#writing, ...this.#waiting.splice(0)]) reject(stopped())
    const current = this.#current
    this.#current = undefined
    if (current && idle) await this.#finish(current)
    else if (current) this.#settings.log.error(`Gave up ${current.file.path}: a write into it does not come to an end.`)
  }

  #work(): void {
    if (this.#busy) return
    this.#busy = true
    this.#loop = this.#run()
  }

  // Clears `#busy` in the turn in which it finds nothing to do, so that nothing that is added later is overlooked.
  async #run(): Promise<void> {
    while (this.#rollDue || this.#waiting.length > 0) await (this.#rollDue ? this.#roll() : this.#writeWaiting())
    this.#busy = false
  }

  async #writeWaiting(): Promise<void> {
    const group = this.#waiting.splice(0, MOST_AT_ONCE)
    this.#writing = group
    const current = this.#current
    const { chunks, count, failure } = serialized(group, current?.serializer)
    let written = count
    let reason = failure
    try {
      await current?.file.append(chunks)
    } catch (error) {
      written = 0
      reason = new EventDeliveryError(`Cannot write to ${current?.file.path}`, { cause: error })
    }
    this.#writing = []
    for (const { resolve } of group.slice(0, written)) resolve(undefined)
    if (reason) await this.#refuse(group.slice(written), reason)
  }

  // What follows a failed batch is refused too, also what comes before the failure is noticed: order is kept that way.
  async #refuse(failed: readonly Waiting[], failure: Error): Promise<void> {
    for (const { reject } of [...failed, ...this.#waiting.splice(0)]) reject(failure)
    await new Promise((resolve) => setImmediate(resolve))
    for (const { reject } of this.#waiting.splice(0)) reject(failure)
  }

  async #roll(): Promise<void> {
    this.#rollDue = false
    const old = this.#current
    try {
      this.#current = await this.#open()
    } catch (error) {
      this.#settings.log.error(`${reasonOf(error)}. Going on with ${old?.file.path}.`)
      return
    }
    if (old) await this.#finish(old)
  }

  async #open(): Promise<Current> {
    const { directory, suffix, files, counters } = this.#settings
    const stem = this.#settings.stem()
    const serializer = await this.#settings.serializer()
    const header = serializer.header()
    for (let number = stem === this.#stem ? this.#number + 1 : 1; ; number++) {
      const path = join(directory, `${stem}-${number}${suffix}`)
      try {
        const file = await AppendFile.create(path, header, files)
        this.#stem = stem
        this.#number = number
        counters.add('ConnectionCreatedCount')
        return { file, serializer }
      } catch (error) {
        if (codeOf(error) === 'EEXIST') continue
        counters.add('ConnectionFailedCount')
        throw whyNotOpened(path, error)
      }
    }
  }

  async #finish({ file, serializer }: Current): Promise<void> {
    const { counters, log } = this.#settings
    counters.add('ConnectionClosedCount')
    try {
      await file.append([serializer.footer()])
    } catch (error) {
      log.error(`Cannot finish ${file.path}: ${reasonOf(error)}`)
    }
    await file.close().catch((error) => log.error(`Cannot close ${file.path}: ${reasonOf(error)}`))
  }

  #awaitRoll(): void {
    const ms = Math.min(Math.max(this.#rollAt - performance.now(), 0), LONGEST_TIMER_MS)
    this.#timer = setTimeout(() => {
      const now = performance.now()
      if (now >= this.#rollAt) {
        const next = this.#rollAt + this.#settings.rollIntervalMs
        this.#rollAt = next > now ? next : now + this.#settings.rollIntervalMs
        this.#rollDue = true
        this.#work()
      }
      this.#awaitRoll()
    }, ms)
  }
}

interface Serialized {
  readonly chunks: readonly Buffer[]
  /** Batches that are in the chunks. */
  readonly count: number
  readonly failure?: Error
}

// A batch whose events cannot be serialized does not hold up those before it.
function serialized(group: readonly Waiting[], serializer: Serializer | undefined): Serialized {
  const chunks: Buffer[] = []
  let count = 0
  if (!serializer) return { chunks, count, failure: new EventDeliveryError('The sink has no open file') }
  try {
    for (const { batch } of group) {
      const bytes = serializer.write(batch)
      for (const part of Buffer.isBuffer(bytes) ? [bytes] : bytes) chunks.push(part)
      count++
    }
  } catch (error) {
    return { chunks, count, failure: new EventDeliveryError('Cannot serialize events', { cause: error }) }
  }
  return { chunks, count }
}

function stopped(): Error {
  return new EventDeliveryError('The sink has been stopped')
}

function whyNotOpened(path: string, error: unknown): Error {
  const code = codeOf(error)
  if (code === 'ENOENT') return new EventDeliveryError(`Directory ${dirname(path)} does not exist`)
  if (code === 'ENOTDIR') return new EventDeliveryError(`${dirname(path)} is not a directory`)
  return new EventDeliveryError(`Cannot open ${path}`, { cause: error })
}

async function settlesWithin(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  const inTime = await Promise.race([promise.then(() => true), late])
  clearTimeout(timer)
  return inTime
}
