// Pauses between attempts. Flume waits 5 s after every failure; here the first pause is short and they double up to a
// limit, so that events flow again as soon as the next hop is back.

const FIRST_MS = 100
const LIMIT_MS = 1000
const REST_MS = 1000
const LONGEST_REST_MS = 5000

/** The pause that a sink asked for `times` times in a row, in ms: as Flume's SinkRunner has it. */
export function restMs(times: number): number {
  return Math.min(LONGEST_REST_MS, times * REST_MS)
}

export class Backoff {
  #failures = 0
  /** Failures since the beginning. */
  total = 0

  get failing(): boolean {
    return this.#failures > 0
  }

  /** The pause after one more failure, in ms. */
  next(): number {
    const pause = Math.min(LIMIT_MS, FIRST_MS * 2 ** Math.min(this.#failures, 30))
    this.#failures++
    this.total++
    return pause
  }

  succeeded(): void {
    this.#failures = 0
  }
}

/** A pause that somebody else can end. */
export class Pause {
  #end: (() => void) | undefined

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#end?.(), ms)
      this.#end = () => {
        clearTimeout(timer)
        this.#end = undefined
        resolve()
      }
    })
  }

  end(): void {
    this.#end?.()
  }
}
