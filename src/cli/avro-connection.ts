// Where avro-client sends to: a host and port in batches of five, or what an RPC properties file says (Flume 1.11,
// AvroCLIClient and RpcClientFactory).
import { readFile } from 'node:fs/promises'
import type { Batch } from '../batch.ts'
import { reasonOf } from '../errors.ts'
import type { Words } from './parse.ts'

export interface Connection {
  /** Resolves when the other side has taken the events; rejects with EventDeliveryError. */
  send(batch: Batch): Promise<void>
  close(): Promise<void>
}

export type Target = {
  /** Events per request. */
  readonly batchSize: number
  /** Requests under way at once. */
  readonly inFlight: number
} & ({ readonly host: string; readonly port: number } | { readonly rpcProps: ReadonlyMap<string, string> })

export interface Refusal {
  readonly problem: string
  /** Exit status: 0 where Flume's scripts may count on it. */
  readonly status: 0 | 1
}

const HOST_BATCH_SIZE = 5
const DEFAULT_BATCH_SIZE = 100
/** Hides the way there and back, which with Flume's small batches is most of the time. */
const HOST_IN_FLIGHT = 4

/** What the words say, or why that is not enough. */
export async function targetOf(words: Words): Promise<Target | Refusal> {
  const rpcProps = words.value('rpcProps')
  const host = words.value('host')
  const port = words.value('port')
  if (rpcProps !== undefined) return propertiesTarget(rpcProps)
  if (host === undefined && port === undefined) {
    return { problem: 'Either --rpcProps or both --host and --port must be specified.', status: 0 }
  }
  if (port === undefined) return { problem: 'You must specify a port to connect to with --port', status: 0 }
  if (host === undefined) return { problem: 'You must specify a hostname to connect to with --host', status: 0 }
  const number = Number(port)
  if (!/^\d{1,5}$/.test(port) || number < 1 || number > 65535) {
    return { problem: `--port takes a number from 1 to 65535, which ${port} is not`, status: 1 }
  }
  return { host, port: number, batchSize: HOST_BATCH_SIZE, inFlight: HOST_IN_FLIGHT }
}

async function propertiesTarget(file: string): Promise<Target | Refusal> {
  const { parsePairs } = await import('../config/properties.ts')
  try {
    const rpcProps = parsePairs(await readFile(file))
    const size = Number(rpcProps.get('batch-size')?.trim() ?? DEFAULT_BATCH_SIZE)
    return { rpcProps, inFlight: 1, batchSize: Number.isSafeInteger(size) && size > 0 ? size : DEFAULT_BATCH_SIZE }
  } catch (error) {
    return { problem: `--rpcProps ${file} cannot be read: ${reasonOf(error)}`, status: 1 }
  }
}

/** Connects; rejects when nobody can be reached. */
export async function openConnection(target: Target): Promise<Connection> {
  if ('rpcProps' in target) {
    const { createRpcClient } = await import('../rpc/index.ts')
    return createRpcClient(target.rpcProps)
  }
  const { connectRpc } = await import('../rpc/client.ts')
  return connectRpc({ host: target.host, port: target.port })
}
