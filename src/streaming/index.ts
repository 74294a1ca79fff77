// Streams in micro-batches from Flume agents, in the manner of Spark Streaming (package export `millrace/streaming`).
export type { Event, Headers } from '../event.ts'
export type { Clock } from './clock.ts'
export { type QueueOptions, StreamingContext, type StreamingContextOptions } from './context.ts'
export { DStream, type Shaped } from './dstream.ts'
export { type DecodingOptions, FlumeStream, type FlumeStreamOptions, FlumeUtils } from './flume-utils.ts'
export type { Awaitable } from './in-turn.ts'
export type { Merge, Pair, Update } from './pairs.ts'
