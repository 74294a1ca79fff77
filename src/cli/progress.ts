// How far long work has come: one line on a terminal that is written over, nothing elsewhere.

const INTERVAL_MS = 200

/** Counts events and shows their number and rate on the stream when it is a terminal. */
export class Progress {
  readonly #stream: NodeJS.WriteStream
  readonly #startedMs: number
  readonly #now: () => number
  #shownMs = 0
  #count = 0

  constructor(stream: NodeJS.WriteStream, now: () => number = Date.now) {
    this.#stream = stream
    this.#now = now
    this.#startedMs = now()
  }

  get count(): number {
    return this.#count
  }

  add(events: number): void {
    this.#count += events
    if (!this.#stream.isTTY || this.#now() - this.#shownMs < INTERVAL_MS) return
    this.#shownMs = this.#now()
    this.#show('')
  }

  /** Leaves the final figures on the terminal. */
  end(): void {
    if (this.#stream.isTTY) this.#show('\n')
  }

  #show(end: string): void {
    const seconds = Math.max((this.#now() - this.#startedMs) / 1000, 0.001)
    const rate = Math.round(this.#count / seconds)
    this.#stream.write(`\r\x1b[K${grouped(this.#count)} events sent, ${grouped(rate)} a second${end}`)
  }
}

export function grouped(count: number): string {
  return count.toLocaleString('en-US')
}
