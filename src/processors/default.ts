// One sink that works alone (Flume 1.11, DefaultSinkProcessor).
import { ConfigurationError, defineProcessor } from '../component.ts'

export const defaultProcessor = defineProcessor({
  type: 'default',
  aliases: ['org.apache.flume.sink.DefaultSinkProcessor'],
  summary: 'Lets one sink work alone.',
  options: {},
  create(_, { sinks }) {
    if (sinks.length !== 1) {
      throw new ConfigurationError(
        'DefaultSinkPolicy can only accept one sink, try using a policy that supports multiple sinks',
      )
    }
    return { order: () => sinks, succeeded() {}, failed() {} }
  },
})
