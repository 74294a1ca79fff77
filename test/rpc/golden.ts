// The exchanges that were recorded between Apache Flume 1.11 on both ends, see test/fixtures/golden/README.md.
import { readFileSync } from 'node:fs'

export interface Exchange {
  readonly name: string
  readonly description: string
  readonly clientToServer: Buffer
  readonly serverToClient: Buffer
}

export function exchanges(file: string): readonly Exchange[] {
  const text = readFileSync(new URL(`../fixtures/golden/${file}.json`, import.meta.url), 'utf8')
  const { exchanges: all } = JSON.parse(text) as { exchanges: Record<string, string>[] }
  return all.map((each) => ({
    name: each['name'] ?? '',
    description: each['description'] ?? '',
    clientToServer: Buffer.from(each['clientToServer'] ?? '', 'hex'),
    serverToClient: Buffer.from(each['serverToClient'] ?? '', 'hex'),
  }))
}

export function exchange(file: string, name: string): Exchange {
  const found = exchanges(file).find((each) => each.name === name)
  if (found === undefined) throw new Error(`no exchange ${name} in ${file}`)
  return found
}
