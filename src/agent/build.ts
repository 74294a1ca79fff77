// Makes an agent's components out of a plan. Nothing is started. A component that cannot be made is left out and told
// about; the rest goes on, as in Flume.
import { createHash } from 'node:crypto'
import type { Channel, Interceptor, Processor, Source } from '../component.ts'
import type { Plan, Planned, PlannedGroup, PlannedSink, PlannedSource } from '../config/planned.ts'
import { reasonOf } from '../errors.ts'
import { createLog, type Log } from '../log.ts'
import type { CounterGroup } from '../metrics/counters.ts'
import { countedChannel } from './counted-channel.ts'
import { createDeliver } from './deliver.ts'
import { contextFor, instantiate } from './instantiate.ts'
import { type RunningSink, SinkRunner } from './sink-runner.ts'
import { SourceRunner } from './source-runner.ts'

export interface Parts {
  readonly channels: ReadonlyMap<string, Channel>
  readonly sinks: readonly SinkRunner[]
  readonly sources: readonly SourceRunner[]
  readonly counters: readonly CounterGroup[]
}

interface Building {
  readonly plan: Plan
  /** Text that tells this configuration from others, for state that outlives a run. */
  readonly origin: string
  readonly log: Log
  readonly channels: Map<string, Channel>
  readonly counters: CounterGroup[]
}

export async function buildAgent(plan: Plan, origin: string): Promise<Parts> {
  const log = createLog(plan.agent, 'millrace.agent')
  const building: Building = { plan, origin, log, channels: new Map(), counters: [] }
  for (const planned of plan.channels) await orLeaveOut(building, planned, () => buildChannel(building, planned))
  const sinks = new Map<string, RunningSink>()
  for (const planned of plan.sinks) {
    const sink = await orLeaveOut(building, planned, () => buildSink(building, planned))
    if (sink) sinks.set(planned.name, sink)
  }
  const runners: SinkRunner[] = []
  for (const group of plan.groups) {
    const runner = await orLeaveOut(building, group.processor, () => buildGroup(building, group, sinks))
    if (runner) runners.push(runner)
  }
  const sources: SourceRunner[] = []
  for (const planned of plan.sources) {
    const source = await orLeaveOut(building, planned, () => buildSource(building, planned))
    if (source) sources.push(source)
  }
  return { channels: building.channels, sinks: runners, sources, counters: building.counters }
}

async function orLeaveOut<T>({ log }: Building, planned: Planned, make: () => Promise<T>): Promise<T | undefined> {
  try {
    return await make()
  } catch (error) {
    const what = `${planned.kind} ${planned.name}`
    log.error(`${what} has been left out due to an error during configuration: ${reasonOf(error)}`)
    return undefined
  }
}

async function buildChannel(building: Building, planned: Planned<'channel'>): Promise<void> {
  const { agent } = building.plan
  const { context, counters } = contextFor(agent, planned, 'channel')
  const identity = createHash('sha256')
    .update(`${building.origin}\n${agent}\n${planned.name}`)
    .digest('hex')
    .slice(0, 12)
  const channel = await instantiate(planned, { ...context, identity })
  building.channels.set(planned.name, countedChannel(channel, counters))
  building.counters.push(counters)
}

async function buildSink(building: Building, planned: PlannedSink): Promise<RunningSink> {
  const channel = building.channels.get(planned.channel)
  if (!channel) throw new Error(`its channel ${planned.channel} could not be made`)
  const { context, counters, halt } = contextFor(building.plan.agent, planned, 'sink')
  const sink = await instantiate(planned, context)
  building.counters.push(counters)
  return { name: planned.name, sink, channel, channelName: planned.channel, counters, log: context.log, halt }
}

async function buildGroup(
  building: Building,
  group: PlannedGroup,
  sinks: ReadonlyMap<string, RunningSink>,
): Promise<SinkRunner | undefined> {
  const members = group.sinks.map((name) => sinks.get(name)).filter((sink) => sink !== undefined)
  if (members.length === 0) return undefined
  const { context } = contextFor(building.plan.agent, group.processor, 'sink')
  const names = members.map((sink) => sink.name)
  const processor: Processor = await instantiate(group.processor, { ...context, name: group.name, sinks: names })
  return new SinkRunner(group.name, members, processor, context.log)
}

async function buildSource(building: Building, planned: PlannedSource): Promise<SourceRunner> {
  const names = planned.channels.filter((name) => building.channels.has(name))
  if (names.length === 0) throw new Error('none of its channels could be made')
  const { context, counters, halt } = contextFor(building.plan.agent, planned, 'source')
  const selector = await instantiate(planned.selector, { ...context, channels: names })
  const interceptors: Interceptor[] = []
  for (const interceptor of planned.interceptors) interceptors.push(await instantiate(interceptor, context))
  const { channels } = building
  const deliver = createDeliver({
    interceptors,
    selector,
    channels,
    counters,
    log: context.log,
    signal: context.signal,
  })
  const maxBatch = Math.min(...names.map((name) => channels.get(name)?.transactionCapacity ?? 1))
  const source = await instantiate(planned, { ...context, deliver, maxBatch })
  building.counters.push(counters)
  return new SourceRunner({
    name: planned.name,
    source: withInterceptors(source, interceptors),
    counters,
    log: context.log,
    halt,
  })
}

// Interceptors live as long as their source: started before it, stopped after it.
function withInterceptors(source: Source, interceptors: readonly Interceptor[]): Source {
  const living = interceptors.filter((interceptor) => interceptor.start ?? interceptor.stop)
  if (living.length === 0) return source
  const { backoffSleepIncrementMs, maxBackoffSleepMs } = source
  return {
    ...(backoffSleepIncrementMs === undefined ? {} : { backoffSleepIncrementMs }),
    ...(maxBackoffSleepMs === undefined ? {} : { maxBackoffSleepMs }),
    ...(source.poll ? { poll: async () => (await source.poll?.()) ?? 'idle' } : {}),
    async start() {
      for (const interceptor of living) await interceptor.start?.()
      await source.start?.()
    },
    async stop() {
      await source.stop?.()
      for (const interceptor of living) await interceptor.stop?.()
    },
  }
}
