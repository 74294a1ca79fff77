// The Avro listener behind FlumeUtils.createStream: what a Flume agent's avro sink sends becomes a stream's elements.
//
// A sender is answered OK when its batch is stored for the next micro-batch, as Spark's receiver answers. Other than there,
// what is stored and not processed is bounded: beyond the bound senders wait for their answer.
import { FlumeError, reasonOf } from '../errors.ts'
import type { Event } from '../event.ts'
import type { Log } from '../log.ts'
import { serveRpc } from '../rpc/server.ts'
import type { Graph, Receiver, Step } from './graph.ts'
import { type Awaitable, eachInTurn, settle } from './in-turn.ts'
import { type Bound, Pending } from './pending.ts'

// Long enough for the last answers to leave.
const CLOSE_GRACE_MS = 500

export interface FlumeReceiverOptions<T> {
  readonly host: string
  readonly port: number
  readonly decode: (event: Event) => Awaitable<T>
  readonly bound: Bound
  readonly log: Log
}

export class FlumeReceiver<T> implements Receiver {
  readonly step: Step<T>
  readonly #options: FlumeReceiverOptions<T>
  #pending: Pending
  #server: Awaited<ReturnType<typeof serveRpc>> | undefined

  constructor(graph: Graph, options: FlumeReceiverOptions<T>) {
    this.#options = options
    this.#pending = new Pending(options.bound)
    this.step = graph.input(() => this.#take())
  }

  get name(): string {
    return `${this.#options.host}:${this.port ?? this.#options.port}`
  }

  /** The port that was bound; undefined before the start. */
  get port(): number | undefined {
    return this.#server?.port
  }

  async start(): Promise<void> {
    const { host, port, bound, log } = this.#options
    const pending = new Pending(bound)
    this.#pending = pending
    this.#server = undefined
    try {
      this.#server = await serveRpc({ host, port, log, handler: (batch) => pending.accept(batch) })
    } catch (error) {
      throw new FlumeError('ILLEGAL_STATE', `Cannot listen on ${this.name}: ${whyNot(error)}.`)
    }
  }

  open(): void {
    this.#pending.open()
  }

  async stop(reason: string): Promise<void> {
    this.#pending.close(reason)
    await this.#server?.close(CLOSE_GRACE_MS)
  }

  release(): void {
    this.#pending.release()
  }

  unfinished() {
    return this.#pending.unfinished
  }

  async #take(): Promise<T[]> {
    const { decode } = this.#options
    const elements: T[] = []
    for (const batch of this.#pending.take()) {
      await eachInTurn(batch, ({ headers, body }) =>
        settle(decode({ headers, body }), (element) => void elements.push(element)),
      )
    }
    return elements
  }
}

function whyNot(error: unknown): string {
  switch ((error as { readonly code?: unknown } | undefined)?.code) {
    case 'EADDRINUSE':
      return 'the port is in use'
    case 'EACCES':
      return 'this port needs more rights'
    case 'EADDRNOTAVAIL':
      return 'this machine does not have that address'
    case 'ENOTFOUND':
      return 'the host is not known'
    default:
      return reasonOf(error)
  }
}
