// StreamingContext: owns the streams that are defined on it, starts and stops them together (Spark Streaming's context).
// A function that throws stops it with that error. Events whose senders were told that they had been accepted are either
// processed or, after an error or a stop that is not graceful, counted in the log.
import type { Writable } from 'node:stream'
import { ConfigurationError, FlumeError, reasonOf } from '../errors.ts'
import { createLog, type Log } from '../log.ts'
import { BatchLoop } from './batch-loop.ts'
import { type Clock, LONGEST_DELAY_MS, systemClock } from './clock.ts'
import { DStream } from './dstream.ts'
import { Graph } from './graph.ts'

export interface StreamingContextOptions {
  /** Interval of the batches in ms, a whole number from 1. */
  readonly batchDurationMs: number
  /** Where pprint prints. Default: standard output. */
  readonly output?: Writable
  /** Default: standard error. */
  readonly log?: Log
  /** Default: the system's clock. */
  readonly clock?: Clock
}

export interface QueueOptions<T> {
  /** One array of the queue per batch; false: all that are left. Default true. */
  readonly oneAtATime?: boolean
  /** The elements of a batch once the queue is empty. Default none. */
  readonly default?: readonly T[]
}

export class StreamingContext {
  readonly #graph: Graph
  readonly #clock: Clock
  readonly #log: Log
  readonly #loop: BatchLoop
  readonly #ended = deferred()
  #state: 'initialized' | 'starting' | 'active' | 'stopped' = 'initialized'
  #starting: Promise<void> | undefined
  #closing: Promise<unknown> | undefined
  #ending: Promise<void> | undefined

  constructor({ batchDurationMs, output = process.stdout, log, clock = systemClock }: StreamingContextOptions) {
    if (!Number.isInteger(batchDurationMs) || batchDurationMs < 1 || batchDurationMs > LONGEST_DELAY_MS) {
      throw new ConfigurationError(`batchDurationMs must be a whole number of ms from 1 on, not ${batchDurationMs}.`)
    }
    this.#graph = new Graph(batchDurationMs, printTo(output))
    this.#clock = clock
    this.#log = log ?? createLog('streaming', 'millrace.streaming')
    this.#loop = new BatchLoop(this.#graph, clock)
    parts.set(this, { graph: this.#graph, log: this.#log })
  }

  /** A stream of arrays that are there already, one per batch: for trying things out. The queue is copied. */
  queueStream<T>(queue: readonly (readonly T[])[], options: QueueOptions<T> = {}): DStream<T> {
    const { oneAtATime = true, default: rest = [] } = options
    const arrays = queue.map((some) => [...some])
    const step = this.#graph.input<T>(async ({ last }) => {
      if (last) return []
      if (arrays.length === 0) return [...rest]
      return arrays.splice(0, oneAtATime ? 1 : arrays.length).flat() as T[]
    })
    return new DStream(this.#graph, step)
  }

  /** Resolves when every receiver listens. Rejects when one cannot, and then nothing is left running. */
  async start(): Promise<void> {
    if (this.#state === 'stopped')
      throw new FlumeError('ILLEGAL_STATE', 'A context that was stopped cannot be started again.')
    if (this.#state !== 'initialized') throw new FlumeError('ILLEGAL_STATE', 'The context has been started already.')
    this.#graph.seal()
    this.#state = 'starting'
    this.#starting = this.#startReceivers()
    await this.#starting
    this.#state = 'active'
    this.#loop.run().then(
      () => this.#end(),
      (error: unknown) => this.#end({ error }),
    )
  }

  /**
   * Resolves when the context has ended; true. Rejects with the error that ended it. With `timeoutMs`, resolves with false
   * when that has passed first.
   */
  async awaitTermination(timeoutMs?: number): Promise<boolean> {
    if (timeoutMs === undefined) return this.#ended.promise
    let cancel = () => {}
    const timeout = new Promise<boolean>((resolve) => {
      cancel = this.#clock.after(timeoutMs, () => resolve(false))
    })
    return Promise.race([this.#ended.promise, timeout]).finally(() => cancel())
  }

  /**
   * Stops; safe twice and before the start. Graceful (the default): accepts nothing more, processes what was accepted, shows
   * what windows hold. Otherwise nothing more is processed, and what is lost is counted in the log. A function that a batch
   * calls may call it but must not wait for it, because it waits for that batch.
   */
  async stop({ graceful = true }: { readonly graceful?: boolean } = {}): Promise<void> {
    if (this.#state === 'starting') await this.#starting?.catch(() => {})
    if (this.#state === 'initialized') {
      this.#state = 'stopped'
      this.#ended.resolve(true)
    }
    if (this.#state === 'stopped') return
    if (graceful) {
      await this.#close('The receiver is being stopped.')
      this.#loop.finish()
    } else {
      this.#loop.abandon()
      void this.#end()
    }
    await this.#ended.promise.catch(() => {})
  }

  async #startReceivers(): Promise<void> {
    try {
      for (const receiver of this.#graph.receivers) await receiver.start()
      for (const receiver of this.#graph.receivers) receiver.open()
    } catch (error) {
      for (const receiver of this.#graph.receivers) await receiver.stop('The receiver could not be started.')
      this.#state = 'initialized'
      throw error
    }
  }

  #close(reason: string): Promise<unknown> {
    this.#closing ??= Promise.allSettled(this.#graph.receivers.map((receiver) => receiver.stop(reason)))
    return this.#closing
  }

  #end(failure?: { readonly error: unknown }): Promise<void> {
    this.#ending ??= this.#endOnce(failure)
    return this.#ending
  }

  async #endOnce(failure: { readonly error: unknown } | undefined): Promise<void> {
    await this.#close(failure ? 'The receiver was stopped by an error.' : 'The receiver is being stopped.')
    if (failure) this.#log.error(`The streaming context was stopped by an error: ${reasonOf(failure.error)}`)
    this.#reportUnfinished()
    this.#state = 'stopped'
    if (failure) this.#ended.reject(failure.error)
    else this.#ended.resolve(true)
  }

  #reportUnfinished(): void {
    for (const receiver of this.#graph.receivers) {
      const { taken, waiting } = receiver.unfinished()
      if (taken + waiting === 0) continue
      const where = `${taken} in the batch at work, ${waiting} waiting for one`
      this.#log.error(`${taken + waiting} events accepted on ${receiver.name} were not processed: ${where}.`)
    }
  }
}

/** What FlumeUtils needs of a context and a user does not. */
export function partsOf(ssc: StreamingContext): { readonly graph: Graph; readonly log: Log } {
  const found = parts.get(ssc)
  if (!found) throw new TypeError('A StreamingContext is needed.')
  return found
}

const parts = new WeakMap<StreamingContext, { readonly graph: Graph; readonly log: Log }>()

function printTo(output: Writable): (text: string) => Promise<void> {
  return (text) =>
    new Promise((resolve, reject) => {
      output.write(text, (error) => (error ? reject(error) : resolve()))
    })
}

function deferred() {
  let resolve: (value: true) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<boolean>((yes, no) => {
    resolve = yes
    reject = no
  })
  // Whoever waits is told; when nobody does, the log has it.
  promise.catch(() => {})
  return { promise, resolve, reject }
}
