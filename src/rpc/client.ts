// The sending side of Flume's Avro RPC: one connection, any number of requests under way on it. It opens with Flume
// 1.11's handshake and tells its protocol text when the server asks for it. The texts of failures are those of Flume's
// NettyAvroRpcClient; unlike there, a server that answers FAILED leaves the connection usable.
import type { Batch } from '../batch.ts'
import { EventDeliveryError } from '../errors.ts'
import type { Log } from '../log.ts'
import { ClientConnection } from './client-connection.ts'
import { dial } from './dial.ts'
import { wireOver } from './wire.ts'

export interface RpcConnectionOptions {
  readonly host: string
  readonly port: number
  /** Limit for connecting, in ms. Default 20000. */
  readonly connectTimeoutMs?: number | undefined
  /** Limit for each request, the handshake of the first included, in ms. Default 20000. */
  readonly requestTimeoutMs?: number | undefined
  /** Level 0 to 9 of a compressed connection; undefined for a plain one. Must be what the server does. */
  readonly deflateLevel?: number | undefined
  readonly log?: Log | undefined
  /** Aborting ends the attempt to connect and later the connection. */
  readonly signal?: AbortSignal | undefined
}

export interface RpcConnection {
  /**
   * Sends a batch as one call and resolves when the answer is OK; `append` takes a batch of one event. Rejects with
   * EventDeliveryError: the status was not OK, the server reported an error (the connection stays open), no answer in
   * time, or the connection broke (it is closed). Several may be under way at once; they are sent in order.
   */
  send(batch: Batch, call?: 'append' | 'appendBatch'): Promise<void>
  /** Whether `send` can be called. */
  readonly open: boolean
  /** Calls back once when the connection is closed: with the reason, or with undefined after `close`. */
  onClose(listener: (reason: Error | undefined) => void): void
  /** Waits for the answers that are missing, at most their timeout, and closes. Safe twice. */
  close(): Promise<void>
}

const TIMEOUT_MS = 20_000

/** Connects. Rejects with EventDeliveryError when the server cannot be reached in time. */
export async function connectRpc(options: RpcConnectionOptions): Promise<RpcConnection> {
  const { host, port, signal, connectTimeoutMs = TIMEOUT_MS, requestTimeoutMs = TIMEOUT_MS } = options
  const name = clientName(host, port)
  try {
    const socket = await dial({ host, port, timeoutMs: connectTimeoutMs, signal })
    options.log?.debug(`Connected to ${host}:${port}.`)
    const wire = wireOver(socket, options.deflateLevel)
    return new ClientConnection({ wire, socket, name, requestTimeoutMs, signal })
  } catch (error) {
    throw new EventDeliveryError(`${name}: RPC connection error`, { cause: error })
  }
}

/** How Flume's client calls itself in its messages. */
export function clientName(host: string, port: number): string {
  return `NettyAvroRpcClient { host: ${host}, port: ${port} }`
}
