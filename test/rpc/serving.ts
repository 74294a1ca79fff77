// RPC servers for tests: closed after each test, keeping what their handler was given.
import { afterEach } from '@jest/globals'
import { type Batch, joinBatches } from '../../src/batch.ts'
import { type RpcServer, type RpcServerOptions, serveRpc } from '../../src/rpc/server.ts'
import { type RecordingLog, recordingLog } from '../support/context.ts'

const open: RpcServer[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close(0)))
})

export interface Serving extends RpcServer {
  readonly batches: Batch[]
  readonly calls: string[]
  readonly log: RecordingLog
  bodies(): string[]
}

/** `refuse` may throw, or take its time, before a batch is kept. */
export async function serving(
  options: Partial<RpcServerOptions> = {},
  refuse: (batch: Batch, call: string) => void | Promise<void> = () => {},
): Promise<Serving> {
  const batches: Batch[] = []
  const calls: string[] = []
  const log = recordingLog()
  const server = await serveRpc({
    host: '127.0.0.1',
    port: 0,
    log,
    async handler(batch, call) {
      await refuse(batch, call)
      batches.push(batch)
      calls.push(call)
    },
    ...options,
  })
  open.push(server)
  const bodies = () => [...joinBatches(batches)].map((event) => event.body.toString('utf8'))
  return {
    ...server,
    get bytesHeld() {
      return server.bytesHeld
    },
    batches,
    calls,
    log,
    bodies,
  }
}
