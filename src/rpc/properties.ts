// The properties of an RPC client (Flume 1.11, RpcClientFactory and NettyAvroRpcClient): a value that cannot be used is
// warned about and replaced by the default, as there; hosts must be right.
import { ConfigurationError } from '../errors.ts'
import type { Log } from '../log.ts'

export type RpcProperties = Readonly<Record<string, string>> | ReadonlyMap<string, string>

export interface RpcClientSettings {
  readonly host: string
  readonly port: number
  readonly batchSize: number
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly deflateLevel: number | undefined
}

/** Types of client that can be made. */
export const CLIENT_TYPES = ['DEFAULT'] as const

const DEFAULT_BATCH_SIZE = 100
const DEFAULT_TIMEOUT_MS = 20_000
const DEFAULT_LEVEL = 6

/** Reads the properties; warnings go to `log`. Throws ConfigurationError. */
export function readRpcProperties(properties: RpcProperties, log: Log): RpcClientSettings {
  const pairs = properties instanceof Map ? properties : new Map(Object.entries(properties))
  const text = (key: string): string | undefined => pairs.get(key)?.trim() || undefined
  const problem = clientTypeProblem(text('client.type'))
  if (problem !== undefined) throw new ConfigurationError(problem)
  if (text('ssl')?.toLowerCase() === 'true') throw new ConfigurationError(NO_TLS)
  if (text('maxIoWorkers') !== undefined) log.warn('Specifying the number of workers is no longer supported')
  const deflate = text('compression-type')?.toLowerCase() === 'deflate'
  return {
    ...readHost(text, log),
    batchSize: readBatchSize(text('batch-size'), log),
    connectTimeoutMs: readTimeout('Connection', text('connect-timeout'), log),
    requestTimeoutMs: readTimeout('Request', text('request-timeout'), log),
    deflateLevel: deflate ? readLevel(text('compression-level'), log) : undefined,
  }
}

export const NO_TLS = 'TLS is not available yet, and the connection would be readable without it'

/** Why a `client.type` cannot be used; undefined when it can. */
export function clientTypeProblem(type: string | undefined): string | undefined {
  if (type === undefined || type.toUpperCase() === 'DEFAULT' || type.endsWith('.NettyAvroRpcClient')) return undefined
  return `client.type ${type} is not available; the types that are: ${CLIENT_TYPES.join(', ')}`
}

function readHost(text: (key: string) => string | undefined, log: Log): { host: string; port: number } {
  const hosts = text('hosts')
  const [alias, ...others] = hosts?.split(/\s+/) ?? []
  if (alias === undefined) throw new ConfigurationError(`Hosts list is invalid: ${hosts ?? 'hosts is not set'}`)
  if (others.length > 0) log.warn(`More than one host was given; ${alias} is used`)
  const address = text(`hosts.${alias}`)
  if (address === undefined) throw new ConfigurationError(`Host not found: ${alias}`)
  const [host, port, ...more] = address.split(':')
  if (!host || port === undefined || more.length > 0) throw new ConfigurationError(`Invalid hostname: ${alias}`)
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) throw new ConfigurationError(`Invalid Port: ${port}`)
  return { host, port: Number(port) }
}

function readBatchSize(text: string | undefined, log: Log): number {
  if (text === undefined) return DEFAULT_BATCH_SIZE
  const size = Number(text)
  if (Number.isInteger(size) && size >= 1) return size
  log.warn(`Batch size ${text} is not a number of at least 1. Using default value ${DEFAULT_BATCH_SIZE} instead.`)
  return DEFAULT_BATCH_SIZE
}

function readTimeout(which: 'Connection' | 'Request', text: string | undefined, log: Log): number {
  if (text === undefined) return DEFAULT_TIMEOUT_MS
  const timeoutMs = Number(text)
  if (!Number.isInteger(timeoutMs)) log.error(`${which} timeout ${text} is not a number. Using default value instead.`)
  else if (timeoutMs < 1000) log.warn(`${which} timeout specified less than 1s. Using default value instead.`)
  else return Math.min(timeoutMs, 2 ** 31 - 1)
  return DEFAULT_TIMEOUT_MS
}

function readLevel(text: string | undefined, log: Log): number {
  if (text === undefined) return DEFAULT_LEVEL
  if (/^[0-9]$/.test(text)) return Number(text)
  log.warn(`Compression level ${text} is not from 0 to 9. Using default value ${DEFAULT_LEVEL} instead.`)
  return DEFAULT_LEVEL
}
