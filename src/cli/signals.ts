// SIGTERM, SIGINT and SIGHUP, the end of the terminal: the first one asks for an orderly stop, the second one for a quick
// one, the third ends the process where it stands. Exit statuses as a shell shows them for the JVM: 143, 130, 129. A signal
// on the heels of another one is its echo and does not count: timeout signals a command and then its process group, npm
// passes on what the terminal has sent to all.

/** Within this time a signal is the echo of the one before it. */
export const ECHO_MS = 500
const STATUS = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129 } as const

export interface StopRequest {
  readonly signal: keyof typeof STATUS
  readonly status: number
}

export interface Signals {
  readonly first: Promise<StopRequest>
  /** Called at the second signal. */
  onSecond(listener: () => void): void
}

export function catchSignals(): Signals {
  let count = 0
  let countedAt = Number.NEGATIVE_INFINITY
  let second = () => {}
  const first = new Promise<StopRequest>((resolve) => {
    const caught = (signal: keyof typeof STATUS) => {
      const now = performance.now()
      if (now - countedAt < ECHO_MS) return
      countedAt = now
      count++
      if (count === 1) resolve({ signal, status: STATUS[signal] })
      else if (count === 2) second()
      else process.exit(STATUS[signal])
    }
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => caught(signal))
    // bin/flume-ng says so when it was started with nohup; the JVM finds it out by itself.
    const deaf = process.env['FLUME_NG_NOHUP'] === '1'
    process.on('SIGHUP', () => deaf || caught('SIGHUP'))
  })
  return {
    first,
    onSecond(listener) {
      second = listener
    },
  }
}
