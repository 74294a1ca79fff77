// How much a server holds: the bytes of all its connections together that have arrived and are not answered yet. Above
// the limit reading pauses, connection by connection, and goes on as answers free memory. When only cut requests hold it
// and nothing is being handled, one connection at a time may read on, so that somebody always gets ahead; a connection
// that keeps a cut request without sending while others wait is closed. Without need, slow clients are left alone.
export interface Member {
  /** Bytes of a request that has not arrived whole although the connection reads. */
  readonly cutBytes: number
  /** When bytes arrived last, or reading went on, in ms. */
  readonly arrivedAtMs: number
  /** Reading may go on. */
  wake(): void
  /** Ends the connection, with a line in the log. */
  refuse(reason: string): void
}

const SWEEP_MS = 250

export class Intake {
  readonly #maxBytes: number
  readonly #stallMs: number
  readonly #members = new Set<Member>()
  readonly #waiting = new Set<Member>()
  #favoured: Member | undefined
  #held = 0
  #calls = 0
  #sweep: NodeJS.Timeout | undefined

  constructor(maxBytes: number, stallMs: number) {
    this.#maxBytes = maxBytes
    this.#stallMs = stallMs
  }

  /** Bytes that are held now. */
  get held(): number {
    return this.#held
  }

  join(member: Member): void {
    this.#members.add(member)
  }

  /** The connection is gone; `bytes` of cut requests go with it. */
  leave(member: Member, bytes: number): void {
    this.#members.delete(member)
    this.#waiting.delete(member)
    if (this.#favoured === member) this.#favoured = undefined
    this.release(bytes)
  }

  hold(bytes: number): void {
    this.#held += bytes
  }

  release(bytes: number): void {
    this.#held -= bytes
    this.#relieve()
  }

  /** A call is being handled, so memory will become free. */
  callStarted(member: Member): void {
    this.#calls++
    if (this.#favoured === member) this.#favoured = undefined
  }

  callEnded(bytes: number): void {
    this.#calls--
    this.release(bytes)
  }

  /** Whether the connection may read; when it may not, it is woken once it may. */
  mayRead(member: Member): boolean {
    if (this.#held < this.#maxBytes || this.#favoured === member) return true
    if (this.#favoured === undefined && this.#calls === 0) {
      this.#favoured = member
      return true
    }
    this.#waiting.add(member)
    this.#sweep ??= setInterval(() => this.#look(), SWEEP_MS).unref()
    return false
  }

  close(): void {
    clearInterval(this.#sweep)
    this.#sweep = undefined
  }

  #relieve(): void {
    while (this.#waiting.size > 0 && this.#held < this.#maxBytes) this.#wakeFirst()
    if (this.#waiting.size > 0 && this.#calls === 0 && this.#favoured === undefined) this.#wakeFirst()
    if (this.#waiting.size === 0) this.close()
  }

  #wakeFirst(): void {
    const [first] = this.#waiting
    if (first === undefined) return
    this.#waiting.delete(first)
    first.wake()
  }

  // Now and then while somebody waits.
  #look(): void {
    const now = Date.now()
    if (this.#favoured !== undefined && now - this.#favoured.arrivedAtMs > SWEEP_MS) this.#favoured = undefined
    const stalled = [...this.#members].filter(
      (member) => !this.#waiting.has(member) && member.cutBytes > 0 && now - member.arrivedAtMs >= this.#stallMs,
    )
    for (const member of stalled.sort((a, b) => b.cutBytes - a.cutBytes)) {
      if (this.#held < this.#maxBytes) break
      member.refuse(`its request stopped arriving after ${member.cutBytes} bytes while others wait for memory`)
    }
    this.#relieve()
  }
}
