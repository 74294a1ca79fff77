// Events from lines that TCP clients send (Flume 1.11, NetcatSource): answers `OK` for each line, or `FAILED: <reason>`
// when the channel refuses it, and closes on a line that is too long. Different on purpose: lines of one read are one
// batch and their answers one write; warnings of a full channel are folded; on a stop, connections are answered and then
// closed, where Flume leaves them open.
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { charsetOf } from '../charset.ts'
import { defineSource, type SourceContext } from '../component.ts'
import { reasonOf } from '../errors.ts'
import { type Listener, listen } from '../net/listener.ts'
import { charset } from '../options/charset.ts'
import { boolean, integer, port, string } from '../options/make.ts'
import type { Values } from '../options/option.ts'
import { NetcatConnection, type NetcatShared } from './netcat-connection.ts'
import { LineCollector } from './netcat-lines.ts'
import { FoldedWarning } from './netcat-warning.ts'

/** How long a stop waits for answers that are under way. */
const STOP_GRACE_MS = 5000

const options = {
  bind: string({ required: true, doc: 'Address or host name to listen on.' }),
  port: port({ required: true, doc: 'TCP port.' }),
  'max-line-length': integer({
    default: 512,
    min: 1,
    unit: 'characters',
    doc: 'Longest line, its newline counted; a longer one is refused and its connection closed.',
  }),
  'ack-every-event': boolean({ default: true, doc: 'Answer OK for every line that was accepted.' }),
  encoding: charset({ default: 'utf-8', doc: 'Charset of the lines and of the answers; bodies are UTF-8.' }),
}

export const netcatSource = defineSource({
  type: 'netcat',
  aliases: ['org.apache.flume.source.NetcatSource'],
  summary: 'Makes an event of each line that a TCP client sends.',
  options,
  create(values, context) {
    const shared = shareOf(values, context)
    const connections = new Set<NetcatConnection>()
    let listener: Listener | undefined
    return {
      async start() {
        const bound = await listening(values, (socket) => {
          const connection = new NetcatConnection(socket, shared)
          connections.add(connection)
          context.counters.add('OpenConnectionCount')
          socket.once('close', () => {
            connections.delete(connection)
            context.counters.add('OpenConnectionCount', -1)
          })
        })
        if (context.signal.aborted) return bound.close()
        listener = bound
        shared.stopping = false
        // Said once it listens, because a port that is taken is tried for again and again.
        context.log.info('Source starting')
        const place = `/${await addressOf(values.bind)}:${bound.port}`
        context.log.info(`Created serverSocket:sun.nio.ch.ServerSocketChannelImpl[${place}]`)
      },
      async stop() {
        if (!listener) return
        const stopped = listener
        listener = undefined
        context.log.info('Source stopping')
        shared.stopping = true
        const closed = stopped.close(STOP_GRACE_MS)
        for (const connection of connections) void connection.stop()
        await closed
        shared.refused.end()
        shared.tooLong.end()
      },
    }
  },
})

async function addressOf(host: string): Promise<string> {
  if (isIP(host) !== 0) return host
  const found = await lookup(host, { verbatim: false }).catch(() => undefined)
  return found?.address ?? host
}

type Listening = Parameters<typeof listen>[0]['onConnection']

async function listening({ bind, port }: Values<typeof options>, onConnection: Listening): Promise<Listener> {
  try {
    return await listen({ host: bind, port, allowHalfOpen: true, onConnection })
  } catch (error) {
    throw new Error(`Unable to bind to socket. ${reasonOf(error)}`)
  }
}

function shareOf(values: Values<typeof options>, context: SourceContext): NetcatShared & { stopping: boolean } {
  const maxLength = values['max-line-length']
  // Answers in UTF-16 have no byte order mark of their own, else there would be one in the middle of the stream.
  const replies = (values.encoding.name === 'UTF-16' ? charsetOf('UTF-16BE') : undefined) ?? values.encoding
  const ok = replies.encode('OK\n')
  let oks = ok
  return {
    charset: values.encoding,
    bodies: charsetOf('UTF-8') ?? values.encoding,
    maxLength,
    collector: new LineCollector(context.maxBatch, maxLength),
    refused: new FoldedWarning(context.log),
    tooLong: new FoldedWarning(context.log),
    stopping: false,
    deliver: context.deliver,
    acknowledge(lines) {
      if (!values['ack-every-event']) return undefined
      while (oks.length < lines * ok.length) oks = Buffer.concat([oks, oks])
      return oks.subarray(0, lines * ok.length)
    },
    encode: (answer) => replies.encode(answer),
  }
}
