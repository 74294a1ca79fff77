// Turns the output of a command into batches and brings them into the channels (Flume 1.11, ExecSource): a batch goes out
// when it is full, when batchTimeout has passed since the last one, and at the end of the output. Different on purpose:
// what a channel does not take is kept and tried again while the command waits; Flume drops it and kills the command.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Batch, EMPTY_BATCH, joinBatches } from '../batch.ts'
import { BatchBuilder } from '../batch-builder.ts'
import type { Charset } from '../charset.ts'
import type { SourceContext } from '../component.ts'
import { reasonOf } from '../errors.ts'
import { TextLines } from '../net/text-lines.ts'

/** A longer line becomes several events: there must be a limit to what is held. */
const MAX_LINE_BYTES = 16 * 1024 * 1024
/** Lines that are put at once at most, whatever the channels allow. */
const LARGEST_PUT = 1000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000

export interface OutputOptions {
  readonly charset: Charset
  readonly batchSize: number
  readonly batchTimeout: number
}

export class ExecOutput {
  readonly #options: OutputOptions
  readonly #context: SourceContext
  /** Lines that make a transaction due. */
  readonly #size: number
  /** Lines of one put while output comes fast: nobody can tell one put from the transactions that it stands for. */
  readonly #atOnce: number
  readonly #builder = new BatchBuilder()
  readonly #letGo = new AbortController()
  #text: TextLines
  readonly #ready: Batch[] = []
  #pending: Batch = EMPTY_BATCH
  #flushing: Promise<void> | undefined
  #flushedAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #cutLine = false
  #lost = 0

  constructor(options: OutputOptions, context: SourceContext) {
    this.#options = options
    this.#context = context
    this.#size = Math.max(1, Math.min(options.batchSize, context.maxBatch))
    this.#atOnce = Math.max(this.#size, Math.min(LARGEST_PUT, context.maxBatch))
    this.#text = this.#newText()
  }

  /** Takes a chunk of output. The promise, when there is one, resolves when more may come. */
  read(chunk: Buffer): Promise<void> | undefined {
    return this.#flushing ? this.#flushing.then(() => this.#take(chunk)) : this.#take(chunk)
  }

  /** The output is at its end: brings all of it into the channels and is ready for the next run. */
  async end(): Promise<void> {
    await this.#flushing
    this.#text.end(this.#onBody)
    this.#text = this.#newText()
    this.#gather()
    this.#cutLine = false
    await this.#flush(true)
  }

  /** Tries no longer what the channels do not take. */
  giveUp(): void {
    this.#letGo.abort()
  }

  /** Lines that were read and that no channel has, while nothing is put or after giving up. */
  get undelivered(): number {
    return this.#lost + this.#pending.length + this.#ready.reduce((lines, batch) => lines + batch.length, 0)
  }

  #newText(): TextLines {
    const { charset } = this.#options
    return new TextLines({ charset, bodies: charset, maxBytes: MAX_LINE_BYTES, ends: 'any' })
  }

  readonly #onBody = (buffer: Buffer, start: number, end: number, whole: boolean): void => {
    if (!whole && !this.#cutLine) {
      this.#cutLine = true
      this.#context.log.warn(`A line of more than ${MAX_LINE_BYTES} bytes is cut into several events.`)
    }
    this.#builder.addBody(buffer, start, end)
    if (this.#builder.length + this.#pending.length >= this.#atOnce) {
      this.#gather()
      this.#makeReady()
    }
  }

  #makeReady(): void {
    if (this.#pending.length === 0) return
    this.#ready.push(this.#pending)
    this.#pending = EMPTY_BATCH
  }

  #gather(): void {
    if (this.#builder.length === 0) return
    const built = this.#builder.build()
    this.#pending = this.#pending.length === 0 ? built : joinBatches([this.#pending, built])
  }

  #take(chunk: Buffer): Promise<void> | undefined {
    this.#builder.stage(chunk)
    this.#text.push(chunk, this.#onBody)
    this.#gather()
    if (this.#pending.length >= this.#size) this.#makeReady()
    const overdue = performance.now() - this.#flushedAt >= this.#options.batchTimeout
    if (this.#ready.length > 0 || (overdue && this.#pending.length > 0)) return this.#flush(overdue)
    this.#await()
    return undefined
  }

  #flush(all: boolean): Promise<void> {
    this.#flushing = this.#deliverReady(all).finally(() => {
      this.#flushing = undefined
      this.#await()
    })
    return this.#flushing
  }

  async #deliverReady(all: boolean): Promise<void> {
    if (all) this.#makeReady()
    for (let batch = this.#ready[0]; batch; batch = this.#ready[0]) {
      await this.#deliver(batch)
      this.#ready.shift()
      this.#flushedAt = performance.now()
    }
  }

  // A batch that is not full goes out when its time has come.
  #await(): void {
    if (this.#timer || this.#pending.length === 0 || this.#flushing) return
    const wait = this.#flushedAt + this.#options.batchTimeout - performance.now()
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        if (!this.#flushing && this.#pending.length > 0) void this.#flush(true)
      },
      Math.min(wait, 2 ** 31 - 1),
    ).unref()
  }

  // A put that is refused is tried again as the transactions that it stands for: some of them may fit.
  async #deliver(batch: Batch): Promise<void> {
    if (batch.length > this.#size) {
      try {
        return await this.#context.deliver(batch)
      } catch {
        this.#context.log.debug(`${batch.length} lines are not taken at once.`)
      }
    }
    for (let from = 0; from < batch.length; from += this.#size) {
      const part = batch.slice(from, from + this.#size)
      if (!(await this.#insist(part))) this.#lost += part.length
    }
  }

  async #insist(batch: Batch): Promise<boolean> {
    const { log } = this.#context
    const { signal } = this.#letGo
    let failures = 0
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        await this.#context.deliver(batch)
        if (failures > 0) log.info(`The channels take the output again after ${failures} refusals.`)
        return true
      } catch (error) {
        if (failures++ === 0) log.warn(`Output is not taken and the command has to wait: ${reasonOf(error)}`)
        await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => {})
      }
    }
    return false
  }
}
