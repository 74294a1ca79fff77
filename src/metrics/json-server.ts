// All counters as JSON over HTTP, for `-Dflume.monitoring.type=http` (Flume 1.11, HTTPMetricsServer): GET /metrics gives
// `{"SOURCE.r1": {"EventReceivedCount": "5", ...}, ...}`, every value a string as Java prints it. Beyond Flume, a client
// can hold neither a connection nor the server's memory: headers, connections and times are limited.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { reasonOf } from '../errors.ts'
import type { Log } from '../log.ts'
import type { CounterGroup } from './counters.ts'

export interface MetricsServerOptions {
  /** Address to listen on. Default: all interfaces. */
  readonly host?: string
  /** TCP port; 0 lets the system choose. */
  readonly port: number
  /** The counters to show, asked for at each request; of two with the same type and name the later one is shown. */
  readonly groups: () => Iterable<CounterGroup>
  readonly log: Log
}

export interface MetricsServer {
  readonly port: number
  /** Resolves when the port is free again; open connections are cut. Safe twice. */
  close(): Promise<void>
}

const LIMITS = {
  maxHeaderSize: 8192,
  headersTimeout: 10_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
}
const MAX_CONNECTIONS = 256
const INDEX = 'For Flume metrics please click <a href = "./metrics"> here</a>.'

/** Serves the metrics; rejects when the port cannot be bound. */
export async function serveMetrics(options: MetricsServerOptions): Promise<MetricsServer> {
  const server = createServer(LIMITS, (request, response) => respond(request, response, options))
  server.maxConnections = MAX_CONNECTIONS
  server.setTimeout(LIMITS.requestTimeout)
  await listening(server, options)
  server.on('error', (error) => options.log.error(`JSON metrics: ${reasonOf(error)}`))
  return { port: (server.address() as AddressInfo).port, close: () => closed(server) }
}

function listening(server: Server, { host, port }: MetricsServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(host === undefined ? { port } : { host, port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function respond(request: IncomingMessage, response: ServerResponse, options: MetricsServerOptions): void {
  const { status, type = 'text/html;charset=utf-8', text } = answerTo(request, options)
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) })
  response.end(text)
}

interface Answer {
  readonly status: number
  readonly type?: string
  readonly text: string
}

function answerTo({ url = '/', method }: IncomingMessage, { groups, log }: MetricsServerOptions): Answer {
  const path = url.split('?', 1)[0]?.toLowerCase()
  if (method === 'TRACE' || method === 'OPTIONS') return { status: 403, text: 'Forbidden' }
  if (path === '/') return { status: 200, text: INDEX }
  if (path !== '/metrics') return { status: 404, text: 'Not Found' }
  try {
    return { status: 200, type: 'application/json;charset=utf-8', text: metricsJson(groups()) }
  } catch (error) {
    log.error(`The metrics cannot be read: ${reasonOf(error)}`)
    return { status: 500, text: 'The metrics cannot be read.' }
  }
}

/** The text of `/metrics`: `<TYPE>.<name>` -> attribute -> text. */
export function metricsJson(groups: Iterable<CounterGroup>): string {
  const all = new Map<string, Record<string, string>>()
  for (const group of groups) {
    const values = [...group.snapshot()].map(([name, value]): [string, string] => [name, javaText(name, value)])
    all.set(`${group.kind.toUpperCase()}.${group.name}`, Object.fromEntries(values))
  }
  return JSON.stringify(Object.fromEntries(all))
}

// The one attribute that is a double in Flume: it keeps its point when the value is whole.
const DOUBLES: ReadonlySet<string> = new Set(['ChannelFillPercentage'])

function javaText(name: string, value: number | string): string {
  if (typeof value === 'string') return value
  return DOUBLES.has(name) || !Number.isInteger(value) ? javaDouble(value) : String(value)
}

/** A number as Java prints a double: `0.0`, `33.33333333333333`, `1.5E-5`. What is not finite counts as the largest. */
function javaDouble(value: number): string {
  const finite = Number.isFinite(value) ? value : Number.MAX_VALUE
  const size = Math.abs(finite)
  if (size === 0 || (size >= 1e-3 && size < 1e7)) return Number.isInteger(finite) ? `${finite}.0` : String(finite)
  const [digits = '', exponent = ''] = finite.toExponential().split('e')
  return `${digits.includes('.') ? digits : `${digits}.0`}E${exponent.replace('+', '')}`
}
