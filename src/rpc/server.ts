// The receiving side of Flume's Avro RPC (AvroSourceProtocol over Avro's Netty transport): what the avro source and the
// streaming receiver listen with. Clients of any protocol text that resolves against Flume's are served. Where Flume lets
// one client take all memory, requests are bounded here by what they claim and by what all of them hold together.
import type { Socket } from 'node:net'
import type { Call } from '../avro/protocol-resolve.ts'
import type { Batch } from '../batch.ts'
import { reasonOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Counters } from '../metrics/counters.ts'
import { addressOf, listen } from '../net/listener.ts'
import { FoldedLog } from './folded-log.ts'
import { Intake } from './intake.ts'
import { RPC_LIMITS, type RpcLimits } from './limits.ts'
import { ServerConnection, type Service } from './server-connection.ts'
import { wireOver } from './wire.ts'

export type { Call } from '../avro/protocol-resolve.ts'
export type { RpcLimits } from './limits.ts'

/**
 * Takes the events of one call. Resolve: the client is answered OK. Reject: FAILED; an `append` that is rejected with
 * anything but a FlumeError is answered with an Avro error, as with Flume. Empty batches are OK without being handed on.
 */
export type RpcHandler = (batch: Batch, call: Call) => Promise<void>

export interface RpcServerOptions {
  /** Address or host name to bind. */
  readonly host: string
  /** Port; 0 lets the system choose. */
  readonly port: number
  readonly handler: RpcHandler
  readonly log: Log
  /** Moved: Append... and AppendBatch...Count, OpenConnectionCount. */
  readonly counters?: Counters | undefined
  /** Whether to serve a connection; one that is not accepted is closed at once. Default: all. */
  accept?(remoteAddress: string, socket: Socket): boolean | Promise<boolean>
  /** Compressed connections; must be what the clients do. Default false. */
  readonly deflate?: boolean | undefined
  readonly limits?: Partial<RpcLimits> | undefined
}

export interface RpcServer {
  readonly host: string
  /** The port that was bound. */
  readonly port: number
  /** Bytes of requests that have arrived and are not answered. */
  readonly bytesHeld: number
  /** Stops accepting and reading, waits up to `graceMs` (default 5000) for calls under way to be answered, and closes. */
  close(graceMs?: number): Promise<void>
}

const DEFLATE_LEVEL = 6

/** Binds and serves. Rejects with the system's error when it cannot bind. */
export async function serveRpc(options: RpcServerOptions): Promise<RpcServer> {
  const limits: RpcLimits = { ...RPC_LIMITS, ...options.limits }
  const log = new FoldedLog(options.log)
  const intake = new Intake(limits.maxBytesHeld, limits.stallMs)
  const { counters } = options
  const service: Service = {
    handle: async (batch, call) => options.handler(batch, call),
    counters,
    intake,
    limits,
    log,
  }
  const connections = new Set<ServerConnection>()
  const level = options.deflate === true ? DEFLATE_LEVEL : undefined
  let closing = false

  const serve = (socket: Socket) => {
    const connection = new ServerConnection(
      wireOver(socket, level),
      `${addressOf(socket)}:${socket.remotePort}`,
      service,
    )
    connections.add(connection)
    counters?.add('OpenConnectionCount')
    socket.once('close', () => {
      connections.delete(connection)
      counters?.add('OpenConnectionCount', -1)
    })
    if (closing) connection.finish()
  }
  const listener = await listen({
    host: options.host,
    port: options.port,
    maxConnections: limits.maxConnections,
    allowHalfOpen: true,
    onConnection: (socket) => admit(socket, options, serve),
    onRefused: () => log.warn('full', `Closed a new connection: there are ${limits.maxConnections} already.`),
    onError: (error) => log.error('accept', `Cannot accept connections: ${reasonOf(error)}`),
  })
  return {
    host: options.host,
    port: listener.port,
    get bytesHeld() {
      return intake.held
    },
    async close(graceMs = 5000) {
      closing = true
      const closed = listener.close(graceMs)
      for (const connection of connections) connection.finish()
      await closed
      intake.close()
    },
  }
}

function admit(socket: Socket, options: RpcServerOptions, serve: (socket: Socket) => void): void {
  const answer = options.accept?.(addressOf(socket), socket) ?? true
  if (answer === true) serve(socket)
  else if (answer === false) socket.destroy()
  else
    answer.then(
      (accepted) => {
        if (accepted && !socket.destroyed) serve(socket)
        else socket.destroy()
      },
      () => socket.destroy(),
    )
}
