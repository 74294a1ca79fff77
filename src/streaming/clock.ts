// What the batch clock stands on, so that tests can move time by hand.

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Runs `act` once after `delayMs`; the answer calls it off. */
  after(delayMs: number, act: () => void): () => void
}

export const LONGEST_DELAY_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, act) {
    const timer = setTimeout(act, Math.min(Math.max(0, delayMs), LONGEST_DELAY_MS))
    return () => clearTimeout(timer)
  },
}
