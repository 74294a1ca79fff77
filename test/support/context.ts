// A context for components that are tested without an agent: what they log and count is kept for the test to look at.

import { type Batch, joinBatches } from '../../src/batch.ts'
import type { Context, Log, SourceContext } from '../../src/component.ts'
import { type CountedKind, CounterGroup } from '../../src/metrics/counters.ts'

export interface RecordingLog extends Log {
  readonly lines: string[]
}

export function recordingLog(): RecordingLog {
  const lines: string[] = []
  const at = (level: string) => (message: string) => void lines.push(`${level} ${message}`)
  return { lines, debugEnabled: false, debug: at('DEBUG'), info: at('INFO'), warn: at('WARN'), error: at('ERROR') }
}

export function contextFor(kind: CountedKind, name = 'x1'): Context & { log: RecordingLog; counters: CounterGroup } {
  return {
    agent: 'a1',
    name,
    log: recordingLog(),
    counters: new CounterGroup(kind, name),
    signal: new AbortController().signal,
  }
}

/** A source's context that keeps what is delivered. `refuse` may throw to play a channel that does not take it. */
export function sourceContext(refuse: (batch: Batch) => void | Promise<void> = () => {}) {
  const batches: Batch[] = []
  const deliver = async (batch: Batch) => {
    await refuse(batch)
    batches.push(batch)
  }
  const context: SourceContext & { log: RecordingLog } = { ...contextFor('source', 'r1'), deliver, maxBatch: 100 }
  return { context, batches, bodies: () => [...joinBatches(batches)].map((event) => event.body.toString('utf8')) }
}
