// From a request to its answer: read, handle, deliver, with the statuses and texts of Flume 1.11's HTTPSource.
// Differs from Flume: what was refused is logged every ten seconds at most, so that a client cannot fill the log.
import type { IncomingMessage } from 'node:http'
import type { Batch } from '../batch.ts'
import { ChannelError, reasonOf, type SourceContext } from '../component.ts'
import type { Answer } from './http-answer.ts'
import { type Body, type BodyLimits, RefusedError, readBody } from './http-body.ts'
import type { Load } from './http-connections.ts'
import { BadRequestError, type HttpHandler } from './http-handler.ts'

const COMPLAIN_EVERY_MS = 10_000

export class HttpStore {
  readonly #handler: HttpHandler
  readonly #limits: BodyLimits
  readonly #context: SourceContext
  #unsaid = 0
  #lastComplaint = Number.NEGATIVE_INFINITY

  constructor(handler: HttpHandler, limits: BodyLimits, context: SourceContext) {
    this.#handler = handler
    this.#limits = limits
    this.#context = context
  }

  /** The answer; undefined when nobody is there to hear it. `proceed` is called once the body is going to be read. */
  async answerTo(request: IncomingMessage, load: Load, proceed: () => void): Promise<Answer | undefined> {
    const refusal = methodRefusal(request.method ?? '')
    if (refusal) return refusal
    let body: Body
    try {
      body = await readBody(request, this.#limits, proceed)
    } catch (error) {
      this.#context.counters.add('EventReadFail')
      this.#complain(reasonOf(error))
      return error instanceof RefusedError ? refusedAnswer(error) : undefined
    }
    load.storing++
    try {
      // However long the channels take, the client is not idle.
      request.socket.setTimeout(0)
      return await this.#store(request, body)
    } finally {
      load.storing--
      body.release()
    }
  }

  async #store(request: IncomingMessage, body: Body): Promise<Answer> {
    const { counters } = this.#context
    let batch: Batch
    try {
      batch = this.#eventsOf(request, body)
    } catch (error) {
      counters.add('EventReadFail')
      if (error instanceof BadRequestError) return this.#failed(400, 'Bad request from client. ', error)
      return this.#failed(500, 'Deserializer threw unexpected exception. ', error)
    }
    counters.add('AppendBatchReceivedCount')
    try {
      if (batch.length > 0) await this.#context.deliver(batch)
    } catch (error) {
      if (error instanceof ChannelError) {
        return this.#failed(503, 'Error appending event to channel. Channel might be full.', error)
      }
      counters.add('GenericProcessingFail')
      return this.#failed(500, 'Unexpected error while appending event to channel. ', error)
    }
    counters.add('AppendBatchAcceptedCount')
    return { status: 200 }
  }

  // A function of its own, so that nothing holds the body while its events wait for a channel.
  #eventsOf({ url = '/', headers }: IncomingMessage, body: Body): Batch {
    return this.#handler.events({ url, contentType: headers['content-type'], body: body.take(), cut: body.cut })
  }

  #failed(status: number, what: string, error: unknown): Answer {
    const text = `${what}${reasonOf(error)}`
    this.#complain(text)
    return { status, text }
  }

  #complain(text: string): void {
    const { log, name } = this.#context
    const now = performance.now()
    if (now - this.#lastComplaint < COMPLAIN_EVERY_MS) {
      this.#unsaid++
      if (log.debugEnabled) log.debug(`${name} refused a request: ${text}`)
      return
    }
    const more = this.#unsaid > 0 ? ` (${this.#unsaid} more were refused since the last such line)` : ''
    log.warn(`${name} refused a request: ${text}${more}`)
    this.#unsaid = 0
    this.#lastComplaint = now
  }
}

function methodRefusal(method: string): Answer | undefined {
  switch (method) {
    case 'POST':
    case 'GET':
    case 'HEAD':
      return undefined
    case 'OPTIONS':
    case 'TRACE':
      return { status: 403, text: 'Forbidden' }
    case 'PUT':
    case 'DELETE':
      return {
        status: 405,
        text: `HTTP method ${method} is not supported by this URL`,
        headers: { Allow: 'GET, HEAD, POST' },
      }
    default:
      return { status: 501, text: `Method ${method} is not supported` }
  }
}

function refusedAnswer({ status, message }: RefusedError): Answer {
  return { status, text: message, ...(status === 503 ? { headers: { 'Retry-After': '1' } } : {}) }
}
