// Every event goes to every channel of the source (Flume 1.11, ReplicatingChannelSelector).
import { ConfigurationError, defineSelector, list } from '../component.ts'

export const replicatingSelector = defineSelector({
  type: 'replicating',
  aliases: ['org.apache.flume.channel.ReplicatingChannelSelector'],
  summary: 'Sends every event to every channel of the source.',
  options: {
    optional: list({ default: [], doc: 'Channels that may refuse an event without the source having to try again.' }),
  },
  create({ optional }, { channels }) {
    for (const channel of optional) {
      if (!channels.includes(channel)) throw new ConfigurationError(`Selector channel not found: ${channel}`)
    }
    const constant = {
      required: channels.filter((channel) => !optional.includes(channel)),
      optional: channels.filter((channel) => optional.includes(channel)),
    }
    return { constant, route: () => constant }
  },
})
