// Says a warning at once and folds its repetitions: a full channel refuses thousands of lines a second, and each would
// be a line of the log. What was folded is said with its number when ten seconds have passed, and so on.
import type { Log } from '../log.ts'

const WINDOW_MS = 10_000

export class FoldedWarning {
  readonly #log: Log
  #folded = 0
  #text = ''
  #window: NodeJS.Timeout | undefined

  constructor(log: Log) {
    this.#log = log
  }

  say(text: string): void {
    this.#text = text
    if (this.#window) this.#folded++
    else this.#begin(text)
  }

  /** Says what is still folded. */
  end(): void {
    clearTimeout(this.#window)
    this.#window = undefined
    if (this.#folded > 0) this.#log.warn(this.#summary())
    this.#folded = 0
  }

  #begin(text: string): void {
    this.#log.warn(text)
    this.#folded = 0
    this.#window = setTimeout(() => {
      this.#window = undefined
      if (this.#folded > 0) this.#begin(this.#summary())
    }, WINDOW_MS)
    this.#window.unref()
  }

  #summary(): string {
    return `${this.#text} (${this.#folded} more times)`
  }
}
