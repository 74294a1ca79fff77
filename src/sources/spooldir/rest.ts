// Pauses that end early: at a stop all of them, at a call those that allow it.

export class Rest {
  readonly #pauses = new Set<() => void>()
  readonly #wakeable = new Set<() => void>()
  stopped = false

  /** Resolves after `ms`, at `stop`, and at `wake` when it may be woken. */
  pause(ms: number, mayWake = false): Promise<void> {
    if (this.stopped) return Promise.resolve()
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#pauses.delete(end)
        this.#wakeable.delete(end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      this.#pauses.add(end)
      if (mayWake) this.#wakeable.add(end)
    })
  }

  wake(): void {
    for (const end of this.#wakeable) end()
  }

  stop(): void {
    this.stopped = true
    for (const end of this.#pauses) end()
  }
}
