// Lines that a misbehaving peer can cause as often as it likes: the first of a kind is written at once, what follows
// within the pause is counted and told with the next one.
import type { Log } from '../log.ts'

const PAUSE_MS = 10_000

export class FoldedLog {
  readonly #log: Log
  readonly #kinds = new Map<string, { nextMs: number; folded: number }>()

  constructor(log: Log) {
    this.#log = log
  }

  warn(kind: string, message: string): void {
    const suffix = this.#pass(kind)
    if (suffix !== undefined) this.#log.warn(message + suffix)
  }

  error(kind: string, message: string): void {
    const suffix = this.#pass(kind)
    if (suffix !== undefined) this.#log.error(message + suffix)
  }

  #pass(kind: string): string | undefined {
    const now = Date.now()
    const state = this.#kinds.get(kind) ?? { nextMs: 0, folded: 0 }
    this.#kinds.set(kind, state)
    if (now < state.nextMs) {
      state.folded++
      return undefined
    }
    const { folded } = state
    state.nextMs = now + PAUSE_MS
    state.folded = 0
    return folded === 0 ? '' : ` (${folded} more like this before)`
  }
}
