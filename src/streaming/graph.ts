// What a StreamingContext computes: inputs, steps that depend on one another, and outputs in the order of their definition.
// A step is computed once per batch, whoever asks. A step after a window gives nothing (undefined, which is not the same as
// no elements) in batches in which its slide has not come round.
import { FlumeError } from '../errors.ts'

export interface MicroBatch {
  /** The batch's own time, a multiple of the batch interval. */
  readonly timeMs: number
  /** The time of the batch before; more than one interval ago when batches took longer than that. */
  readonly previousMs: number
  /** The time at which the context was started, rounded down to a multiple of the batch interval. */
  readonly zeroMs: number
  /** The last batch of a graceful stop: windows show what they have not shown yet. */
  readonly last: boolean
  readonly computed: Map<Step<unknown>, Promise<Values<unknown>>>
}

export type Values<T> = readonly T[] | undefined

export class Step<T> {
  readonly parents: readonly Step<unknown>[]
  /** How often it gives elements. */
  readonly slideMs: number
  readonly #compute: (batch: MicroBatch) => Promise<Values<T>>

  constructor(parents: readonly Step<unknown>[], slideMs: number, compute: (batch: MicroBatch) => Promise<Values<T>>) {
    this.parents = parents
    this.slideMs = slideMs
    this.#compute = compute
  }

  values(batch: MicroBatch): Promise<Values<T>> {
    const known = batch.computed.get(this)
    // The map is keyed by the step itself, so what it holds has the step's type.
    if (known) return known as Promise<Values<T>>
    const values = this.#compute(batch)
    batch.computed.set(this, values)
    return values
  }
}

/** Whether a time that is a multiple of the slide, counted from the start, lies between the batch before and this one. */
export function isDue(batch: MicroBatch, slideMs: number): boolean {
  return batch.last || round(batch.timeMs, batch, slideMs) > round(batch.previousMs, batch, slideMs)
}

/** The next multiple of the slide after this batch. */
export function nextDueMs(batch: MicroBatch, slideMs: number): number {
  return batch.zeroMs + (round(batch.timeMs, batch, slideMs) + 1) * slideMs
}

function round(timeMs: number, { zeroMs }: MicroBatch, slideMs: number): number {
  return Math.floor((timeMs - zeroMs) / slideMs)
}

/** What accepts elements from elsewhere and answers for them. */
export interface Receiver {
  readonly step: Step<unknown>
  /** How a person knows it. */
  readonly name: string
  /** Resolves when it listens; rejects when it cannot. It accepts nothing before `open`. */
  start(): Promise<void>
  open(): void
  /** Refuses at once who waits and who comes, and resolves when they know. What was accepted stays. */
  stop(reason: string): Promise<void>
  /** The elements of the batch that was computed last are done with. */
  release(): void
  /** Elements that were accepted and are not done with: `taken` into the batch at work, `waiting` for one. */
  unfinished(): { readonly taken: number; readonly waiting: number }
}

export type Output = (batch: MicroBatch) => Promise<void>

export class Graph {
  readonly batchMs: number
  /** Writes to the context's output; resolves when that has taken the text. */
  readonly print: (text: string) => Promise<void>
  /** Steps without parents: where elements come from. */
  readonly inputs: Step<unknown>[] = []
  readonly receivers: Receiver[] = []
  readonly outputs: { readonly step: Step<unknown>; readonly run: Output }[] = []
  /** Windows: whether they hold elements that they have not shown. */
  readonly open: (() => boolean)[] = []
  #sealed = false

  constructor(batchMs: number, print: (text: string) => Promise<void>) {
    this.batchMs = batchMs
    this.print = print
  }

  step<T>(parents: readonly Step<unknown>[], slideMs: number, compute: (batch: MicroBatch) => Promise<Values<T>>) {
    this.#unsealed()
    return new Step(parents, slideMs, compute)
  }

  input<T>(take: (batch: MicroBatch) => Promise<Values<T>>): Step<T> {
    const step = this.step([], this.batchMs, take)
    this.inputs.push(step)
    return step
  }

  output<T>(step: Step<T>, use: (elements: readonly T[], timeMs: number) => unknown): void {
    this.#unsealed()
    const run = async (batch: MicroBatch) => {
      const elements = await step.values(batch)
      if (elements) await use(elements, batch.timeMs)
    }
    this.outputs.push({ step, run })
  }

  /** Checks that the whole is worth running; after that nothing can be added. */
  seal(): void {
    if (this.outputs.length === 0) {
      throw new FlumeError(
        'ILLEGAL_STATE',
        'There is nothing to run: no stream has an output such as pprint or foreachBatch.',
      )
    }
    const used = new Set<Step<unknown>>()
    for (const { step } of this.outputs) visit(step, used)
    const idle = this.receivers.find(({ step }) => !used.has(step))
    if (idle)
      throw new FlumeError('ILLEGAL_STATE', `No output uses the stream of ${idle.name}, so its elements would be lost.`)
    this.#sealed = true
  }

  /** Computes a batch: what came is fixed first, then the outputs run one after the other. */
  async run(batch: MicroBatch, wanted: () => boolean): Promise<void> {
    for (const input of this.inputs) await input.values(batch)
    for (const { run } of this.outputs) {
      if (!wanted()) return
      await run(batch)
    }
    for (const receiver of this.receivers) receiver.release()
  }

  /** Whether there is something that no batch has shown yet. */
  hasMore(): boolean {
    return this.receivers.some((receiver) => receiver.unfinished().waiting > 0) || this.open.some((isOpen) => isOpen())
  }

  #unsealed(): void {
    if (!this.#sealed) return
    throw new FlumeError('ILLEGAL_STATE', 'Streams and outputs must be defined before the context is started.')
  }
}

function visit(step: Step<unknown>, seen: Set<Step<unknown>>): void {
  if (seen.has(step)) return
  seen.add(step)
  for (const parent of step.parents) visit(parent, seen)
}
