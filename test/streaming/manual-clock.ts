// Time that moves when a test says so, and contexts that run a number of batches in it.
import { Writable } from 'node:stream'
import type { Clock, DStream } from '../../src/streaming/index.ts'
import { StreamingContext } from '../../src/streaming/index.ts'
import { type RecordingLog, recordingLog } from '../support/context.ts'
import { eventually } from '../support/eventually.ts'

export const FOUR_O_CLOCK_MS = new Date(2026, 10, 24, 16, 0, 0).getTime()

export class ManualClock implements Clock {
  nowMs = FOUR_O_CLOCK_MS
  readonly #timers = new Set<{ readonly atMs: number; readonly act: () => void }>()

  now(): number {
    return this.nowMs
  }

  after(delayMs: number, act: () => void): () => void {
    const timer = { atMs: this.nowMs + delayMs, act }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** Resolves when something waits for time to pass: the context has done what there was to do. */
  idle(): Promise<unknown> {
    return eventually(() => this.#timers.size > 0, 'a timer')
  }

  /** Moves time to the next timer, once there is one, and runs it. */
  async tick(): Promise<void> {
    await this.idle()
    const next = Math.min(...Array.from(this.#timers, (timer) => timer.atMs))
    this.pass(next - this.nowMs)
  }

  /** Moves time and runs what is due then. */
  pass(ms: number): void {
    this.nowMs += ms
    for (const timer of [...this.#timers]) {
      if (timer.atMs > this.nowMs) continue
      this.#timers.delete(timer)
      timer.act()
    }
  }
}

/** A sink for what is printed. */
export function printed(): Writable & { readonly text: () => string } {
  let text = ''
  const output = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  return Object.assign(output, { text: () => text })
}

export interface Bench {
  readonly ssc: StreamingContext
  readonly clock: ManualClock
  readonly output: ReturnType<typeof printed>
  readonly log: RecordingLog
}

export function bench(batchDurationMs = 1000): Bench {
  const parts = { clock: new ManualClock(), output: printed(), log: recordingLog() }
  return { ...parts, ssc: new StreamingContext({ batchDurationMs, ...parts }) }
}

/** What a stream gives in the first `batches` batches, as [seconds since the start, elements]. */
export async function timed<T>(
  batches: number,
  define: (ssc: StreamingContext) => DStream<T>,
): Promise<[number, T[]][]> {
  const { ssc, clock } = bench()
  const seen: [number, T[]][] = []
  define(ssc).foreachBatch((elements, time) => {
    seen.push([(time.getTime() - FOUR_O_CLOCK_MS) / 1000, elements])
  })
  await ssc.start()
  for (let i = 0; i < batches; i++) await clock.tick()
  await clock.idle()
  await ssc.stop({ graceful: false })
  return seen
}

/** The elements of the first `batches` batches. */
export async function collect<T>(batches: number, define: (ssc: StreamingContext) => DStream<T>): Promise<T[][]> {
  return (await timed(batches, define)).map(([, elements]) => elements)
}
