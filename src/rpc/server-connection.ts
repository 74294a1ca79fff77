// One connection of an RPC server: frames in, calls of the handler, answers out. Calls start in the order in which they
// arrived and may overlap; answers go out as the calls end, gathered into one write per turn of the event loop.
import { type Frame, FrameReader } from '../avro/framing.ts'
import { type HandshakeRequest, handshakeResponse } from '../avro/handshake.ts'
import { FLUME_HASH } from '../avro/protocol.ts'
import { type Call, isCall, type RemoteProtocol } from '../avro/protocol-resolve.ts'
import { type Batch, compactBatch } from '../batch.ts'
import { codeOf, FlumeError, reasonOf } from '../errors.ts'
import type { Counters } from '../metrics/counters.ts'
import type { FoldedLog } from './folded-log.ts'
import type { Intake, Member } from './intake.ts'
import { protocolOf } from './known-protocols.ts'
import type { RpcLimits } from './limits.ts'
import { type Request, readRequest, writeAnswer, writeHandshakeAnswer } from './request.ts'
import type { Wire } from './wire.ts'

/** What all connections of a server share. */
export interface Service {
  handle(batch: Batch, call: Call): Promise<void>
  readonly counters: Counters | undefined
  readonly intake: Intake
  readonly limits: RpcLimits
  readonly log: FoldedLog
}

/** How long a client has to read its last answers and to close its side, in ms. */
const LINGER_MS = 200
const JAVA_ERROR = 'org.apache.avro.AvroRuntimeException: '

export class ServerConnection implements Member {
  readonly #wire: Wire
  readonly #peer: string
  readonly #service: Service
  readonly #reader: FrameReader
  #remote: RemoteProtocol | undefined
  #underway = 0
  #answers: Buffer[] = []
  #flushing = false
  #paused = false
  #ended = false
  #state: 'serving' | 'finishing' | 'closed' = 'serving'
  arrivedAtMs = Date.now()

  constructor(wire: Wire, peer: string, service: Service) {
    this.#wire = wire
    this.#peer = peer
    this.#service = service
    this.#reader = new FrameReader(service.limits)
    service.intake.join(this)
    wire.input.on('data', (chunk: Buffer) => this.#arrived(chunk))
    wire.input.once('end', () => {
      this.#ended = true
      this.#pump()
    })
    wire.input.once('close', () => this.#closed())
    wire.input.on('error', (error) => {
      if (codeOf(error)?.startsWith('Z_'))
        this.refuse(`its stream is not compressed as it should be (${reasonOf(error)})`)
    })
    wire.output.on('drain', () => this.#pump())
  }

  get cutBytes(): number {
    return this.#paused ? 0 : this.#reader.byteLength
  }

  wake(): void {
    this.arrivedAtMs = Date.now()
    this.#flow()
  }

  refuse(reason: string): void {
    if (this.#state === 'closed') return
    this.#service.log.warn('refused', `Closed the connection of ${this.#peer}: ${reason}.`)
    this.#wire.destroy()
    this.#closed()
  }

  /** Takes no further calls, answers those that are under way, and closes. */
  finish(): void {
    if (this.#state !== 'serving') return
    this.#state = 'finishing'
    this.#service.intake.leave(this, this.#reader.byteLength)
    // What still arrives is read and thrown away: closing a socket with unread bytes would take back the last answers.
    this.#wire.input.resume()
    if (this.#underway === 0) this.#end()
  }

  #end(): void {
    this.#flush()
    this.#wire.end()
    setTimeout(() => this.#wire.destroy(), LINGER_MS).unref()
  }

  #closed(): void {
    if (this.#state === 'serving') this.#service.intake.leave(this, this.#reader.byteLength)
    this.#state = 'closed'
  }

  #arrived(chunk: Buffer): void {
    if (this.#state !== 'serving') return
    this.arrivedAtMs = Date.now()
    this.#service.intake.hold(chunk.length)
    this.#reader.push(chunk)
    this.#pump()
  }

  // Takes whole frames while there is room for calls, and then decides whether to read on.
  #pump(): void {
    try {
      while (this.#hasRoom()) {
        const frame = this.#reader.next()
        if (frame === undefined) break
        this.#take(frame)
      }
    } catch (error) {
      this.refuse(reasonOf(error))
    }
    if (this.#ended && this.#underway === 0 && this.#hasRoom()) this.finish()
    this.#flow()
  }

  #hasRoom(): boolean {
    if (this.#state !== 'serving' || this.#wire.output.writableNeedDrain) return false
    return this.#underway < this.#service.limits.maxCallsPerConnection
  }

  #flow(): void {
    if (this.#state !== 'serving') return
    const paused = !(this.#hasRoom() && this.#service.intake.mayRead(this))
    if (paused === this.#paused) return
    this.#paused = paused
    if (paused) this.#wire.input.pause()
    else this.#wire.input.resume()
  }

  #take(frame: Frame): void {
    const request = readRequest(frame, this.#remote === undefined)
    if (request?.handshake !== undefined || this.#remote === undefined) this.#open(frame, request)
    else this.#call(frame, request, undefined)
  }

  #open(frame: Frame, request: Request | undefined): void {
    if (request?.handshake === undefined) {
      this.#service.intake.release(frame.byteLength)
      this.refuse('its first request is not one of Avro RPC')
      return
    }
    this.#remote = protocolOf(request.handshake)
    const handshake = handshakeResponse(matchOf(request.handshake, this.#remote))
    if (this.#remote === undefined) this.#answer(writeHandshakeAnswer(frame.serial, handshake), frame)
    else this.#call(frame, request, handshake)
  }

  #call(frame: Frame, request: Request | undefined, handshake: Buffer | undefined): void {
    if (request?.message === '') {
      this.#answer(writeHandshakeAnswer(frame.serial, handshake), frame)
      return
    }
    const read = this.#read(request)
    if ('problem' in read) {
      const text = `${JAVA_ERROR}${read.problem}`
      this.#service.log.warn('error', `Refused a request of ${this.#peer}: ${read.problem}.`)
      this.#answer(writeAnswer(frame.serial, handshake, text), frame)
    } else this.#handle(frame, read, handshake)
  }

  #read(request: Request | undefined): { call: Call; batch: Batch } | { problem: string } {
    if (request === undefined) return { problem: 'Malformed request' }
    const { message, buffer, at, end } = request
    if (this.#remote?.has(message) !== true) return { problem: `No such remote message: ${message}` }
    if (!isCall(message)) return { problem: `No message named ${message} in AvroSourceProtocol` }
    const reader = this.#remote.reader(message)
    if (typeof reader !== 'function') return { problem: `Cannot resolve the client's protocol: ${reader.problem}` }
    const batch = reader(buffer, at, end)
    return batch === undefined ? { problem: `Malformed parameters of ${message}` } : { call: message, batch }
  }

  #handle(frame: Frame, { call, batch }: { call: Call; batch: Batch }, handshake: Buffer | undefined): void {
    const { counters, intake } = this.#service
    counters?.add(call === 'append' ? 'AppendReceivedCount' : 'AppendBatchReceivedCount')
    if (batch.length === 0) {
      counters?.add('AppendBatchAcceptedCount')
      this.#answer(writeAnswer(frame.serial, handshake, 0), frame)
      return
    }
    const end = (outcome: 0 | 1 | string) => {
      this.#underway--
      this.#send(writeAnswer(frame.serial, handshake, outcome))
      intake.callEnded(frame.byteLength)
      if (this.#state === 'finishing' && this.#underway === 0) this.#end()
      else this.#pump()
    }
    this.#underway++
    intake.callStarted(this)
    this.#service.handle(compactBatch(batch), call).then(
      () => {
        counters?.add(call === 'append' ? 'AppendAcceptedCount' : 'AppendBatchAcceptedCount')
        end(0)
      },
      (error: unknown) => end(call === 'append' && !(error instanceof FlumeError) ? JAVA_ERROR + reasonOf(error) : 1),
    )
  }

  #answer(answer: Buffer, frame: Frame): void {
    this.#send(answer)
    this.#service.intake.release(frame.byteLength)
  }

  #send(answer: Buffer): void {
    if (this.#state === 'closed') return
    this.#answers.push(answer)
    if (this.#flushing) return
    this.#flushing = true
    process.nextTick(() => this.#flush())
  }

  #flush(): void {
    this.#flushing = false
    const [first, ...others] = this.#answers
    this.#answers = []
    if (first === undefined || this.#state === 'closed') return
    this.#wire.send([others.length === 0 ? first : Buffer.concat([first, ...others])])
  }
}

function matchOf({ serverHash }: HandshakeRequest, remote: RemoteProtocol | undefined): 'BOTH' | 'CLIENT' | 'NONE' {
  if (remote === undefined) return 'NONE'
  return serverHash.equals(FLUME_HASH) ? 'BOTH' : 'CLIENT'
}
