// One POST after the other over a connection that is kept. Redirects are followed as Java's HttpURLConnection follows
// them, which Flume 1.11's HttpSink uses: within the same protocol, at most 20 in a row, and after 301, 302 and 303 with
// GET and without the body.
import http from 'node:http'
import https from 'node:https'
import { codeOf } from '../errors.ts'

export interface PostSettings {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Longest time until the connection is there. */
  readonly connectTimeoutMs: number
  /** Longest time without a byte from the server. */
  readonly requestTimeoutMs: number
  /** Called when a redirect makes the body get lost. */
  readonly onBodyDropped: (status: number) => void
}

interface Target {
  readonly method: 'POST' | 'GET'
  readonly url: URL
}

interface Answer {
  readonly status: number
  readonly location: string | undefined
}

const MAX_REDIRECTS = 20
// A longer answer ends the connection instead of being read.
const MAX_ANSWER_BYTES = 64 * 1024

export class Poster {
  readonly #settings: PostSettings
  readonly #agent: http.Agent
  readonly #request: typeof http.request
  #current: http.ClientRequest | undefined
  #stopped = false

  constructor(settings: PostSettings) {
    this.#settings = settings
    const secure = settings.url.protocol === 'https:'
    this.#request = secure ? https.request : http.request
    this.#agent = secure ? new https.Agent({ keepAlive: true }) : new http.Agent({ keepAlive: true })
  }

  /** Resolves with the status code of the last answer; rejects when there is none. */
  async post(body: Buffer): Promise<number> {
    let target: Target = { method: 'POST', url: this.#settings.url }
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const answer = await this.#send(target, body)
      const next = redirectOf(answer, target)
      if (!next) return answer.status
      if (next.method !== target.method) this.#settings.onBodyDropped(answer.status)
      target = next
    }
    throw new Error(`the server redirected more than ${MAX_REDIRECTS} times`)
  }

  /** Ends the request that is under way, and the connection. */
  stop(): void {
    this.#stopped = true
    this.#current?.destroy(new Error('the sink has been stopped'))
    this.#agent.destroy()
  }

  async #send(target: Target, body: Buffer): Promise<Answer> {
    for (;;) {
      if (this.#stopped) throw new Error('the sink has been stopped')
      const request = this.#open(target, body)
      this.#current = request
      try {
        return await this.#answerTo(request, target.method === 'POST' ? body : undefined)
      } catch (error) {
        // The server had closed the kept connection in the meantime: no reason to disturb anybody.
        if (!request.reusedSocket || this.#stopped || !closedMeanwhile(error)) throw error
      } finally {
        this.#current = undefined
      }
    }
  }

  #open({ method, url }: Target, body: Buffer): http.ClientRequest {
    const headers: Record<string, string | number> = { ...this.#settings.headers }
    if (method === 'POST') headers['Content-Length'] = body.length
    return this.#request(url, { method, headers, agent: this.#agent })
  }

  #answerTo(request: http.ClientRequest, body: Buffer | undefined): Promise<Answer> {
    const { connectTimeoutMs, requestTimeoutMs } = this.#settings
    return new Promise((resolve, reject) => {
      const giveUp = (what: string, ms: number) => request.destroy(new Error(`${what} within ${ms} ms`))
      const connecting = setTimeout(() => giveUp('no connection', connectTimeoutMs), connectTimeoutMs)
      request.on('socket', (socket) => {
        const connected = () => clearTimeout(connecting)
        if (!socket.connecting) connected()
        else socket.once(this.#settings.url.protocol === 'https:' ? 'secureConnect' : 'connect', connected)
      })
      request.setTimeout(requestTimeoutMs, () => giveUp('no answer', requestTimeoutMs))
      let answered = false
      request.on('response', (response) => {
        answered = true
        request.setTimeout(0)
        const status = response.statusCode ?? 0
        const { location } = response.headers
        drain(response, requestTimeoutMs).then(() => resolve({ status, location }))
      })
      request.on('error', (error) => {
        if (!answered) reject(error)
      })
      request.on('close', () => {
        clearTimeout(connecting)
        if (!answered) reject(new Error('the connection was closed without an answer'))
      })
      request.end(body)
    })
  }
}

// The status decides; its text is only read so that the connection can be used again, and not for long.
function drain(response: http.IncomingMessage, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => response.destroy(), timeoutMs)
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MAX_ANSWER_BYTES) response.destroy()
    })
    response.on('error', () => {})
    response.once('end', () => {
      clearTimeout(timer)
      resolve()
    })
    response.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function redirectOf({ status, location }: Answer, { method, url }: Target): Target | undefined {
  if (![300, 301, 302, 303, 305, 307].includes(status) || location === undefined) return undefined
  const to = URL.canParse(location, url.href) ? new URL(location, url) : undefined
  if (to?.protocol !== url.protocol) return undefined
  return { method: status === 307 ? method : 'GET', url: to }
}

function closedMeanwhile(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'ECONNRESET' || code === 'EPIPE'
}
