// The server of the http source. Beyond Flume 1.11 a client cannot take it down: bodies are read within budgets, slow and
// idle connections are closed, and a stop waits for events that are being stored, but only a little for what is sent.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { reasonOf, type SourceContext } from '../component.ts'
import { send } from './http-answer.ts'
import { drain, HeldBytes } from './http-body.ts'
import { Connections } from './http-connections.ts'
import type { HttpHandler } from './http-handler.ts'
import type { ServerSettings } from './http-jetty.ts'
import type { HttpOptions } from './http-options.ts'
import { HttpStore } from './http-store.ts'

/** How long a stop waits for requests that have begun to come. */
const STOP_GRACE_MS = 3_000
/** What a refused client may send on, beside twice what it was allowed, until it hears the answer. */
const DRAIN_BYTES = 1024 * 1024

export class HttpSourceServer {
  readonly #options: HttpOptions
  readonly #settings: ServerSettings
  readonly #context: SourceContext
  readonly #store: HttpStore
  readonly #connections: Connections
  #server: Server | undefined

  constructor(options: HttpOptions, settings: ServerSettings, handler: HttpHandler, context: SourceContext) {
    this.#options = options
    this.#settings = settings
    this.#context = context
    this.#connections = new Connections(context.counters)
    const { keepBytes = Number.POSITIVE_INFINITY } = handler
    const limits = { maxBytes: options.maxRequestBytes, keepBytes, held: new HeldBytes(options.maxHeldBytes) }
    this.#store = new HttpStore(handler, limits, context)
  }

  async start(): Promise<void> {
    const { bind, port, requestTimeout } = this.#options
    const { headerBytes, idleTimeoutMs, backlog } = this.#settings
    const { log, name } = this.#context
    const server = createServer({
      maxHeaderSize: headerBytes,
      requestTimeout,
      headersTimeout: Math.min(requestTimeout, 30_000),
      keepAliveTimeout: idleTimeoutMs,
      connectionsCheckingInterval: Math.min(Math.ceil(requestTimeout / 4), 5_000),
    })
    server.setTimeout(idleTimeoutMs)
    server.on('connection', (socket) => this.#connections.add(socket))
    server.on('request', (request, response) => this.#take(request, response, false))
    server.on('checkContinue', (request, response) => this.#take(request, response, true))
    await listening(server, { host: bind, port, ...(backlog === undefined ? {} : { backlog }) })
    server.on('error', (error) => log.error(`${name}: ${reasonOf(error)}`))
    this.#server = server
    const bound = server.address() as AddressInfo
    log.info(`${name} listens on ${bound.address}:${bound.port}.`)
  }

  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    const { signal } = this.#context
    const closed = new Promise((resolve) => server.close(resolve))
    this.#connections.cut(({ requests }) => requests === 0)
    const timer = setTimeout(() => this.#connections.cut(({ storing }) => storing === 0), STOP_GRACE_MS)
    const letGo = () => server.closeAllConnections()
    if (signal.aborted) letGo()
    signal.addEventListener('abort', letGo)
    await closed
    signal.removeEventListener('abort', letGo)
    clearTimeout(timer)
  }

  #take(request: IncomingMessage, response: ServerResponse, asks: boolean): void {
    this.#serve(request, response, asks).catch((error: unknown) => {
      this.#context.log.error(`${this.#context.name} failed to answer a request: ${reasonOf(error)}`)
      response.destroy()
    })
  }

  /** `asks`: the client waits for leave to send the body (`Expect: 100-continue`). */
  async #serve(request: IncomingMessage, response: ServerResponse, asks: boolean): Promise<void> {
    const load = this.#connections.loadOf(request.socket)
    let allowed = !asks
    load.requests++
    response.once('close', () => {
      load.requests--
      if (this.#server === undefined) request.socket.end()
    })
    const answer = await this.#store.answerTo(request, load, () => {
      if (asks) response.writeContinue()
      allowed = true
    })
    if (answer === undefined || response.destroyed) return
    if (this.#settings.sendServer) response.setHeader('Server', 'millrace')
    response.sendDate = this.#settings.sendDate
    // A client that was not allowed to send its body will not send it: the next bytes would be taken for it.
    if (this.#server === undefined || !allowed) response.setHeader('Connection', 'close')
    if (allowed && !request.complete) drain(request, this.#options.maxRequestBytes * 2 + DRAIN_BYTES)
    send(response, answer)
  }
}

function listening(server: Server, where: { host: string; port: number; backlog?: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
