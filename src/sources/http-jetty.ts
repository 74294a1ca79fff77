// The settings of Jetty that configurations of Flume's http source may carry (`HttpConfiguration.sendServerVersion`, ...).
// Those that mean something to Node's server are obeyed; the others are named once, so that nobody relies on them.
import type { Log } from '../log.ts'
import type { HttpOptions } from './http-options.ts'

export interface ServerSettings {
  readonly sendServer: boolean
  readonly sendDate: boolean
  /** Size of a request's headers. */
  readonly headerBytes: number
  /** A connection on which nothing comes for this long is closed; 0 for never. */
  readonly idleTimeoutMs: number
  /** Connections that wait to be accepted. */
  readonly backlog: number | undefined
}

export function serverSettings(options: HttpOptions, log: Log): ServerSettings {
  const given = new Map<string, string>()
  for (const group of ['QueuedThreadPool', 'HttpConfiguration', 'ServerConnector', 'SslContextFactory'] as const) {
    for (const [key, value] of options[group]) given.set(`${group}.${key}`, value)
  }
  const take = (key: string) => {
    const value = given.get(key)
    given.delete(key)
    return value
  }
  const flag = (key: string) => (take(key) ?? 'true').toLowerCase() === 'true'
  const number = (key: string) => {
    const value = take(key)
    if (value === undefined || /^[+-]?\d{1,9}$/.test(value)) return value === undefined ? undefined : Number(value)
    log.warn(`${key}: ${value} is not a whole number. The default is used.`)
    return undefined
  }
  const settings = {
    sendServer: flag('HttpConfiguration.sendServerVersion'),
    sendDate: flag('HttpConfiguration.sendDateHeader'),
    headerBytes: Math.max(1024, number('HttpConfiguration.requestHeaderSize') ?? 16_384),
    idleTimeoutMs: Math.max(0, number('ServerConnector.idleTimeout') ?? 30_000),
    backlog: number('ServerConnector.acceptQueueSize'),
  }
  if (given.size > 0) log.warn(`These settings are Jetty's and change nothing here: ${[...given.keys()].join(', ')}.`)
  return settings
}
