// An http source without an agent, made from option texts, and clients that talk to it over real sockets.

import { type Agent, request } from 'node:http'
import { connect } from 'node:net'
import { afterEach } from '@jest/globals'
import type { Batch } from '../../src/batch.ts'
import type { Option } from '../../src/options/option.ts'
import { httpSource } from '../../src/sources/http.ts'
import { type HttpOptions, httpOptions } from '../../src/sources/http-options.ts'
import { sourceContext } from '../support/context.ts'
import { eventually } from '../support/eventually.ts'

const releases: (() => Promise<void> | void)[] = []
export function release(later: () => Promise<void> | void): void {
  releases.push(later)
}
afterEach(async () => {
  for (const later of releases.splice(0).reverse()) await later()
})

export type Texts = Readonly<Record<string, string>>

/** Typed options of texts as they stand in a file. */
export function optionsOf(texts: Texts): HttpOptions {
  const values: Record<string, unknown> = {}
  for (const [name, option] of Object.entries<Option<unknown>>(httpOptions)) {
    const below = Object.entries(texts).filter(([key]) => key.startsWith(`${name}.`))
    const text = texts[name]
    if (option.prefix) values[name] = new Map(below.map(([key, value]) => [key.slice(name.length + 1), value]))
    else if (text === undefined) values[name] = option.default
    else {
      const parsed = option.parse(text)
      if ('wrong' in parsed) throw new Error(parsed.wrong)
      values[name] = parsed.value
    }
  }
  return values as unknown as HttpOptions
}

export interface Setup {
  readonly options?: Texts
  /** Throws to play channels that do not take the batch. */
  readonly refuse?: (batch: Batch) => void | Promise<void>
  readonly signal?: AbortSignal
}

export async function started({ options = {}, refuse, signal }: Setup = {}) {
  const { context: recorded, batches, bodies } = sourceContext(refuse)
  const context = signal ? { ...recorded, signal } : recorded
  const made = await httpSource.create(optionsOf({ bind: '127.0.0.1', port: '0', ...options }), context)
  const stop = async () => made.stop?.()
  release(stop)
  await made.start?.()
  const lines = recorded.log.lines
  const port = Number(/:(\d+)\.$/.exec(lines.find((line) => line.includes('listens on')) ?? '')?.[1])
  const events = () =>
    batches.flatMap((batch) =>
      Array.from(batch, ({ headers, body }) => ({ headers: Object.fromEntries(headers), body: body.toString('utf8') })),
    )
  return { port, stop, start: async () => made.start?.(), batches, bodies, events, lines, counters: recorded.counters }
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

export interface Call {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string | number>>
  readonly agent?: Agent
  /** Sent without a length, in these pieces, when it is a list. */
  readonly body?: string | Buffer | readonly Buffer[]
}

export function call(port: number, { method = 'POST', path = '/', headers = {}, agent, body = '' }: Call = {}) {
  return new Promise<Reply>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: agent ?? false }, (reply) => {
      let text = ''
      reply.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: text }))
    })
    sent.on('error', reject)
    if (typeof body === 'string' || Buffer.isBuffer(body)) sent.end(body)
    else {
      for (const piece of body) sent.write(piece)
      sent.end()
    }
  })
}

export function post(port: number, events: unknown, type = 'application/json') {
  const body = typeof events === 'string' || Buffer.isBuffer(events) ? events : JSON.stringify(events)
  return call(port, { body, headers: { 'Content-Type': type } })
}

/** A connection on which bytes are sent as they are. */
export function raw(port: number) {
  const socket = connect(port, '127.0.0.1')
  const state = { text: '', closed: false }
  socket.on('data', (data) => {
    state.text += data.toString('latin1')
  })
  socket.on('close', () => {
    state.closed = true
  })
  socket.on('error', () => {})
  release(() => void socket.destroy())
  return {
    socket,
    state,
    send: (text: string) => void socket.write(text, 'latin1'),
    heard: (text: string) => eventually(() => state.text.includes(text), `"${text}" in the answer`),
    closed: () => eventually(() => state.closed, 'close of the connection'),
  }
}

/** Something that waits until it is opened. */
export function gate() {
  let open = () => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open }
}
