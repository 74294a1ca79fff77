// Whole agents in this process, with what they log: for tests that look at how much is said.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from '@jest/globals'
import type { Agent } from '../../src/agent/agent.ts'
import { configureLog, flushLog } from '../../src/log.ts'
import { eventually } from '../support/eventually.ts'
import { agentOf } from '../support/run-agent.ts'

let directory = ''
let agents: Agent[] = []

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'agents-'))
  configureLog({ level: 'INFO', console: false, file: join(directory, 'log') })
})

afterEach(async () => {
  for (const agent of agents) {
    agent.hurry()
    await agent.stop()
  }
  agents = []
  configureLog({ level: 'OFF', console: false })
  rmSync(directory, { recursive: true, force: true })
})

/** A directory of this test's own. */
export const ownDirectory = () => directory

export async function runningAgent(text: string): Promise<Agent> {
  const agent = await agentOf(text)
  agents.push(agent)
  await agent.start()
  return agent
}

export function logged(): string {
  flushLog()
  return readFileSync(join(directory, 'log'), 'utf8')
}

/** The lines of level WARN and ERROR so far. */
export const complaints = () =>
  logged()
    .split('\n')
    .filter((line) => /\[(?:WARN|ERROR) /.test(line))

/** The port that the netcat or avro source of this name has got from the system. */
export async function portOf(source: string): Promise<number> {
  const line = new RegExp(`\\(${source}\\) .*(?:Created serverSocket:.*:(\\d+)\\]|listens on port (\\d+)\\.)`)
  const match = await eventually(() => line.exec(logged()), `the port of ${source}`)
  return Number(match?.[1] ?? match?.[2])
}
