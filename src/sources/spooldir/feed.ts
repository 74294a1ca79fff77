// Delivers the events of one file, batch by batch (Flume 1.11, ReliableSpoolingFileEventReader). The next batch is parsed
// while the channel takes the one before. Different on purpose: when the file changes while it is read, its last batch is
// held back, because its last line may be half written; the file is read on from there once it is left alone.
import { stat } from 'node:fs/promises'
import { type Batch, batchOf, codeOf, createEvent, type Deserializer, type Headers } from '../../component.ts'
import { type SpoolFile, type Stamp, sameContent } from './catalog.ts'
import { headerAdder } from './headers.ts'

export interface FeedSettings {
  readonly batchSize: number
  open(path: string, position: number): Promise<Deserializer>
  headersOf(file: SpoolFile): Headers
  /** False when the source stops before the batch was taken. */
  deliver(batch: Batch): Promise<boolean>
  /** Everything before `position` was delivered, and more follows. */
  commit(path: string, position: number): void
}

/** How the reading of a file ended, and up to where it was delivered. */
export type Outcome =
  | { readonly end: 'all' | 'stopped' | 'gone'; readonly position: number }
  | { readonly end: 'changed'; readonly position: number; readonly what: Change }
  | { readonly end: 'failed'; readonly position: number; readonly error: unknown }

export type Change = 'modified' | 'resized'

/** A batch and the place behind it; without a batch at the end of the file, with an error where reading failed. */
interface Step {
  readonly batch?: Batch
  readonly position: number
  readonly error?: unknown
}

/** Delivers a file from `from` on. Never rejects. */
export async function feedFile(file: SpoolFile, from: number, settings: FeedSettings): Promise<Outcome> {
  const opened = file.stamp
  if (!opened) return { end: 'gone', position: from }
  let reader: Deserializer
  try {
    reader = await settings.open(file.path, from)
  } catch (error) {
    return endWith({ position: from, error }, from, await lookAgain(file.path, opened, from))
  }
  try {
    return await new Feed(file, opened, reader, settings).run(from)
  } finally {
    await reader.close().catch(() => {})
  }
}

class Feed {
  readonly #path: string
  readonly #opened: Stamp
  readonly #reader: Deserializer
  readonly #settings: FeedSettings
  readonly #addHeaders: (batch: Batch) => Batch
  #ended: Step | undefined

  constructor(file: SpoolFile, opened: Stamp, reader: Deserializer, settings: FeedSettings) {
    this.#path = file.path
    this.#opened = opened
    this.#reader = reader
    this.#settings = settings
    this.#addHeaders = headerAdder(settings.headersOf(file))
  }

  async run(from: number): Promise<Outcome> {
    let current = await this.#step()
    // An empty file is one event without body.
    if (!current.batch && !current.error && from === 0) current = { batch: batchOf([createEvent()]), position: 0 }
    let next = await this.#step()
    let delivered = from
    while (current.batch) {
      const look = next.batch ? SAME : await lookAgain(this.#path, this.#opened, current.position)
      if (look.state === 'changed') return { end: 'changed', position: delivered, what: look.what }
      const following = next.batch ? this.#step() : undefined
      const taken = await this.#settings.deliver(this.#addHeaders(current.batch))
      const afterNext = await following
      if (!taken) return { end: 'stopped', position: delivered }
      delivered = current.position
      if (next.batch) this.#settings.commit(this.#path, delivered)
      current = next
      next = afterNext ?? next
    }
    return endWith(current, delivered, await lookAgain(this.#path, this.#opened, delivered))
  }

  async #step(): Promise<Step> {
    if (this.#ended) return this.#ended
    try {
      const batch = await this.#reader.read(this.#settings.batchSize)
      const { position } = this.#reader
      if (batch.length > 0) return { batch, position }
      this.#ended = { position }
    } catch (error) {
      this.#ended = { position: this.#reader.position, error: error ?? new Error('unknown') }
    }
    return this.#ended
  }
}

/** `gone`: the path names another file or none, or one that lost what was read of it, so what is in hand is the last. */
type Look = { readonly state: 'same' | 'gone' } | { readonly state: 'changed'; readonly what: Change }

const SAME: Look = { state: 'same' }

async function lookAgain(path: string, opened: Stamp, position: number): Promise<Look> {
  try {
    const now = await stat(path)
    if (sameContent(now, opened)) return SAME
    if (now.ino !== opened.ino || now.size < position) return { state: 'gone' }
    return { state: 'changed', what: now.mtimeMs !== opened.mtimeMs ? 'modified' : 'resized' }
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? { state: 'gone' } : SAME
  }
}

function endWith(last: Step, position: number, look: Look): Outcome {
  if (look.state === 'changed') return { end: 'changed', position, what: look.what }
  if (look.state === 'gone') return { end: 'gone', position }
  return last.error === undefined ? { end: 'all', position } : { end: 'failed', position, error: last.error }
}
