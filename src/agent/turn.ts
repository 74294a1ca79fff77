// Keeps the agent responsive. Loops that never wait for anything outside (a generating source, a memory channel, a
// discarding sink) would run on microtasks alone and starve sockets, timers and signals; they ask here after each batch.

const LONGEST_TURN_MS = 4
const ASK_CLOCK_EVERY = 8

let began = performance.now()
let asked = 0

/** True when the loops have had the event loop for long enough: then `await nextTurn()`. */
export function turnIsOver(): boolean {
  if (++asked % ASK_CLOCK_EVERY !== 0) return false
  return performance.now() - began > LONGEST_TURN_MS
}

export function nextTurn(): Promise<void> {
  return new Promise((resolve) =>
    setImmediate(() => {
      began = performance.now()
      resolve()
    }),
  )
}
