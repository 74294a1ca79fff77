// Sends events to an avro source over Avro RPC (Flume 1.11, AbstractRpcSink and AvroSink), one request per transaction.
// Where Flume waits for each answer before it takes the next events, several requests are under way here; they are
// settled in order. TLS is refused instead of being left away.
import type { Batch } from '../batch.ts'
import {
  boolean,
  type Context,
  choice,
  defineSink,
  EventDeliveryError,
  type Finding,
  integer,
  list,
  long,
  port,
  secret,
  string,
} from '../component.ts'
import { connectRpc, type RpcConnection, type RpcConnectionOptions } from '../rpc/client.ts'
import { clientTypeProblem } from '../rpc/properties.ts'

const longestMs = 2 ** 31 - 1
const timeout = { default: 20_000, min: 1000, max: longestMs, unit: 'ms', onInvalid: 'default' } as const

export const avroSink = defineSink({
  type: 'avro',
  aliases: ['org.apache.flume.sink.AvroSink'],
  summary: 'Sends events over Avro RPC, to an avro source or whoever receives the protocol.',
  options: {
    hostname: string({ required: true, doc: 'Host of the next hop.' }),
    port: port({ required: true, doc: 'Port of the next hop.' }),
    'batch-size': integer({
      default: 100,
      min: 1,
      onInvalid: 'default',
      doc: 'Events per transaction and per request.',
    }),
    maxInFlight: integer({
      default: 4,
      min: 1,
      max: 64,
      onInvalid: 'default',
      doc: 'Requests under way at once. With 1 the next hop never sees events out of order; with more, requests that have to be repeated may arrive behind later ones.',
    }),
    'connect-timeout': long({ ...timeout, doc: 'Limit for connecting; at least 1000.' }),
    'request-timeout': long({ ...timeout, doc: 'Limit for each request; at least 1000.' }),
    'reset-connection-interval': integer({
      default: 0,
      unit: 's',
      onInvalid: 'default',
      doc: 'Connect anew after this time, so that a load balancer can choose again; 0 never.',
    }),
    'compression-type': choice(['none', 'deflate'], {
      default: 'none',
      onInvalid: 'default',
      doc: 'Compression of the connection; must be that of the next hop.',
    }),
    'compression-level': integer({
      default: 6,
      min: 0,
      max: 9,
      onInvalid: 'default',
      doc: 'How hard to compress, from 0 to 9.',
    }),
    maxIoWorkers: integer({
      onInvalid: 'default',
      deprecated: 'Specifying the number of workers is no longer supported.',
      doc: 'Without effect, as in Flume 1.11.',
    }),
    ssl: boolean({ default: false, doc: 'Use TLS. Not available yet: the sink is left out when it is true.' }),
    'trust-all-certs': boolean({ default: false, doc: 'Accept any certificate of the next hop.' }),
    truststore: string({ doc: 'Trust store file for TLS.' }),
    'truststore-password': secret({ doc: 'Password of the trust store.' }),
    'truststore-type': string({ default: 'JKS', doc: 'Format of the trust store.' }),
    'exclude-protocols': list({ default: ['SSLv3'], doc: 'TLS versions that are not used; SSLv3 never is.' }),
    'include-protocols': list({ doc: 'TLS versions that are used, without those excluded. Default: all.' }),
    'exclude-cipher-suites': list({ doc: 'Cipher suites that are not used.' }),
    'include-cipher-suites': list({ doc: 'Cipher suites that are used, without those excluded. Default: all.' }),
    'client.type': string({ doc: 'Kind of RPC client. Default: DEFAULT, which is the one that there is.' }),
  },
  check({ ssl, 'client.type': type }) {
    const findings: Finding[] = []
    if (ssl)
      findings.push({ key: 'ssl', message: 'TLS is not available yet, and without it events would be readable.' })
    const problem = clientTypeProblem(type)
    if (problem !== undefined) findings.push({ key: 'client.type', message: `${problem}.` })
    return findings
  },
  batchSize: (options) => options['batch-size'],
  create(options, context) {
    const { hostname: host, port } = options
    const { log, name } = context
    const hop = new NextHop(context, options['reset-connection-interval'], {
      host,
      port,
      connectTimeoutMs: options['connect-timeout'],
      requestTimeoutMs: options['request-timeout'],
      deflateLevel: options['compression-type'] === 'deflate' ? options['compression-level'] : undefined,
      log,
      signal: context.signal,
    })
    return {
      batchSize: options['batch-size'],
      inFlight: options.maxInFlight,
      async start() {
        log.info(`Starting RpcSink ${name} { host: ${host}, port: ${port} }...`)
        log.info(`Rpc sink ${name} started.`)
      },
      connect: () => hop.connect(),
      async write(batch) {
        await hop.send(batch)
        return undefined
      },
      stop: () => hop.close(),
    }
  },
})

// The connection to the next hop: made when it is wanted, and made anew after a failure and after the reset interval.
class NextHop {
  readonly #context: Context
  readonly #options: RpcConnectionOptions
  readonly #resetMs: number
  #connection: RpcConnection | undefined
  #worn = false
  #renewAtMs = Number.POSITIVE_INFINITY

  constructor(context: Context, resetSeconds: number, options: RpcConnectionOptions) {
    this.#context = context
    this.#options = options
    this.#resetMs = resetSeconds > 0 ? resetSeconds * 1000 : Number.POSITIVE_INFINITY
  }

  async connect(): Promise<void> {
    const connection = this.#connection
    if (connection !== undefined) {
      if (connection.open && !this.#worn && Date.now() < this.#renewAtMs) return
      // Requests under way are answered first: events do not overtake one another on two connections.
      await this.close()
    }
    const { host, port } = this.#options
    const { counters, log, name } = this.#context
    try {
      log.debug(`Rpc sink ${name}: Building RpcClient with hostname: ${host}, port: ${port}`)
      this.#connection = await connectRpc(this.#options)
    } catch (error) {
      counters.add('ConnectionFailedCount')
      const message = `Unable to create Rpc client using hostname: ${host}, port: ${port}`
      throw new EventDeliveryError(message, { cause: error })
    }
    counters.add('ConnectionCreatedCount')
    this.#worn = false
    this.#renewAtMs = Date.now() + this.#resetMs
  }

  async send(batch: Batch): Promise<void> {
    const connection = this.#connection
    try {
      if (connection === undefined) throw new EventDeliveryError('not connected')
      await connection.send(batch)
    } catch (error) {
      if (connection === this.#connection) this.#worn = true
      throw new EventDeliveryError('Failed to send events', { cause: error })
    }
  }

  async close(): Promise<void> {
    const connection = this.#connection
    if (connection === undefined) return
    this.#connection = undefined
    this.#context.counters.add('ConnectionClosedCount')
    await connection.close()
  }
}
