// The public contract of components (package export `millrace/component`): what a source, channel, sink, interceptor,
// selector, sink processor, serializer and deserializer are, and how one is defined. The runtime owns loops, retries,
// transactions and counters; an author writes the few lines that are his component's own.
import type { Batch } from './batch.ts'
import type { Draft, Event } from './event.ts'
import type { Kind } from './kinds.ts'
import type { Log } from './log.ts'
import type { Counters } from './metrics/counters.ts'
import type { OptionTable, Values } from './options/option.ts'

export { type Batch, batchOf } from './batch.ts'
export { BatchBuilder } from './batch-builder.ts'
export * from './errors.ts'
export { createEvent, type Draft, type Event, type Headers } from './event.ts'
export type { Kind } from './kinds.ts'
export type { Log } from './log.ts'
export type { CounterName, Counters } from './metrics/counters.ts'
export * from './options/make.ts'
export type { Option, OptionTable, Values } from './options/option.ts'

export interface Lifecycle {
  /** Resolves when ready (port bound, log replayed); rejects when it cannot run yet: the agent tries again every 3 s. */
  start?(): Promise<void>
  /** Resolves when drained and released; safe twice, safe before start. */
  stop?(): Promise<void>
}

export interface Source extends Lifecycle {
  /** A pollable source: called again at once after `busy`, after a growing pause after `idle` or an error. */
  poll?(): Promise<'busy' | 'idle'>
  /** First pause after an idle poll and what each further one adds, in ms. Default 1000. */
  readonly backoffSleepIncrementMs?: number
  /** Longest pause after idle polls, in ms. Default 5000. */
  readonly maxBackoffSleepMs?: number
}

export interface Channel extends Lifecycle {
  /** Events that one transaction may hold. */
  readonly transactionCapacity: number
  /** Events that fit, when there is a limit. */
  readonly capacity?: number
  /**
   * One transaction: all of it is in when this resolves; nothing is in when it rejects with ChannelError, or with
   * ChannelFullError when there was no room within keep-alive. Aborting `signal` ends the wait for room.
   */
  put(batch: Batch, signal?: AbortSignal): Promise<void>
  /**
   * Up to `max` events in order. Waits for the first one up to keep-alive and then resolves with an empty batch; never
   * waits for more once there is one. Aborting `signal` ends the wait with an empty batch. Must be settled by exactly one
   * of commit and rollback.
   */
  take(max: number, signal?: AbortSignal): Promise<Taken>
  /** Events that are held, open takes included; undefined when that is not known. */
  depth(): number | undefined
  /** How long the agent lets sinks empty this channel after its sources have stopped, in ms. Default 0. */
  readonly drainMs?: number
}

export interface Taken {
  readonly batch: Batch
  /** The events are gone for good. */
  commit(): Promise<void>
  /** The events are the first to be taken again, in their old order. */
  rollback(): Promise<void>
}

export interface Sink extends Lifecycle {
  /** Events taken per transaction at most. */
  readonly batchSize: number
  /** Writes that may be under way at once; they settle in order. Default 1. */
  readonly inFlight?: number
  /** Called before each take; resolves at once when connected. Rejecting takes nothing. */
  connect?(): Promise<void>
  /** Resolve to commit; reject to roll back, pause and try again. `stop` ends what is under way: it rejects. */
  write(batch: Batch): Promise<Outcome | undefined>
}

/** What a sink may say beside success. */
export interface Outcome {
  /** Put the events back although nothing failed. */
  readonly keep?: boolean
  /** Pause before the next round. */
  readonly rest?: boolean
  /** False: do not count the events as delivered. Default: counted when they are not kept. */
  readonly counted?: boolean
}

export interface Interceptor extends Lifecycle {
  /** The event, edited in place or another one; undefined drops it. */
  intercept(event: Draft): Draft | undefined
}

export interface Route {
  readonly required: readonly string[]
  readonly optional: readonly string[]
}

export interface Selector {
  /** Set when every event goes the same way, so that batches need not be looked into. */
  readonly constant?: Route
  route(event: Event): Route
}

/** Decides which sink of a group works next. Rounds are the runtime's; a processor only orders and remembers. */
export interface Processor {
  /** The sinks to try in this round, best first. */
  order(): readonly string[]
  succeeded(sink: string): void
  failed(sink: string): void
}

/** Turns events into the bytes of a file. */
export interface Serializer {
  /** What a new file begins with. */
  header(): Buffer
  /** The bytes of a batch. */
  write(batch: Batch): Buffer | readonly Buffer[]
  /** What a finished file ends with. */
  footer(): Buffer
  /** Whether output may be added to a file that exists already. */
  readonly supportsAppend: boolean
}

/** Reads events out of one file, so that reading can go on at a place that was remembered. */
export interface Deserializer {
  /** Up to `max` events from where reading stands; empty at the end of the file. */
  read(max: number): Promise<Batch>
  /** The place in bytes behind the last event that `read` gave: reading may go on there after a restart. */
  readonly position: number
  close(): Promise<void>
}

export interface Context {
  /** Name of the agent. */
  readonly agent: string
  /** Name of the component; of the component that owns it for interceptors, selectors and serializers. */
  readonly name: string
  readonly log: Log
  readonly counters: Counters
  /** Aborted when the component must let go of what it waits for. */
  readonly signal: AbortSignal
}

export interface SourceContext extends Context {
  /** Interceptors, selector and one put per channel; rejects when a required channel refused. */
  deliver(batch: Batch): Promise<void>
  /** The smallest transaction capacity of the source's channels: a longer batch is refused. */
  readonly maxBatch: number
}

export interface ChannelContext extends Context {
  /** Same text for the same channel of the same configuration, for state that is kept between runs. */
  readonly identity: string
}

export interface SelectorContext extends Context {
  /** The channels of the source. */
  readonly channels: readonly string[]
}

export interface ProcessorContext extends Context {
  /** The sinks of the group. */
  readonly sinks: readonly string[]
}

export interface DeserializerContext extends Context {
  /** The file to read. */
  readonly path: string
  /** Place to start at, in bytes. */
  readonly position: number
  readonly inputCharset: string
  readonly decodeErrorPolicy: 'FAIL' | 'REPLACE' | 'IGNORE'
  /** Longest line in characters, when the owner sets it: goes before the deserializer's own option. */
  readonly maxLineLength?: number
}

interface Instances {
  source: Source
  channel: Channel
  sink: Sink
  interceptor: Interceptor
  selector: Selector
  processor: Processor
  serializer: Serializer
  deserializer: Deserializer
}
interface Contexts {
  source: SourceContext
  channel: ChannelContext
  sink: Context
  interceptor: Context
  selector: SelectorContext
  processor: ProcessorContext
  serializer: Context
  deserializer: DeserializerContext
}
export type InstanceOf<K extends Kind> = Instances[K]
export type ContextOf<K extends Kind> = Contexts[K]

/** Something wrong with a component's options that one option alone cannot tell. */
export interface Finding {
  /** Key within the component. */
  readonly key: string
  readonly message: string
  readonly hint?: string
  /** An error leaves the component out; a warning does not. Default error. */
  readonly severity?: 'error' | 'warning'
}

export interface Definition<K extends Kind = Kind, T extends OptionTable = OptionTable> {
  readonly kind: K
  readonly type: string
  /** Java class names under which configurations know it. */
  readonly aliases: readonly string[]
  readonly summary: string
  readonly options: T
  /** What is wrong beyond single options. Pure. */
  check?(options: Values<T>): readonly Finding[]
  /** Of sources and sinks: events per transaction, which the channel's transaction capacity must reach. */
  batchSize?(options: Values<T>): number
  /** Of channels: events that one transaction may hold. */
  transactionCapacity?(options: Values<T>): number
  create(options: Values<T>, context: ContextOf<K>): InstanceOf<K> | Promise<InstanceOf<K>>
}

/** What a component option gives: a component that is planned and can be made as often as needed. */
export interface Nested<K extends Kind> {
  readonly type: string
  create(context: ContextOf<K>): Promise<InstanceOf<K>>
}

/** A line in a kind's index: what a type is called, and how its definition is loaded when a configuration uses it. */
export interface Listing {
  readonly type: string
  readonly aliases: readonly string[]
  load(): Promise<Definition>
}

type Parts<K extends Kind, T extends OptionTable> = Omit<Definition<K, T>, 'kind'>

export const defineSource = <const T extends OptionTable>(parts: Parts<'source', T>) => define('source', parts)
export const defineChannel = <const T extends OptionTable>(parts: Parts<'channel', T>) => define('channel', parts)
export const defineSink = <const T extends OptionTable>(parts: Parts<'sink', T>) => define('sink', parts)
export const defineInterceptor = <const T extends OptionTable>(parts: Parts<'interceptor', T>) =>
  define('interceptor', parts)
export const defineSelector = <const T extends OptionTable>(parts: Parts<'selector', T>) => define('selector', parts)
export const defineProcessor = <const T extends OptionTable>(parts: Parts<'processor', T>) => define('processor', parts)
export const defineSerializer = <const T extends OptionTable>(parts: Parts<'serializer', T>) =>
  define('serializer', parts)
export const defineDeserializer = <const T extends OptionTable>(parts: Parts<'deserializer', T>) =>
  define('deserializer', parts)

function define<K extends Kind, T extends OptionTable>(kind: K, parts: Parts<K, T>): Definition<K, T> {
  return { kind, ...parts }
}
