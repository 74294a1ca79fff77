// Says a repeated failure once, and then at most once a minute with how often it came: a receiver that is down for an
// hour must not fill the log.
import type { Log } from '../log.ts'

const REPEAT_AFTER_MS = 60_000

export class Complaint {
  readonly #log: Log
  #text = ''
  #folded = 0
  #saidAt = 0

  constructor(log: Log) {
    this.#log = log
  }

  say(text: string): void {
    const now = Date.now()
    if (text === this.#text && now - this.#saidAt < REPEAT_AFTER_MS) {
      this.#folded++
      return
    }
    const repeated = text === this.#text && this.#folded > 0 ? ` (${this.#folded} more times since)` : ''
    this.#log.warn(`${text}${repeated}`)
    this.#text = text
    this.#folded = 0
    this.#saidAt = now
  }

  /** All is well again, which is said when a failure was; the next failure is said at once. */
  over(good?: string): void {
    if (this.#text === '') return
    if (good !== undefined) this.#log.info(good)
    this.#text = ''
    this.#folded = 0
  }
}
