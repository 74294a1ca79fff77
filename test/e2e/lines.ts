// A client that sends lines and reads the answers, as nc does.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { eventually } from '../support/eventually.ts'

export class Lines {
  readonly socket: Socket
  answers = ''
  /** The other side sends no more. */
  ended = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      this.answers += bytes.toString('utf8')
    })
    const end = () => {
      this.ended = true
    }
    socket.on('end', end)
    socket.on('close', end)
  }

  /** Connects, waiting until somebody listens. */
  static async to(port: number, host = 'localhost'): Promise<Lines> {
    return eventually(async () => {
      const socket = connect({ port, host, allowHalfOpen: true })
      await once(socket, 'connect')
      return new Lines(socket)
    }, `a listener at ${host}:${port}`)
  }

  send(text: string | Uint8Array): void {
    this.socket.write(text)
  }

  /** Waits for that many answers in all and gives them. */
  async answered(lines: number): Promise<string[]> {
    await eventually(() => this.answers.split('\n').length > lines, `${lines} answers`)
    return this.answers.split('\n').slice(0, -1)
  }

  /** Sends a line and gives its answer. */
  async ask(line: string | Uint8Array): Promise<string> {
    const before = this.answers.length
    this.send(Buffer.concat([Buffer.from(line), Buffer.from('\n')]))
    await eventually(() => this.answers.indexOf('\n', before) >= 0, `an answer to ${line}`)
    return this.answers.slice(before, this.answers.indexOf('\n', before))
  }

  close(): void {
    this.socket.destroy()
  }
}
