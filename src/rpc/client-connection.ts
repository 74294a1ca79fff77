// A connection of an RPC client: who waits for which answer, the handshake before the first one, and the end of all that
// wait when the connection breaks.
import type { Socket } from 'node:net'
import { type Frame, FrameReader } from '../avro/framing.ts'
import {
  afterHandshake,
  type HandshakeResponse,
  readHandshakeResponse,
  writeHandshakeRequest,
} from '../avro/handshake.ts'
import { type Call, statusWords } from '../avro/protocol-resolve.ts'
import type { Batch } from '../batch.ts'
import { EventDeliveryError, ProtocolError } from '../errors.ts'
import type { RpcConnection } from './client.ts'
import { readAnswer, writeRequest } from './request.ts'
import type { Wire } from './wire.ts'

export interface ConnectionParts {
  readonly wire: Wire
  readonly socket: Socket
  /** What its messages begin with. */
  readonly name: string
  readonly requestTimeoutMs: number
  readonly signal: AbortSignal | undefined
}

interface Waiting {
  readonly batch: Batch
  readonly call: Call
  readonly timer: NodeJS.Timeout
  resolve(): void
  reject(error: Error): void
}

/** Answers are short; the longest one holds a protocol text. */
const ANSWER_LIMITS = { maxFrameBytes: 16 * 1024 * 1024, maxBuffersPerFrame: 65_536 }
/** How long the server has to close its side, in ms. */
const LINGER_MS = 1000

export class ClientConnection implements RpcConnection {
  readonly #parts: ConnectionParts
  readonly #reader = new FrameReader(ANSWER_LIMITS)
  readonly #sent = new Map<number, Waiting>()
  readonly #unsent: Waiting[] = []
  readonly #listeners: ((reason: Error | undefined) => void)[] = []
  #handshake: 'due' | 'asked' | 'told' | 'done' = 'due'
  #status = statusWords(undefined)
  #serial = 0
  #state: 'open' | 'closing' | 'closed' = 'open'
  #reason: Error | undefined
  #closing: Promise<void> | undefined
  #idle: (() => void) | undefined

  constructor(parts: ConnectionParts) {
    this.#parts = parts
    const { wire, socket, signal } = parts
    const failed = (error: Error) => {
      this.#reason ??= error
    }
    socket.on('error', failed)
    if (wire.input !== socket) wire.input.on('error', failed)
    wire.input.on('data', (chunk: Buffer) => this.#arrived(chunk))
    wire.input.once('close', () => this.#fail(this.#reason ?? new Error('the server closed the connection')))
    const abort = () => this.#fail(new Error('the connection was given up'))
    if (signal?.aborted) abort()
    else signal?.addEventListener('abort', abort, { once: true })
    this.onClose(() => signal?.removeEventListener('abort', abort))
  }

  get open(): boolean {
    return this.#state === 'open'
  }

  onClose(listener: (reason: Error | undefined) => void): void {
    if (this.#state === 'closed') queueMicrotask(() => listener(this.#reason))
    else this.#listeners.push(listener)
  }

  send(batch: Batch, call: Call = 'appendBatch'): Promise<void> {
    if (call === 'append' && batch.length !== 1)
      return Promise.reject(new EventDeliveryError(`append takes one event, not ${batch.length}`))
    if (this.#state !== 'open')
      return Promise.reject(this.#broken(this.#reason ?? new Error('the connection is closed')))
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#timedOut(), this.#parts.requestTimeoutMs)
      const waiting: Waiting = { batch, call, timer, resolve, reject }
      if (this.#handshake === 'done') this.#write(waiting, undefined)
      else if (this.#handshake !== 'due') this.#unsent.push(waiting)
      else {
        this.#handshake = 'asked'
        this.#write(waiting, writeHandshakeRequest(false))
      }
    })
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    if (this.#state === 'open') this.#state = 'closing'
    if (this.#sent.size + this.#unsent.length > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve
      })
    }
    const { wire, socket } = this.#parts
    this.#fail(undefined, false)
    if (socket.destroyed) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => wire.destroy(), LINGER_MS)
      socket.once('close', () => {
        clearTimeout(timer)
        resolve()
      })
      wire.end()
    })
  }

  #write(waiting: Waiting, handshake: Buffer | undefined): void {
    this.#serial = (this.#serial + 1) | 0
    this.#sent.set(this.#serial, waiting)
    this.#parts.wire.send(writeRequest(this.#serial, handshake, waiting.call, waiting.batch))
  }

  #arrived(chunk: Buffer): void {
    if (this.#state === 'closed') return
    try {
      this.#reader.push(chunk)
      for (let frame = this.#reader.next(); frame !== undefined; frame = this.#reader.next()) this.#answered(frame)
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #answered(frame: Frame): void {
    const waiting = this.#sent.get(frame.serial)
    if (waiting === undefined) throw new ProtocolError(`an answer to request ${frame.serial}, which was not sent`)
    this.#sent.delete(frame.serial)
    const message = frame.head.length === 0 ? frame.rest : Buffer.concat([frame.head, frame.rest])
    let at = 0
    if (this.#handshake !== 'done') {
      const response = readHandshakeResponse(message, 0, message.length)
      if (response === undefined) throw this.#lost(waiting, 'the server does not speak Avro RPC')
      at = afterHandshake()
      if (response.match === 'NONE') {
        this.#tellProtocol(waiting, response)
        return
      }
      this.#established(response)
    }
    const answer = readAnswer(message, at)
    if (answer === undefined) throw this.#lost(waiting, 'a malformed answer')
    this.#settle(waiting, 'error' in answer ? this.#remoteError(answer.error) : this.#verdict(answer.status))
  }

  // The server does not know the hash: the whole request again, with the text.
  #tellProtocol(waiting: Waiting, { serverHash }: HandshakeResponse): void {
    if (this.#handshake !== 'asked') throw this.#lost(waiting, 'the server does not accept the protocol of Flume 1.11')
    this.#handshake = 'told'
    this.#write(waiting, writeHandshakeRequest(true, serverHash))
  }

  #established({ serverProtocol }: HandshakeResponse): void {
    this.#handshake = 'done'
    this.#status = statusWords(serverProtocol)
    for (const waiting of this.#unsent.splice(0)) this.#write(waiting, undefined)
  }

  #verdict(status: number): Error | undefined {
    const word = this.#status[status] ?? `${status}`
    if (word === 'OK') return undefined
    return new EventDeliveryError(`${this.#parts.name}: Avro RPC call returned Status: ${word}`)
  }

  #remoteError(text: string): Error {
    const cause = new Error(text.length > 500 ? `${text.slice(0, 500)}...` : text)
    return new EventDeliveryError(`${this.#parts.name}: Exception thrown from remote handler`, { cause })
  }

  #settle(waiting: Waiting, error: Error | undefined): void {
    clearTimeout(waiting.timer)
    if (error === undefined) waiting.resolve()
    else waiting.reject(error)
    if (this.#sent.size + this.#unsent.length === 0) this.#idle?.()
  }

  // What breaks the connection while `waiting` is no longer among those that wait.
  #lost(waiting: Waiting, what: string): ProtocolError {
    const error = new ProtocolError(what)
    this.#settle(waiting, this.#broken(error))
    return error
  }

  #broken(cause: Error): Error {
    return new EventDeliveryError(`${this.#parts.name}: RPC request exception`, { cause })
  }

  #timedOut(): void {
    const { name, requestTimeoutMs } = this.#parts
    const what =
      this.#handshake === 'done' ? 'RPC request timed out' : `Handshake timed out after ${requestTimeoutMs} ms`
    this.#fail(new EventDeliveryError(`${name}: ${what}`))
  }

  // The end, for all that wait: `reason` undefined when it is wanted.
  #fail(reason: Error | undefined, destroy = true): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#reason = reason
    if (destroy) this.#parts.wire.destroy()
    const error = reason instanceof EventDeliveryError ? reason : this.#broken(reason ?? new Error('closed'))
    for (const waiting of [...this.#sent.values(), ...this.#unsent.splice(0)]) {
      clearTimeout(waiting.timer)
      waiting.reject(error)
    }
    this.#sent.clear()
    this.#idle?.()
    for (const listener of this.#listeners) listener(reason)
  }
}
