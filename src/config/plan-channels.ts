// The channels of an agent.
import { listed, planTyped } from './plan-listed.ts'
import type { Planned } from './planned.ts'
import type { Reader } from './read-options.ts'
import type { AgentSettings } from './settings.ts'

export function planChannels(agent: string, found: AgentSettings, reader: Reader): readonly Planned<'channel'>[] {
  const channels = listed('channels', agent, found, reader).map((one) => planTyped('channel', one, reader, ['type']))
  return channels.filter((channel) => channel !== undefined)
}
