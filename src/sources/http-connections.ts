// The open connections of the http source and what each is busy with, so that a stop can tell whom to wait for.
import type { Socket } from 'node:net'
import type { Counters } from '../component.ts'

export interface Load {
  /** Requests that have begun and have no answer yet. */
  requests: number
  /** Those of them whose events are on their way into the channels. */
  storing: number
}

export class Connections {
  readonly #open = new Map<Socket, Load>()
  readonly #counters: Counters

  constructor(counters: Counters) {
    this.#counters = counters
  }

  add(socket: Socket): void {
    this.#open.set(socket, { requests: 0, storing: 0 })
    this.#counters.add('OpenConnectionCount')
    socket.once('close', () => {
      this.#open.delete(socket)
      this.#counters.add('OpenConnectionCount', -1)
    })
  }

  loadOf(socket: Socket): Load {
    return this.#open.get(socket) ?? { requests: 0, storing: 0 }
  }

  /** Closes those that are not worth waiting for. */
  cut(isIdle: (load: Load) => boolean): void {
    for (const [socket, load] of this.#open) if (isIdle(load)) socket.destroy()
  }
}
