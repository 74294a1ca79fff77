// Passes TCP bytes on in pieces of given sizes, so that both ends see boundaries where the kernel seldom makes them.
import { connect, createServer, type Socket } from 'node:net'
import { afterEach } from '@jest/globals'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A port that leads to `port`; sizes are used in turn, each piece is its own write and read. */
export async function relayTo(port: number, sizes: readonly number[]): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (inner) => {
    const outer = connect({ port, host: '127.0.0.1', noDelay: true })
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from)
      from.on('error', () => {})
      from.on('close', () => to.destroy())
      void passOn(from, to, sizes)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function passOn(from: Socket, to: Socket, sizes: readonly number[]): Promise<void> {
  let turn = 0
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; ) {
        const size = sizes[turn++ % sizes.length] ?? chunk.length
        to.write(chunk.subarray(at, at + size))
        at += size
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    to.end()
  } catch {
    to.destroy()
  }
}
