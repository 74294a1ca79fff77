// A netcat source without an agent, and clients that keep what they are answered.
import { connect, type Socket } from 'node:net'
import { afterEach, expect } from '@jest/globals'
import type { Batch } from '../../src/batch.ts'
import { charsetOf } from '../../src/charset.ts'
import { netcatSource } from '../../src/sources/netcat.ts'
import { sourceContext } from '../support/context.ts'
import { eventually } from '../support/eventually.ts'

export const releases: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release()
})

export interface Setup {
  readonly refuse?: (batch: Batch) => void | Promise<void>
  readonly maxBatch?: number
  readonly bind?: string
  readonly port?: number
  readonly maxLineLength?: number
  readonly ack?: boolean
  readonly encoding?: string
}

export async function source(setup: Setup = {}) {
  const { context: recorded, batches, bodies } = sourceContext(setup.refuse)
  const context = { ...recorded, maxBatch: setup.maxBatch ?? 100 }
  const encoding = charsetOf(setup.encoding ?? 'utf-8')
  if (!encoding) throw new Error('no such charset')
  const values = {
    bind: setup.bind ?? '127.0.0.1',
    port: setup.port ?? 0,
    'max-line-length': setup.maxLineLength ?? 512,
    'ack-every-event': setup.ack ?? true,
    encoding,
  }
  const made = await netcatSource.create(values, context)
  const stop = async () => made.stop?.()
  releases.push(stop)
  const start = async () => {
    await made.start?.()
    return Number(/:(\d+)\]$/.exec(recorded.log.lines.at(-1) ?? '')?.[1])
  }
  return { start, stop, batches, bodies, log: recorded.log.lines, counters: recorded.counters }
}

export async function started(setup: Setup = {}) {
  const made = await source(setup)
  return { ...made, port: await made.start() }
}

export class Client {
  readonly socket: Socket
  answers = ''
  ended = false
  closed = false

  constructor(port: number, allowHalfOpen = true) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen })
    this.socket.on('data', (bytes) => {
      this.answers += bytes.toString('latin1')
    })
    this.socket.on('end', () => {
      this.ended = true
    })
    this.socket.on('close', () => {
      this.closed = true
    })
    this.socket.on('error', () => {})
    releases.push(() => void this.socket.destroy())
  }

  send(text: string | Uint8Array): this {
    this.socket.write(text)
    return this
  }

  async answered(expected: string): Promise<void> {
    await eventually(() => this.answers.length >= expected.length, `answer ${expected}`)
    expect(this.answers).toBe(expected)
  }

  /** Closes the way out and gives all that was answered until the server closed, too. */
  async finish(text = ''): Promise<string> {
    this.socket.end(text)
    await eventually(() => this.ended, 'end of answers')
    return this.answers
  }
}

/** Something that waits until it is let go. */
export function gate() {
  let open = () => {}
  let fail: (error: Error) => void = () => {}
  const passed = new Promise<void>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { passed, open, fail }
}
