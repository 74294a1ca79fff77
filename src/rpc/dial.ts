// Opening a TCP connection within a time, over whichever address of the host answers.
import { connect, type Socket } from 'node:net'

export interface DialOptions {
  readonly host: string
  readonly port: number
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** Resolves with a connected socket; rejects with the system's error, when it takes too long, or when aborted. */
export function dial({ host, port, timeoutMs, signal }: DialOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new Error('stopped while connecting'))
      return
    }
    // Node gives each of several addresses 250 ms, which a far host does not keep.
    const autoSelectFamilyAttemptTimeout = Math.max(250, Math.min(2000, Math.floor(timeoutMs / 4)))
    const socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout,
    })
    const settle = (error?: Error) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      socket.off('connect', connected)
      socket.off('error', settle)
      if (error === undefined) {
        resolve(socket)
        return
      }
      // A socket that gives up may still fail afterwards.
      socket.on('error', () => {})
      socket.destroy()
      reject(error)
    }
    const connected = () => settle()
    const abort = () => settle(new Error('stopped while connecting'))
    const timer = setTimeout(() => settle(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    socket.once('connect', connected)
    socket.once('error', settle)
    signal?.addEventListener('abort', abort, { once: true })
  })
}
