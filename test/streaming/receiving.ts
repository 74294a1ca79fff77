// A context with a real receiver, and senders to it.
import { afterEach } from '@jest/globals'
import { batchOf } from '../../src/batch.ts'
import { createEvent } from '../../src/event.ts'
import { connectRpc, type RpcConnection } from '../../src/rpc/client.ts'
import { type Event, type FlumeStream, type FlumeStreamOptions, FlumeUtils } from '../../src/streaming/index.ts'
import { type Bench, bench } from './manual-clock.ts'

/** What a test leaves to be closed after it. */
export const cleanUps: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

export interface Receiving extends Bench {
  readonly stream: FlumeStream<Event>
  /** A sender of its own connection. */
  sender(): Promise<RpcConnection>
}

/** A context with a receiver; `define` adds the outputs. */
export async function receiving(define: (stream: FlumeStream<Event>) => void, options: FlumeStreamOptions = {}) {
  const all = bench()
  const stream = FlumeUtils.createStream(all.ssc, 'localhost', 0, options)
  define(stream)
  await all.ssc.start()
  cleanUps.push(() => all.ssc.stop({ graceful: false }))
  const receiving: Receiving = { ...all, stream, sender: () => senderTo(stream.port) }
  return receiving
}

export const batch = (...bodies: string[]) => batchOf(bodies.map((body) => createEvent(body)))
export const textOf = ({ body }: Event) => body.toString('utf8')

/** Notes how each promise ends, in order. */
export function outcomes(...promises: Promise<unknown>[]): string[] {
  const log: string[] = []
  promises.forEach((promise, i) => {
    promise.then(
      () => log.push(`${i + 1} OK`),
      () => log.push(`${i + 1} FAILED`),
    )
  })
  return log
}

/** A sender to a port. */
export async function senderTo(port: number | undefined): Promise<RpcConnection> {
  const connection = await connectRpc({ host: '127.0.0.1', port: port ?? 0 })
  cleanUps.push(() => connection.close())
  return connection
}

/** A gate that functions of a batch wait at. */
export function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}
