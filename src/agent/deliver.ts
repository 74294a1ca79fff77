// The way of events from a source into channels (Flume 1.11, ChannelProcessor): interceptors, selector, one put for each
// required channel in turn, then the optional ones. A batch that nobody looks into goes through as it is.
import type { Batch } from '../batch.ts'
import { BatchBuilder } from '../batch-builder.ts'
import type { Channel, Interceptor, Route, Selector } from '../component.ts'
import { ChannelError, reasonOf } from '../errors.ts'
import type { Draft } from '../event.ts'
import type { Log } from '../log.ts'
import type { Counters } from '../metrics/counters.ts'

export interface Delivery {
  readonly interceptors: readonly Interceptor[]
  readonly selector: Selector
  readonly channels: ReadonlyMap<string, Channel>
  readonly counters: Counters
  readonly log: Log
  /** Aborted when the source is to stop: nothing waits for room in a channel any more. */
  readonly signal?: AbortSignal
}

export function createDeliver(delivery: Delivery): (batch: Batch) => Promise<void> {
  const { counters, selector, signal } = delivery
  const intercept = delivery.interceptors.length > 0 ? createIntercept(delivery.interceptors) : undefined
  const only = onlyChannel(delivery)
  return async (batch) => {
    counters.add('EventReceivedCount', batch.length)
    const events = intercept ? intercept(batch) : batch
    try {
      if (only) await only.put(events, signal)
      else await putAlongRoutes(delivery, routed(selector, events))
    } catch (error) {
      counters.add('ChannelWriteFail')
      throw error
    }
    counters.add('EventAcceptedCount', batch.length)
  }
}

// The usual case: every event goes into one and the same required channel.
function onlyChannel({ selector, channels }: Delivery): Channel | undefined {
  const route = selector.constant
  const [name, ...more] = route?.required ?? []
  return name !== undefined && more.length === 0 && route?.optional.length === 0 ? channels.get(name) : undefined
}

function createIntercept(interceptors: readonly Interceptor[]): (batch: Batch) => Batch {
  const builder = new BatchBuilder()
  return (batch) => {
    for (const event of batch) {
      let draft: Draft | undefined = { headers: new Map(event.headers), body: event.body }
      for (const interceptor of interceptors) {
        draft = interceptor.intercept(draft)
        if (!draft) break
      }
      if (draft) builder.add(draft.headers, draft.body)
    }
    return builder.build()
  }
}

interface Parts {
  readonly required: ReadonlyMap<string, Batch>
  readonly optional: ReadonlyMap<string, Batch>
}

function routed(selector: Selector, batch: Batch): Parts {
  if (selector.constant) {
    const whole = (names: readonly string[]) => new Map(names.map((name) => [name, batch]))
    return { required: whole(selector.constant.required), optional: whole(selector.constant.optional) }
  }
  const required = new Map<string, BatchBuilder>()
  const optional = new Map<string, BatchBuilder>()
  for (const event of batch) {
    const route: Route = selector.route(event)
    for (const name of route.required) builderFor(required, name).add(event.headers, event.body)
    for (const name of route.optional) builderFor(optional, name).add(event.headers, event.body)
  }
  return { required: built(required), optional: built(optional) }
}

function builderFor(builders: Map<string, BatchBuilder>, name: string): BatchBuilder {
  const known = builders.get(name)
  if (known) return known
  const builder = new BatchBuilder(16 * 1024)
  builders.set(name, builder)
  return builder
}

function built(builders: ReadonlyMap<string, BatchBuilder>): ReadonlyMap<string, Batch> {
  return new Map([...builders].map(([name, builder]) => [name, builder.build()]))
}

async function putAlongRoutes({ channels, log, signal }: Delivery, parts: Parts): Promise<void> {
  for (const [name, batch] of parts.required) {
    try {
      await channels.get(name)?.put(batch, signal)
    } catch (error) {
      if (error instanceof ChannelError) throw error
      throw new ChannelError(`Unable to put batch on required channel: ${name}`, { cause: error })
    }
  }
  for (const [name, batch] of parts.optional) {
    try {
      await channels.get(name)?.put(batch, signal)
    } catch (error) {
      log.error(`Unable to put batch on optional channel: ${name}. ${reasonOf(error)}`)
    }
  }
}
