// The counters of a component, with the names under which Flume's JSON metrics show them (reference: "Counters and JMX").
// The runtime moves them: `deliver` for sources, `drain` for sinks, a decorator for channels; a component touches only
// those that nobody else can see, such as open connections.

export const COUNTER_NAMES = {
  source: [
    'EventReceivedCount',
    'EventAcceptedCount',
    'AppendReceivedCount',
    'AppendAcceptedCount',
    'AppendBatchReceivedCount',
    'AppendBatchAcceptedCount',
    'OpenConnectionCount',
    'EventReadFail',
    'ChannelWriteFail',
    'GenericProcessingFail',
  ],
  sink: [
    'ConnectionCreatedCount',
    'ConnectionClosedCount',
    'ConnectionFailedCount',
    'BatchEmptyCount',
    'BatchUnderflowCount',
    'BatchCompleteCount',
    'EventDrainAttemptCount',
    'EventDrainSuccessCount',
    'EventWriteFail',
    'ChannelReadFail',
  ],
  channel: ['EventPutAttemptCount', 'EventPutSuccessCount', 'EventTakeAttemptCount', 'EventTakeSuccessCount'],
} as const

export type CountedKind = keyof typeof COUNTER_NAMES
export type CounterName = (typeof COUNTER_NAMES)[CountedKind][number]

export interface Counters {
  /** Adds to a counter; negative for what goes down again, such as open connections. */
  add(name: CounterName, amount?: number): void
  get(name: CounterName): number
}

export class CounterGroup implements Counters {
  readonly kind: CountedKind
  readonly name: string
  startTime = 0
  stopTime = 0
  /** Values that are read when somebody asks, such as ChannelSize. */
  readonly gauges = new Map<string, () => number>()
  readonly #values: Record<string, number> = Object.create(null)

  constructor(kind: CountedKind, name: string) {
    this.kind = kind
    this.name = name
    for (const counter of COUNTER_NAMES[kind]) this.#values[counter] = 0
  }

  add(name: CounterName, amount = 1): void {
    this.#values[name] = (this.#values[name] ?? 0) + amount
  }

  get(name: CounterName): number {
    return this.#values[name] ?? 0
  }

  /** All values by name: counters, gauges, times and type, as Flume's JSON has them. */
  snapshot(): Map<string, number | string> {
    const all = new Map<string, number | string>(Object.entries(this.#values))
    for (const [name, read] of this.gauges) all.set(name, read())
    all.set('StartTime', this.startTime)
    all.set('StopTime', this.stopTime)
    all.set('Type', this.kind.toUpperCase())
    return all
  }
}
