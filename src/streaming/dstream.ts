// DStream, a stream in micro-batches, with the operations of Spark Streaming's Python interface in JavaScript's notation.
// Every function may be asynchronous and is called for one element after the other. Times are in ms.
import { ConfigurationError, FlumeError } from '../errors.ts'
import type { Graph, MicroBatch, Step } from './graph.ts'
import { type Awaitable, eachInTurn, mapInTurn, settle } from './in-turn.ts'
import { KeyMap } from './keys.ts'
import {
  countByValue,
  groupByKey,
  join,
  type Merge,
  mergeByKey,
  type Pair,
  type Update,
  updateStates,
} from './pairs.ts'
import { printBlock } from './pprint.ts'
import { countStep, reduceStep, spanOver, windowStep } from './windows.ts'

/** Any type; it lets `map((word) => [word, 1])` give pairs instead of arrays. */
export type Shaped = [Shaped, Shaped] | NonNullable<unknown> | null | undefined

export class DStream<T> {
  readonly #graph: Graph
  readonly #step: Step<T>

  /** Streams are made by a context, FlumeUtils and other streams. */
  constructor(graph: Graph, step: Step<T>) {
    this.#graph = graph
    this.#step = step
  }

  map<U extends Shaped>(change: (element: T) => Awaitable<U>): DStream<U> {
    return this.#each((elements) => mapInTurn(elements, change))
  }

  /** All elements of what the function gives for each element. */
  flatMap<U extends Shaped>(change: (element: T) => Awaitable<Iterable<U>>): DStream<U> {
    return this.#each(async (elements) => {
      const all: U[] = []
      await eachInTurn(elements, (element) =>
        settle(change(element), (some) => {
          for (const one of some) all.push(one)
        }),
      )
      return all
    })
  }

  filter<S extends T>(wanted: (element: T) => element is S): DStream<S>
  filter(wanted: (element: T) => Awaitable<unknown>): DStream<T>
  filter(wanted: (element: T) => Awaitable<unknown>): DStream<T> {
    return this.#each(async (elements) => {
      const kept: T[] = []
      await eachInTurn(elements, (element) => settle(wanted(element), (keep) => keep && kept.push(element)))
      return kept
    })
  }

  /** One element per batch: how many there are; 0 in an empty batch. */
  count(): DStream<number> {
    return this.#each((elements) => [elements.length])
  }

  /** A pair [element, how often it occurs] per distinct element. */
  countByValue(): DStream<[T, number]> {
    return this.#each((elements) => countByValue(elements))
  }

  /** One element per batch, merged from all; none in an empty batch. */
  reduce(merge: Merge<T>): DStream<T> {
    return this.#each(async (elements) => {
      const sums = await mergeByKey(keyless(elements), merge)
      return sums.pairs().map(([, sum]) => sum)
    })
  }

  /** The elements of this stream, then those of the other. */
  union<U>(other: DStream<U>): DStream<T | U> {
    return this.#with(other, (left, right) => [...left, ...right])
  }

  /** Whatever a function makes of all the elements of a batch; the array is its own. */
  transform<U extends Shaped>(change: (elements: T[], time: Date) => Awaitable<Iterable<U>>): DStream<U> {
    return this.#each(async (elements, batch) => [...(await change([...elements], new Date(batch.timeMs)))])
  }

  /** The elements of the last `windowMs`, every `slideMs` (default: every batch). */
  window(windowMs: number, slideMs?: number): DStream<T> {
    const span = spanOver(this.#step, windowMs, slideMs)
    return new DStream(this.#graph, windowStep(this.#graph, this.#step, span))
  }

  /** How many elements the window holds; one number each time. */
  countByWindow(windowMs: number, slideMs?: number): DStream<number> {
    const span = spanOver(this.#step, windowMs, slideMs)
    return new DStream(this.#graph, countStep(this.#graph, this.#step, span))
  }

  /** All elements of the window merged into one. See `reduceByKeyAndWindow` for the inverse function. */
  reduceByWindow(merge: Merge<T>, inverse: Merge<T> | null, windowMs: number, slideMs?: number): DStream<T> {
    const keyed = this.#each((elements) => keyless(elements))
    const span = spanOver(keyed.#step, windowMs, slideMs)
    const sums = reduceStep(this.#graph, keyed.#step, span, { merge, inverse: inverse ?? undefined })
    return new DStream(this.#graph, sums).#each((pairs) => pairs.map(([, sum]) => sum))
  }

  /** Changes the values of pairs. */
  mapValues<K, V, W extends Shaped>(this: DStream<Pair<K, V>>, change: (value: V) => Awaitable<W>): DStream<[K, W]> {
    const pair = ([key, value]: Pair<K, V>) => settle(change(value), (changed): [K, W] => [key, changed])
    return this.#each((pairs) => mapInTurn(pairs, pair))
  }

  /** One pair per key, its values merged. The function must not change its arguments. */
  reduceByKey<K, V extends Shaped>(this: DStream<Pair<K, V>>, merge: Merge<V>): DStream<[K, V]> {
    return this.#each(async (pairs) => (await mergeByKey(pairs, merge)).pairs())
  }

  /** One pair per key with all its values. */
  groupByKey<K, V>(this: DStream<Pair<K, V>>): DStream<[K, V[]]> {
    return this.#each(async (pairs) => (await groupByKey(pairs)).pairs())
  }

  /** For each key that both have: every value of this stream with every value of the other. */
  join<K, V, W>(this: DStream<Pair<K, V>>, other: DStream<Pair<K, W>>): DStream<[K, [V, W]]> {
    return this.#with(other, (left, right) => join(left, right))
  }

  /** As `join`; what has no partner comes with undefined. */
  leftOuterJoin<K, V, W>(this: DStream<Pair<K, V>>, other: DStream<Pair<K, W>>): DStream<[K, [V, W | undefined]]> {
    return this.#with(other, (left, right) => join<K, V, W | undefined>(left, right, [undefined]))
  }

  /**
   * One pair per key of the window, its values merged. With an inverse function, which takes back what `merge` added, a long
   * window costs only what enters and leaves it; keys then stay, as in Spark, until `filterFunc` refuses their pair.
   */
  reduceByKeyAndWindow<K, V extends Shaped>(
    this: DStream<Pair<K, V>>,
    merge: Merge<V>,
    inverse: Merge<V> | null,
    ...over: [windowMs: number, slideMs?: number, filterFunc?: (pair: Pair<K, V>) => Awaitable<unknown>]
  ): DStream<[K, V]> {
    const [windowMs, slideMs, filter] = over
    const span = spanOver(this.#step, windowMs, slideMs)
    const reduction = { merge, inverse: inverse ?? undefined, filter }
    return new DStream(this.#graph, reduceStep(this.#graph, this.#step, span, reduction))
  }

  /**
   * A state per key, carried from batch to batch: all of them, each time. The function is called for every key that has
   * values or a state; undefined as its answer forgets the key.
   */
  updateStateByKey<K, V, S extends Shaped>(
    this: DStream<Pair<K, V>>,
    update: Update<V, S>,
    initial: Iterable<Pair<K, S>> = [],
  ): DStream<[K, S]> {
    const states = new KeyMap<K, S>()
    for (const [key, state] of initial) states.set(key, state)
    return this.#each((pairs) => updateStates(states, pairs, update))
  }

  /** Output: calls the function with all the elements of each batch, empty ones too; the array is its own. */
  foreachBatch(act: (elements: T[], time: Date) => unknown): void {
    this.#graph.output(this.#step, (elements, timeMs) => act([...elements], new Date(timeMs)))
  }

  /** Output: prints the first `num` elements of each batch, as Spark's pprint does. */
  pprint(num = 10): void {
    if (!Number.isInteger(num) || num < 0)
      throw new ConfigurationError(`pprint prints a number of elements, not ${num}.`)
    const { print } = this.#graph
    this.#graph.output(this.#step, (elements, timeMs) => print(printBlock(timeMs, elements, num)))
  }

  #each<U>(change: (elements: readonly T[], batch: MicroBatch) => Awaitable<readonly U[]>): DStream<U> {
    const parent = this.#step
    const step = this.#graph.step([parent], parent.slideMs, async (batch) => {
      const elements = await parent.values(batch)
      return elements && change(elements, batch)
    })
    return new DStream(this.#graph, step)
  }

  #with<U, W>(
    other: DStream<U>,
    combine: (left: readonly T[], right: readonly U[]) => Awaitable<readonly W[]>,
  ): DStream<W> {
    const [one, two] = [this.#step, other.#step]
    if (this.#graph !== other.#graph)
      throw new FlumeError('ILLEGAL_STATE', 'The two streams belong to different contexts.')
    if (one.slideMs !== two.slideMs) {
      const both = `${one.slideMs} and ${two.slideMs} ms`
      throw new ConfigurationError(
        `The two streams give batches at different intervals, ${both}; use windows that slide alike.`,
      )
    }
    const step = this.#graph.step([one, two], one.slideMs, async (batch) => {
      const left = await one.values(batch)
      const right = await two.values(batch)
      return left && right && combine(left, right)
    })
    return new DStream(this.#graph, step)
  }
}

function keyless<T>(elements: readonly T[]): Pair<0, T>[] {
  return elements.map((element) => [0, element])
}
