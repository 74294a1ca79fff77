// Pauses between attempts. Flume waits 5 s after every failure; here the first pause is short and they double up to a
// limit, so that events flow again as soon as the next hop is back.

export class Backoff {
  readonly #firstMs: number
  readonly #limitMs: number
  #failures = 0
  /** Failures since the beginning. */
  total = 0

  constructor(firstMs: number, limitMs: number) {
    this.#firstMs = firstMs
    this.#limitMs = limitMs
  }

  get failing(): boolean {
    return this.#failures > 0
  }

  /** The pause after one more failure, in ms. */
  next(): number {
    const pause = Math.min(this.#limitMs, this.#firstMs * 2 ** Math.min(this.#failures, 30))
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
