// The public door `millrace/rpc`: Flume's client SDK, and the connection and server below it. A client is made from
// Flume's own properties (Flume 1.11, RpcClientFactory); of its types there is DEFAULT, one host. As with Flume a client is
// dead after its first failure: close it and make another one.
import { type Batch, batchOf } from '../batch.ts'
import { EventDeliveryError } from '../errors.ts'
import type { Event } from '../event.ts'
import { createLog, type Log } from '../log.ts'
import { clientName, connectRpc, type RpcConnection } from './client.ts'
import { type RpcClientSettings, type RpcProperties, readRpcProperties } from './properties.ts'

export { type Batch, batchOf } from '../batch.ts'
export { ConfigurationError, EventDeliveryError } from '../errors.ts'
export { createEvent, type Event } from '../event.ts'
export { connectRpc, type RpcConnection, type RpcConnectionOptions } from './client.ts'
export type { RpcProperties } from './properties.ts'
export {
  type Call,
  type RpcHandler,
  type RpcLimits,
  type RpcServer,
  type RpcServerOptions,
  serveRpc,
} from './server.ts'

export interface RpcClient {
  /** Events per request; longer batches are cut. */
  readonly batchSize: number
  /** Sends one event; rejects with EventDeliveryError. */
  append(event: Event): Promise<void>
  /** Sends events in pieces of `batchSize`, one after the other. When a piece fails those before it are delivered. */
  appendBatch(events: Iterable<Event>): Promise<void>
  /** The same for a batch that is encoded already. */
  send(batch: Batch): Promise<void>
  /** False after a failure and after `close`. */
  isActive(): boolean
  close(): Promise<void>
}

export interface RpcClientContext {
  /** Where warnings about properties go. Default: the log of the process. */
  readonly log?: Log
  readonly signal?: AbortSignal
}

/**
 * Connects a client as the properties say: hosts, hosts.ALIAS = host:port, batch-size, connect-timeout, request-timeout,
 * compression-type, compression-level. Rejects with ConfigurationError, or with EventDeliveryError when the host cannot be
 * reached.
 */
export async function createRpcClient(properties: RpcProperties, context: RpcClientContext = {}): Promise<RpcClient> {
  const log = context.log ?? createLog('main', 'millrace.rpc')
  const settings = readRpcProperties(properties, log)
  const connection = await connectRpc({ ...settings, log, signal: context.signal })
  return new SingleHostClient(connection, settings)
}

class SingleHostClient implements RpcClient {
  readonly batchSize: number
  readonly #connection: RpcConnection
  readonly #name: string
  #dead = false

  constructor(connection: RpcConnection, { host, port, batchSize }: RpcClientSettings) {
    this.#connection = connection
    this.#name = clientName(host, port)
    this.batchSize = batchSize
  }

  isActive(): boolean {
    return !this.#dead && this.#connection.open
  }

  append(event: Event): Promise<void> {
    return this.#guard('event', () => this.#connection.send(batchOf([event]), 'append'))
  }

  appendBatch(events: Iterable<Event>): Promise<void> {
    return this.send(batchOf(events))
  }

  send(batch: Batch): Promise<void> {
    return this.#guard('batch', async () => {
      for (let from = 0; from < batch.length; from += this.batchSize)
        await this.#connection.send(batch.slice(from, from + this.batchSize))
    })
  }

  close(): Promise<void> {
    this.#dead = true
    return this.#connection.close()
  }

  async #guard(what: 'event' | 'batch', send: () => Promise<void>): Promise<void> {
    try {
      if (this.#dead) throw new EventDeliveryError('RPC failed, client in an invalid state: DEAD')
      await send()
    } catch (error) {
      this.#dead = true
      throw new EventDeliveryError(`${this.#name}: Failed to send ${what}`, { cause: error })
    }
  }
}
