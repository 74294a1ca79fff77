// A TCP server that keeps what it is sent and answers as a test tells it.
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach } from '@jest/globals'

const open: RawServer[] = []
afterEach(() => {
  for (const server of open.splice(0)) server.close()
})

export interface RawServer {
  readonly port: number
  readonly sockets: Socket[]
  /** Everything that arrived, all connections one after the other. */
  received(): Buffer
  close(): void
}

/** `onBytes` is called with all bytes of the connection so far whenever some arrive. */
export async function rawServer(onBytes: (socket: Socket, all: Buffer) => void = () => {}): Promise<RawServer> {
  const sockets: Socket[] = []
  const arrived: Buffer[] = []
  const server: Server = createServer((socket) => {
    let all = Buffer.alloc(0)
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      arrived.push(chunk)
      all = Buffer.concat([all, chunk])
      onBytes(socket, all)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const raw: RawServer = {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    sockets,
    received: () => Buffer.concat(arrived),
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
  open.push(raw)
  return raw
}

/** Answers the n-th request with the n-th answer, when the bytes that were expected have arrived. */
export function scripted(script: readonly { clientToServer: Buffer; serverToClient: Buffer }[]) {
  let answered = 0
  let consumed = 0
  return (socket: Socket, all: Buffer) => {
    for (let next = script[answered]; next !== undefined; next = script[answered]) {
      if (all.length - consumed < next.clientToServer.length) return
      consumed += next.clientToServer.length
      answered++
      socket.write(next.serverToClient)
    }
  }
}
