// Listening for TCP connections, shared by everything that accepts them: bound before anything else goes on, a bounded
// number of connections, and a close that gives what is under way some time and then ends it.
//
// A host name is bound at every address that it has here (IPv4 first), so that `localhost` is reached over both
// families; Java binds the first address only.
import { lookup } from 'node:dns/promises'
import { createServer, isIP, type Server, type Socket } from 'node:net'
import { codeOf } from '../errors.ts'

export interface ListenOptions {
  /** Address or host name to bind. */
  readonly host: string
  /** Port; 0 lets the system choose. */
  readonly port: number
  /** Connections that the system holds until they are accepted. Default 1024. */
  readonly backlog?: number
  /** Connections at a time; further ones are closed at once. Default: no limit. */
  readonly maxConnections?: number
  /** Keep the way out open when the peer has closed its own: what is under way can be answered. Default false. */
  readonly allowHalfOpen?: boolean
  /** A new connection, with TCP_NODELAY and keep-alive. Its errors are swallowed unless a listener is added. */
  onConnection(socket: Socket): void
  /** A connection was closed because there are `maxConnections`. */
  onRefused?(remoteAddress: string): void
  /** The system could not accept, for want of file descriptors for example; listening goes on. */
  onError?(error: Error): void
}

export interface Listener {
  readonly host: string
  /** The port that was bound. */
  readonly port: number
  /** Connections that are open. */
  readonly connections: number
  /** Accepts no more, waits up to `graceMs` (default 0) for the connections to end and destroys those that remain. */
  close(graceMs?: number): Promise<void>
}

/** Binds and listens. Rejects with the system's error when no address of the host can be bound. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const sockets = new Set<Socket>()
  const onConnection = (socket: Socket) => {
    socket.on('error', () => {})
    if (sockets.size >= (options.maxConnections ?? Number.POSITIVE_INFINITY)) {
      options.onRefused?.(addressOf(socket))
      socket.destroy()
      return
    }
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    options.onConnection(socket)
  }
  const servers = await bindAll(options, onConnection)
  let closing: Promise<void> | undefined
  const close = async (graceMs: number) => {
    const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
    await ended(sockets, graceMs)
    for (const socket of sockets) socket.destroy()
    await Promise.all(closed)
  }
  return {
    host: options.host,
    port: portOf(servers[0]),
    get connections() {
      return sockets.size
    },
    close(graceMs = 0) {
      closing ??= close(graceMs)
      return closing
    },
  }
}

/** The peer's address as text, an IPv4 address in its own form. */
export function addressOf(socket: Socket): string {
  const address = socket.remoteAddress ?? ''
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

async function bindAll(options: ListenOptions, onConnection: (socket: Socket) => void): Promise<Server[]> {
  const servers: Server[] = []
  const foreign: unknown[] = []
  try {
    for (const host of await addressesOf(options.host)) {
      const at = { ...options, host, port: portOf(servers[0]) || options.port }
      const server = await bindOne(at, onConnection).catch((error: unknown) => leftOut(error, foreign))
      if (server) servers.push(server)
    }
  } catch (error) {
    for (const server of servers) server.close()
    throw error
  }
  if (servers.length === 0) throw foreign[0]
  return servers
}

// An address that this machine does not have (a name with several addresses, IPv6 switched off) is left out.
function leftOut(error: unknown, foreign: unknown[]): undefined {
  const code = codeOf(error)
  if (code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT') throw error
  foreign.push(error)
}

async function addressesOf(host: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host]
  const found = await lookup(host, { all: true })
  const ordered = [...found].sort((a, b) => a.family - b.family).map(({ address }) => address)
  return [...new Set(ordered)]
}

function bindOne(options: ListenOptions, onConnection: (socket: Socket) => void): Promise<Server> {
  const { host, port, backlog = 1024, allowHalfOpen = false } = options
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen, noDelay: true, keepAlive: true }, onConnection)
    server.once('error', reject)
    server.listen({ host, port, backlog, ipv6Only: host !== '::' }, () => {
      server.off('error', reject)
      server.on('error', (error) => options.onError?.(error))
      resolve(server)
    })
  })
}

function portOf(server: Server | undefined): number {
  const address = server?.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function ended(sockets: Set<Socket>, graceMs: number): Promise<void> {
  if (sockets.size === 0 || graceMs <= 0) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, graceMs)
    const check = () => {
      if (sockets.size > 0) return
      clearTimeout(timer)
      resolve()
    }
    for (const socket of sockets) socket.once('close', check)
  })
}
