// Reads a stream chunk by chunk with back-pressure: one chunk is handled at a time and the stream rests while that takes
// long, so that at most two chunks wait. Work that is done at once costs no promise and no pause.
import type { Readable } from 'node:stream'

/** Handles a chunk; the next one comes when the promise, if there is one, has resolved. */
export type OnChunk = (chunk: Buffer) => Promise<void> | undefined

export class Pump {
  /** Resolves when the stream has ended or was stopped and all that was read is handled; rejects when handling fails. */
  readonly done: Promise<void>
  readonly #stream: Readable
  readonly #handle: OnChunk
  readonly #waiting: Buffer[] = []
  #busy = false
  #over = false
  #resolve: () => void = () => {}
  #reject: (error: unknown) => void = () => {}

  constructor(stream: Readable, handle: OnChunk) {
    this.#stream = stream
    this.#handle = handle
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    stream.on('data', this.#onData)
    stream.once('end', this.#onEnd)
    stream.once('close', this.#onEnd)
  }

  /** Reads no more: `done` resolves when what was read is handled. */
  stop(): void {
    this.#stream.off('data', this.#onData)
    this.#stream.pause()
    this.#onEnd()
  }

  /** Like `stop`, and what waits to be handled is forgotten. */
  abandon(): void {
    this.#waiting.length = 0
    this.stop()
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#waiting.push(chunk)
    if (this.#busy) this.#stream.pause()
    else this.#run().catch(this.#reject)
  }

  readonly #onEnd = (): void => {
    this.#over = true
    if (!this.#busy) this.#resolve()
  }

  async #run(): Promise<void> {
    this.#busy = true
    for (let chunk = this.#waiting.shift(); chunk; chunk = this.#waiting.shift()) {
      const underWay = this.#handle(chunk)
      if (underWay) await underWay
    }
    this.#busy = false
    if (this.#over) this.#resolve()
    else if (this.#stream.isPaused()) this.#stream.resume()
  }
}
