// One client of the netcat source. Every line is its own transaction for the client: it is answered after the channel has
// it, in the order of the lines. For the channel the lines of one read are one batch; only when that is refused are they
// put one by one, so that exactly those that fit are accepted.
import type { Socket } from 'node:net'
import type { Batch } from '../batch.ts'
import type { Charset } from '../charset.ts'
import { ChannelError, reasonOf } from '../errors.ts'
import { Pump } from '../net/pump.ts'
import { TextLines } from '../net/text-lines.ts'
import type { LineCollector } from './netcat-lines.ts'
import type { FoldedWarning } from './netcat-warning.ts'

/** What the connections of a source share. */
export interface NetcatShared {
  readonly charset: Charset
  readonly bodies: Charset
  readonly maxLength: number
  readonly collector: LineCollector
  readonly refused: FoldedWarning
  readonly tooLong: FoldedWarning
  /** The source is stopping: what the channel refuses now is not tried again line by line. */
  readonly stopping: boolean
  deliver(batch: Batch): Promise<void>
  /** The bytes of that many answers `OK`; undefined when lines are not acknowledged. */
  acknowledge(lines: number): Buffer | undefined
  encode(answer: string): Buffer
}

/** How long a client that sent too long a line may go on sending before its connection is cut. */
const LINGER_MS = 2000

export class NetcatConnection {
  readonly #socket: Socket
  readonly #shared: NetcatShared
  readonly #text: TextLines
  readonly #pump: Pump
  #corked = false

  constructor(socket: Socket, shared: NetcatShared) {
    this.#socket = socket
    this.#shared = shared
    // A character has three bytes at most where Java counts one, so a longer line is too long without counting.
    const maxBytes = shared.maxLength * 3
    this.#text = new TextLines({ charset: shared.charset, bodies: shared.bodies, maxBytes })
    this.#pump = new Pump(socket, (chunk) => this.#read(chunk))
    this.#pump.done.then(
      () => socket.end(),
      () => socket.destroy(),
    )
  }

  /** Reads no more, answers the lines that were read and closes. */
  async stop(): Promise<void> {
    this.#pump.stop()
    await this.#pump.done.catch(() => {})
    this.#socket.destroySoon()
  }

  #read(chunk: Buffer): Promise<void> | undefined {
    const { batches, tooLong } = this.#shared.collector.collect(this.#text, chunk)
    return batches.length > 0 || tooLong ? this.#settle(batches, tooLong) : undefined
  }

  async #settle(batches: readonly Batch[], tooLong: boolean): Promise<void> {
    for (const batch of batches) {
      await this.#put(batch)
      await this.#drained()
    }
    if (tooLong) this.#refuseTooLong()
  }

  async #put(batch: Batch): Promise<void> {
    try {
      await this.#shared.deliver(batch)
    } catch (error) {
      if (batch.length === 1 || this.#shared.stopping) this.#refuse(batch.length, error)
      else await this.#putOneByOne(batch)
      return
    }
    this.#acknowledge(batch.length)
  }

  async #putOneByOne(batch: Batch): Promise<void> {
    for (let rest = batch; rest.length > 0; ) {
      const line = rest.slice(0, 1)
      rest = rest.slice(1, rest.length)
      try {
        await this.#shared.deliver(line)
        this.#acknowledge(1)
      } catch (error) {
        this.#refuse(1, error)
        if (this.#shared.stopping) {
          this.#refuse(rest.length, error)
          return
        }
      }
      await this.#drained()
    }
  }

  #acknowledge(lines: number): void {
    const answers = this.#shared.acknowledge(lines)
    if (answers) this.#answer(answers)
  }

  #refuse(lines: number, error: unknown): void {
    const reason = error instanceof ChannelError ? error.message : reasonOf(error)
    const answer = this.#shared.encode(`FAILED: ${reason.replaceAll('\n', ' ')}\n`)
    for (let i = 0; i < lines; i++) {
      this.#shared.refused.say(`Error processing event. ${reason}`)
      this.#answer(answer)
    }
  }

  // Answers of one turn go out in one write.
  #answer(bytes: Buffer): void {
    const socket = this.#socket
    if (socket.destroyed || socket.writableEnded) return
    if (!this.#corked) {
      this.#corked = true
      socket.cork()
      process.nextTick(() => {
        this.#corked = false
        socket.uncork()
      })
    }
    socket.write(bytes)
  }

  // The answer must reach a client that is still sending: closing with bytes unread would reset the connection and may
  // take the answer away, so they are read and thrown away for a while.
  #refuseTooLong(): void {
    const { maxLength, tooLong } = this.#shared
    const socket = this.#socket
    tooLong.say('Client sent event exceeding the maximum length')
    this.#answer(
      this.#shared.encode(`FAILED: Event exceeds the maximum length (${maxLength} chars, including newline)\n`),
    )
    this.#pump.abandon()
    socket.end()
    socket.resume()
    const cut = setTimeout(() => socket.destroy(), LINGER_MS)
    socket.once('close', () => clearTimeout(cut))
  }

  // A client that does not read its answers is read no further.
  #drained(): Promise<void> | undefined {
    if (!this.#socket.writableNeedDrain) return undefined
    return new Promise((resolve) => {
      const done = () => {
        this.#socket.off('drain', done)
        this.#socket.off('close', done)
        resolve()
      }
      this.#socket.on('drain', done)
      this.#socket.on('close', done)
      if (this.#socket.destroyed) done()
    })
  }
}
