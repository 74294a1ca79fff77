// A planned component into a live one.
import type { Context, ContextOf, InstanceOf, Nested } from '../component.ts'
import { type Planned, PlannedPart } from '../config/planned.ts'
import type { Kind } from '../kinds.ts'
import { createLog } from '../log.ts'
import { type CountedKind, CounterGroup } from '../metrics/counters.ts'

/** Rejects with what `create` throws. */
export async function instantiate<K extends Kind>(planned: Planned<K>, context: ContextOf<K>): Promise<InstanceOf<K>> {
  const options: Record<string, unknown> = { ...planned.options }
  for (const [name, value] of Object.entries(options)) {
    if (value instanceof PlannedPart) options[name] = nested(value.planned)
  }
  return planned.definition.create(options, context)
}

function nested(planned: Planned): Nested<Kind> {
  return { type: planned.definition.type, create: (context) => instantiate(planned, context) }
}

/** What every component gets, and the controller behind its signal. */
export function contextFor(
  agent: string,
  planned: Planned,
  kind: CountedKind,
): { readonly context: Context; readonly counters: CounterGroup; readonly halt: AbortController } {
  const counters = new CounterGroup(kind, planned.name)
  const halt = new AbortController()
  const log = createLog(planned.name, loggerOf(planned))
  return { context: { agent, name: planned.name, log, counters, signal: halt.signal }, counters, halt }
}

/** The Java class name, because that is what Flume's users look for in a log. */
function loggerOf({ definition }: Planned): string {
  return (definition.aliases[0] ?? definition.type).replace(/\$Builder$/, '')
}
