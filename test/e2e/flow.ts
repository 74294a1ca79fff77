// Configurations for whole agents: netcat or another source -> memory -> avro.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownHome, type Program } from '../support/processes.ts'

export interface Flow {
  readonly port: number
  /** Lines that are added, such as `c1.capacity = 10`: a later line of the same key counts. */
  readonly more?: readonly string[]
  /** Type of r1. */
  readonly source?: string
  /** Lines of a second source r2 that puts into the same channel. */
  readonly second?: readonly string[]
}

const KEYS: Readonly<Record<string, string>> = { r: 'sources', c: 'channels', k: 'sinks' }

/** The text of an agent a1 that sends to an avro receiver on this port of localhost. */
export function flow({ port, more = [], source = 'netcat', second = [] }: Flow): string {
  const lines = [
    `r1.type = ${source}`,
    ...(source === 'netcat' || source === 'avro' ? ['r1.bind = 127.0.0.1', 'r1.port = 0'] : []),
    'r1.channels = c1',
    'c1.type = memory',
    'c1.capacity = 1000',
    'k1.type = avro',
    'k1.hostname = 127.0.0.1',
    `k1.port = ${port}`,
    'k1.channel = c1',
    ...more,
    ...second,
  ]
  const keyed = lines.map((line) => `a1.${KEYS[line.slice(0, 1)]}.${line}`)
  return [`a1.sources = r1${second.length > 0 ? ' r2' : ''}`, 'a1.channels = c1', 'a1.sinks = k1', ...keyed, ''].join(
    '\n',
  )
}

/** A file in the home of the test. */
export function written(name: string, text: string): string {
  const path = join(ownHome(), name)
  writeFileSync(path, text)
  return path
}

/** The port that a netcat source has got from the system. */
export async function netcatPort(agent: Program): Promise<number> {
  const [, port] = await agent.says(/Created serverSocket:.*:(\d+)\]/)
  return Number(port)
}
