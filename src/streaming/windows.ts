// Windows over the last batches (Spark's window, reduceByWindow, reduceByKeyAndWindow). A window holds one part per batch of
// its parent, and no part longer than it is needed.
//
// Two things differ from Spark. When batches take longer than their interval, several intervals become one batch; a window
// then is shown late, once, and takes in every part that has not been shown, so nothing falls between two windows. And a
// graceful stop shows what windows hold and have not shown, because the sender was told that it had been taken.

import { ConfigurationError } from '../errors.ts'
import { type Graph, isDue, type MicroBatch, nextDueMs, type Step } from './graph.ts'
import { type Awaitable, eachInTurn, settle } from './in-turn.ts'
import { KeyMap } from './keys.ts'
import { type Merge, mergeByKey, type Pair } from './pairs.ts'

/** How far back a window reaches and how often it is shown, in ms. */
export interface Span {
  readonly windowMs: number
  readonly slideMs: number
}

/** A span that fits the stream it is over, or an error that says why not. */
export function spanOver(parent: Step<unknown>, windowMs: number, slideMs = parent.slideMs): Span {
  for (const [name, ms] of [
    ['window', windowMs],
    ['slide', slideMs],
  ] as const) {
    if (Number.isFinite(ms) && ms > 0 && ms % parent.slideMs === 0) continue
    throw new ConfigurationError(
      `A ${name} of ${ms} ms does not fit: it must be a multiple of the ${parent.slideMs} ms at which the stream gives batches.`,
    )
  }
  return { windowMs, slideMs }
}

interface Part<P> {
  readonly timeMs: number
  readonly content: P
  readonly empty: boolean
}

interface View<P> {
  /** What the window shows now, oldest first. */
  readonly all: readonly P[]
  /** What it shows for the first time, and what it showed last time and does not any more. */
  readonly entered: readonly P[]
  readonly left: readonly P[]
}

export class Window<P> {
  readonly #span: Span
  readonly #keepLeft: boolean
  #parts: Part<P>[] = []
  #shownMs: number | undefined
  #shownFromMs = 0

  /** `keepLeft`: parts are held until a view has told that they left. */
  constructor(graph: Graph, span: Span, keepLeft: boolean) {
    this.#span = span
    this.#keepLeft = keepLeft
    graph.open.push(() => this.#parts.some((part) => !part.empty && !this.#wasShown(part)))
  }

  add(timeMs: number, content: P, empty: boolean): void {
    this.#parts.push({ timeMs, content, empty })
  }

  /** What is in the window when it is due. */
  view(batch: MicroBatch): View<P> | undefined {
    const { windowMs, slideMs } = this.#span
    if (!isDue(batch, slideMs)) {
      if (!this.#keepLeft) this.#forget(nextDueMs(batch, slideMs) - windowMs)
      return undefined
    }
    const unshownMs = windowMs < slideMs ? Number.POSITIVE_INFINITY : (this.#shownMs ?? batch.zeroMs)
    const fromMs = Math.min(batch.timeMs - windowMs, unshownMs)
    const inside = this.#parts.filter((part) => part.timeMs > fromMs)
    const view: View<P> = {
      all: inside.map(contentOf),
      entered: inside.filter((part) => !this.#wasShown(part)).map(contentOf),
      left: this.#parts.filter((part) => part.timeMs <= fromMs && this.#wasShown(part)).map(contentOf),
    }
    this.#shownMs = batch.timeMs
    this.#shownFromMs = fromMs
    this.#forget(this.#keepLeft ? fromMs : nextDueMs(batch, slideMs) - windowMs)
    return view
  }

  #wasShown({ timeMs }: Part<P>): boolean {
    return this.#shownMs !== undefined && timeMs <= this.#shownMs && timeMs > this.#shownFromMs
  }

  #forget(upToMs: number): void {
    this.#parts = this.#parts.filter((part) => part.timeMs > upToMs)
  }
}

function contentOf<P>(part: Part<P>): P {
  return part.content
}

export function windowStep<T>(graph: Graph, parent: Step<T>, span: Span): Step<T> {
  const window = new Window<readonly T[]>(graph, span, false)
  return graph.step([parent], span.slideMs, async (batch) => {
    const values = await parent.values(batch)
    if (values) window.add(batch.timeMs, values, values.length === 0)
    return window.view(batch)?.all.flat() as T[] | undefined
  })
}

export function countStep(graph: Graph, parent: Step<unknown>, span: Span): Step<number> {
  const window = new Window<number>(graph, span, false)
  return graph.step([parent], span.slideMs, async (batch) => {
    const values = await parent.values(batch)
    if (values) window.add(batch.timeMs, values.length, values.length === 0)
    const view = window.view(batch)
    return view && [view.all.reduce((sum, count) => sum + count, 0)]
  })
}

export interface KeyedReduction<K, V> {
  readonly merge: Merge<V>
  /** Takes back what `merge` added, so that a long window costs no more than what enters and leaves it. */
  readonly inverse?: Merge<V> | undefined
  readonly filter?: ((pair: Pair<K, V>) => Awaitable<unknown>) | undefined
}

export function reduceStep<K, V>(
  graph: Graph,
  parent: Step<Pair<K, V>>,
  span: Span,
  reduction: KeyedReduction<K, V>,
): Step<[K, V]> {
  const { merge, inverse, filter } = reduction
  const window = new Window<[K, V][]>(graph, span, inverse !== undefined)
  let sums = new KeyMap<K, V>()
  return graph.step([parent], span.slideMs, async (batch) => {
    const values = await parent.values(batch)
    if (values) window.add(batch.timeMs, (await mergeByKey(values, merge)).pairs(), values.length === 0)
    const view = window.view(batch)
    if (!view) return undefined
    if (!inverse) sums = await mergeByKey(view.all.flat(), merge)
    else {
      await takeBack(sums, await mergeByKey(view.left.flat(), merge), inverse)
      await mergeByKey(view.entered.flat(), merge, sums)
    }
    if (filter)
      await eachInTurn(sums.pairs(), (pair) => settle(filter(pair), (wanted) => wanted || sums.delete(pair[0])))
    return sums.pairs()
  })
}

async function takeBack<K, V>(sums: KeyMap<K, V>, gone: KeyMap<K, V>, inverse: Merge<V>): Promise<void> {
  await eachInTurn(gone.cells(), ({ key, value }) => {
    const cell = sums.find(key)
    if (!cell) return undefined
    return settle(inverse(cell.value, value), (rest) => {
      cell.value = rest
    })
  })
}
