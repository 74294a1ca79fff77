// The clock of a context: one batch after the other, at multiples of the interval. A batch that takes longer than the
// interval is followed at once by one with everything that came meanwhile; Spark would queue a job per interval. A batch's
// time always lies after that of the one before, whatever happens to the machine's clock.
import type { Clock } from './clock.ts'
import type { Graph } from './graph.ts'
import { breath } from './in-turn.ts'

export class BatchLoop {
  readonly #graph: Graph
  readonly #clock: Clock
  #ending: 'no' | 'finish' | 'abandon' = 'no'
  #wake: () => void = () => {}

  constructor(graph: Graph, clock: Clock) {
    this.#graph = graph
    this.#clock = clock
  }

  /** Resolves when it was told to end and has; rejects with the error of a function that a batch called. */
  async run(): Promise<void> {
    const { batchMs } = this.#graph
    const zeroMs = this.#roundedNow()
    let previousMs = zeroMs
    for (;;) {
      await this.#until(previousMs + batchMs)
      const last = this.#ending === 'finish'
      if (this.#abandoned() || (last && !this.#graph.hasMore())) return
      const timeMs = Math.max(previousMs + batchMs, this.#roundedNow())
      const batch = { timeMs, previousMs, zeroMs, last, computed: new Map() }
      await this.#graph.run(batch, () => !this.#abandoned())
      if (last) return
      previousMs = timeMs
    }
  }

  /** Ends after one more batch with everything that is left. */
  finish(): void {
    if (this.#ending === 'no') this.#ending = 'finish'
    this.#wake()
  }

  /** Ends without another batch, nor another output of the one at work. */
  abandon(): void {
    this.#ending = 'abandon'
    this.#wake()
  }

  #abandoned(): boolean {
    return this.#ending === 'abandon'
  }

  #roundedNow(): number {
    return Math.floor(this.#clock.now() / this.#graph.batchMs) * this.#graph.batchMs
  }

  async #until(timeMs: number): Promise<void> {
    const delayMs = timeMs - this.#clock.now()
    if (delayMs <= 0 || this.#ending !== 'no') return breath()
    await new Promise<void>((resolve) => {
      // A clock that was set back must not stop the batches, so no pause is longer than the interval.
      const cancel = this.#clock.after(Math.min(delayMs, this.#graph.batchMs), resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}
