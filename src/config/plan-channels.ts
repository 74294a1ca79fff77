// The channels of an agent.
import { placeOf, settingsFor } from './place.ts'
import type { Planned } from './planned.ts'
import { keyed, type Reader } from './read-options.ts'
import { type AgentSettings, wordsOf } from './settings.ts'

export function planChannels(agent: string, found: AgentSettings, reader: Reader): readonly Planned<'channel'>[] {
  const channels: Planned<'channel'>[] = []
  for (const name of new Set(wordsOf(found.lists.get('channels')))) {
    const place = placeOf(agent, found, 'channels', name)
    const settings = settingsFor(found, 'channels', name)
    const type = settings?.get('type')?.value.trim()
    if (settings === undefined || type === undefined) {
      const code = settings ? 'missing-type' : 'missing-settings'
      reader.report(code, keyed(place, `${place.prefix}.type`), `${place.prefix}.type is missing.`)
      continue
    }
    const key = `${place.prefix}.type`
    const definition = reader.definition('channel', type, key, { ...place, near: settings.get('type') })
    const planned = definition && reader.component(definition, settings, place, ['type'])
    if (planned) channels.push(planned)
  }
  return channels
}
