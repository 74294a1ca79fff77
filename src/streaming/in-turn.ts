// Applies a user's function to one element after the other. It may be asynchronous, and then the next element waits for it;
// a synchronous one costs no promise per element. Long work lets the event loop breathe, so that senders are answered and
// Ctrl-C is heard while a batch is worked on.

export type Awaitable<T> = T | PromiseLike<T>

const BREATH_MS = 20

export async function eachInTurn<T>(items: Iterable<T>, visit: (item: T) => Awaitable<unknown>): Promise<void> {
  let breatheAt = performance.now() + BREATH_MS
  for (const item of items) {
    const answer = visit(item)
    if (isThenable(answer)) await answer
    if (performance.now() < breatheAt) continue
    await breath()
    breatheAt = performance.now() + BREATH_MS
  }
}

export async function mapInTurn<T, U>(items: Iterable<T>, change: (item: T) => Awaitable<U>): Promise<U[]> {
  const changed: U[] = []
  await eachInTurn(items, (item) => settle(change(item), (value) => void changed.push(value)))
  return changed
}

/** Hands on a value that may be still to come; keeps what is there already free of promises. */
export function settle<T, U>(value: Awaitable<T>, use: (value: T) => U): Awaitable<U> {
  return isThenable(value) ? value.then(use) : use(value)
}

/** Lets sockets, timers and signals have their turn. */
export function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function isThenable<T>(value: Awaitable<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
