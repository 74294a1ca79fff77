// A socket that sends bytes as they are given and collects what comes back.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { eventually } from '../support/eventually.ts'

export interface RawClient {
  readonly socket: Socket
  readonly closed: boolean
  received(): Buffer
  /** Waits for that many bytes since the last call, and takes them. */
  take(bytes: number): Promise<Buffer>
  /** Sends and takes an answer of that many bytes. */
  ask(request: Buffer, answerBytes: number): Promise<Buffer>
  close(): void
}

export async function rawClient(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => {})
  let all = Buffer.alloc(0)
  let closed = false
  socket.on('data', (chunk) => {
    all = Buffer.concat([all, chunk])
  })
  socket.on('close', () => {
    closed = true
  })
  await once(socket, 'connect')
  const take = async (bytes: number) => {
    await eventually(() => all.length >= bytes, `${bytes} bytes of answers`)
    const taken = all.subarray(0, bytes)
    all = all.subarray(bytes)
    return taken
  }
  return {
    socket,
    get closed() {
      return closed
    },
    received: () => all,
    take,
    ask(request, answerBytes) {
      socket.write(request)
      return take(answerBytes)
    },
    close: () => void socket.destroy(),
  }
}
