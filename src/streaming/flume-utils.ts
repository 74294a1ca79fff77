// FlumeUtils, by which Spark Streaming is joined to Flume: a stream of what an agent's avro sink sends.
import { ConfigurationError } from '../errors.ts'
import type { Event } from '../event.ts'
import { partsOf, type StreamingContext } from './context.ts'
import { DStream, type Shaped } from './dstream.ts'
import { FlumeReceiver } from './flume-receiver.ts'
import type { Awaitable } from './in-turn.ts'

/** How much may be accepted and not processed before senders wait. */
export interface FlumeStreamOptions {
  /** Events. Default 500000. */
  readonly maxPendingEvents?: number
  /** Bytes of events with their headers. Default 64 MiB. */
  readonly maxPendingBytes?: number
}

export interface DecodingOptions<T> extends FlumeStreamOptions {
  /** What becomes of an event. It runs in the batch, so an error stops the context. */
  readonly decode: (event: Event) => Awaitable<T>
}

/** A stream that an agent sends to. */
export class FlumeStream<T> extends DStream<T> {
  readonly #receiver: FlumeReceiver<T>

  constructor(ssc: StreamingContext, receiver: FlumeReceiver<T>) {
    super(partsOf(ssc).graph, receiver.step)
    this.#receiver = receiver
  }

  /** The port that was bound; undefined before the start. */
  get port(): number | undefined {
    return this.#receiver.port
  }
}

/**
 * Listens at `host` and `port` (0: any free one) from the start of the context on. Elements are events, or what
 * `options.decode` makes of them.
 */
function createStream(
  ssc: StreamingContext,
  host: string,
  port: number,
  options?: FlumeStreamOptions,
): FlumeStream<Event>
function createStream<T extends Shaped>(
  ssc: StreamingContext,
  host: string,
  port: number,
  options: DecodingOptions<T>,
): FlumeStream<T>
function createStream(
  ssc: StreamingContext,
  host: string,
  port: number,
  options: FlumeStreamOptions & { readonly decode?: (event: Event) => unknown } = {},
): FlumeStream<unknown> {
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new ConfigurationError(`${port} is not a port.`)
  const { graph, log } = partsOf(ssc)
  const { decode = (event: Event) => event, maxPendingEvents = 500_000, maxPendingBytes = 64 * 1024 * 1024 } = options
  for (const [name, value] of Object.entries({ maxPendingEvents, maxPendingBytes })) {
    if (!(value > 0)) throw new ConfigurationError(`${name} must be above 0, not ${value}.`)
  }
  const bound = { events: maxPendingEvents, bytes: maxPendingBytes }
  const receiver = new FlumeReceiver<unknown>(graph, { host, port, decode, bound, log })
  graph.receivers.push(receiver)
  return new FlumeStream(ssc, receiver)
}

export const FlumeUtils = { createStream } as const
