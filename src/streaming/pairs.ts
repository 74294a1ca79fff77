// What a batch of pairs becomes: sums, groups, joins and states by key. Keys come out in the order in which they were first
// seen (Spark's order is that of its hash).
import { type Awaitable, eachInTurn, settle } from './in-turn.ts'
import { KeyMap } from './keys.ts'

export type Pair<K, V> = readonly [K, V]

/** Merges two values of a key. */
export type Merge<V> = (left: V, right: V) => Awaitable<V>

/** The new state of a key from the values of a batch, none perhaps; undefined forgets the key. */
export type Update<V, S> = (values: V[], state: S | undefined) => Awaitable<S | undefined>

/** The sums of a batch, on top of those that `sums` holds already. */
export async function mergeByKey<K, V>(
  pairs: Iterable<Pair<K, V>>,
  merge: Merge<V>,
  sums = new KeyMap<K, V>(),
): Promise<KeyMap<K, V>> {
  await eachInTurn(pairs, (pair) => {
    const [key, value] = checked(pair)
    const cell = sums.find(key)
    if (!cell) return sums.set(key, value)
    return settle(merge(cell.value, value), (merged) => {
      cell.value = merged
    })
  })
  return sums
}

export async function groupByKey<K, V>(pairs: Iterable<Pair<K, V>>): Promise<KeyMap<K, V[]>> {
  const groups = new KeyMap<K, V[]>()
  await eachInTurn(pairs, (pair) => {
    const [key, value] = checked(pair)
    const cell = groups.find(key)
    if (cell) cell.value.push(value)
    else groups.set(key, [value])
  })
  return groups
}

export async function countByValue<T>(values: Iterable<T>): Promise<[T, number][]> {
  const counts = new KeyMap<T, number>()
  await eachInTurn(values, (value) => {
    const cell = counts.find(value)
    if (cell) cell.value++
    else counts.set(value, 1)
  })
  return counts.pairs()
}

/** Every value of a key with every value that the other side has for it; with `lonely` when it has none, if given. */
export async function join<K, V, W>(
  left: Iterable<Pair<K, V>>,
  right: Iterable<Pair<K, W>>,
  lonely: readonly W[] = [],
): Promise<[K, [V, W]][]> {
  const others = await groupByKey(right)
  const joined: [K, [V, W]][] = []
  await eachInTurn(left, (pair) => {
    const [key, value] = checked(pair)
    for (const other of others.find(key)?.value ?? lonely) joined.push([key, [value, other]])
  })
  return joined
}

/** Brings states up to date with a batch, those of keys without values too, and gives all that are left. */
export async function updateStates<K, V, S>(
  states: KeyMap<K, S>,
  pairs: Iterable<Pair<K, V>>,
  update: Update<V, S>,
): Promise<[K, S][]> {
  const groups = await groupByKey(pairs)
  await eachInTurn([...states.cells()], ({ key, value }) => {
    const values = groups.find(key)?.value ?? []
    groups.delete(key)
    return settle(update(values, value), (state) => keep(states, key, state))
  })
  await eachInTurn(groups.cells(), ({ key, value }) =>
    settle(update(value, undefined), (state) => keep(states, key, state)),
  )
  return states.pairs()
}

function keep<K, S>(states: KeyMap<K, S>, key: K, state: S | undefined): void {
  if (state === undefined) states.delete(key)
  else states.set(key, state)
}

// Types say it already; plain JavaScript gets a sentence instead of keys that are letters.
function checked<K, V>(pair: Pair<K, V>): Pair<K, V> {
  if (Array.isArray(pair) && pair.length === 2) return pair
  const what = Array.isArray(pair) ? `an array of ${pair.length}` : `of type ${typeof pair}`
  throw new TypeError(`Operations by key need elements of the form [key, value]; one is ${what}.`)
}
