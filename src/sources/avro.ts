// Receives events over Avro RPC (Flume 1.11, AvroSource): from Flume's clients, avro sinks and whoever speaks the
// protocol. Where Flume takes whatever a client claims until its heap is used up, requests are bounded here (see
// rpc/limits.ts). TLS is refused instead of being left away.
import { boolean, choice, defineSource, type Finding, integer, list, port, secret, string } from '../component.ts'
import { FlumeError, reasonOf } from '../errors.ts'
import { parseIpFilter } from '../net/ip-filter.ts'
import { FoldedLog } from '../rpc/folded-log.ts'
import { type RpcHandler, type RpcServer, serveRpc } from '../rpc/server.ts'

/** How long calls under way have to be answered when the source stops, in ms. */
const GRACE_MS = 5000

export const avroSource = defineSource({
  type: 'avro',
  aliases: ['org.apache.flume.source.AvroSource'],
  summary: 'Receives events over Avro RPC, from avro sinks and RPC clients.',
  options: {
    bind: string({ required: true, doc: 'Host name or address to listen on.' }),
    port: port({ required: true, doc: 'Port to listen on.' }),
    threads: integer({
      onInvalid: 'default',
      deprecated: 'It has no effect: calls of all connections are handled concurrently.',
      doc: 'Without effect, as in Flume 1.11.',
    }),
    'compression-type': choice(['none', 'deflate'], {
      default: 'none',
      onInvalid: 'default',
      doc: 'Compression of the connections; must be that of the clients.',
    }),
    ipFilter: boolean({ default: false, doc: 'Accept connections by ipFilterRules.' }),
    ipFilterRules: string({
      doc: 'Rules allow|deny:ip|name:pattern, separated by commas. The first that matches decides; without a match a connection is accepted.',
    }),
    ssl: boolean({ default: false, doc: 'Serve TLS. Not available yet: the source is left out when it is true.' }),
    keystore: string({ doc: 'Key store file for TLS.' }),
    'keystore-password': secret({ doc: 'Password of the key store.' }),
    'keystore-type': string({ default: 'JKS', doc: 'Format of the key store.' }),
    'exclude-protocols': list({ default: ['SSLv3'], doc: 'TLS versions that are not used; SSLv3 never is.' }),
    'include-protocols': list({ doc: 'TLS versions that are used, without those excluded. Default: all.' }),
    'exclude-cipher-suites': list({ doc: 'Cipher suites that are not used.' }),
    'include-cipher-suites': list({ doc: 'Cipher suites that are used, without those excluded. Default: all.' }),
  },
  check({ ssl, ipFilter, ipFilterRules }) {
    const findings: Finding[] = []
    if (ssl)
      findings.push({ key: 'ssl', message: 'TLS is not available yet, and without it events would be readable.' })
    const wrong = ipFilter ? ruleProblem(ipFilterRules) : undefined
    if (wrong !== undefined) findings.push({ key: 'ipFilterRules', message: wrong })
    return findings
  },
  create(options, { name, log, counters, deliver }) {
    const { bind, port } = options
    const title = `Avro source ${name}`
    const place = `{ bindAddress: ${bind}, port: ${port} }`
    const failures = new FoldedLog(log)
    const filter = options.ipFilter ? parseIpFilter(options.ipFilterRules ?? '') : undefined
    const accepts = filter !== undefined && 'accepts' in filter ? filter.accepts : undefined
    const handler: RpcHandler = (batch, call) =>
      deliver(batch).catch((error: unknown) => {
        if (call === 'appendBatch') failures.error(call, `${title}: Unable to process event batch. ${reasonOf(error)}`)
        else failures.warn(call, `${title}: Unable to process event. ${reasonOf(error)}`)
        throw error
      })
    let server: RpcServer | undefined
    return {
      async start() {
        log.info(`Starting ${title}: ${place}...`)
        try {
          const deflate = options['compression-type'] === 'deflate'
          const accept = accepts && ((address: string) => accepts(address))
          server = await serveRpc({ host: bind, port, handler, log, counters, deflate, ...(accept && { accept }) })
        } catch (error) {
          throw new FlumeError('ILLEGAL_STATE', `${title} startup failed: cannot listen on ${bind}:${port}`, {
            cause: error,
          })
        }
        if (port === 0) log.info(`${title} listens on port ${server.port}.`)
        log.info(`${title} started.`)
      },
      async stop() {
        const stopping = server
        server = undefined
        if (stopping === undefined) return
        log.info(`${title} stopping: ${place}`)
        await stopping.close(GRACE_MS)
        log.info(`${title} stopped.`)
      },
    }
  },
})

function ruleProblem(rules: string | undefined): string | undefined {
  if (rules === undefined) return 'ipFilter is configured with true but ipFilterRules is not defined.'
  const filter = parseIpFilter(rules)
  return 'wrong' in filter ? filter.wrong : undefined
}
