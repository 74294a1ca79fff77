// Takes events and discards them (Flume 1.11, NullSink). The running total is said at most once for each batch: the
// largest multiple of logEveryNEvents that has been reached.
import { defineSink, integer } from '../component.ts'

export const nullSink = defineSink({
  type: 'null',
  aliases: ['org.apache.flume.sink.NullSink'],
  summary: 'Takes events and discards them.',
  options: {
    batchSize: integer({ default: 100, doc: 'Events taken per transaction.' }),
    logEveryNEvents: integer({ default: 10000, doc: 'Log a running total each time this many events have passed.' }),
  },
  check(options) {
    return (['batchSize', 'logEveryNEvents'] as const)
      .filter((key) => options[key] <= 0)
      .map((key) => ({ key, message: `${options[key]} is not positive.` }))
  },
  batchSize: (options) => options.batchSize,
  create({ batchSize, logEveryNEvents }, { log, name }) {
    let total = 0
    let logged = 0
    return {
      batchSize,
      async write(batch) {
        total += batch.length
        const reached = total - (total % logEveryNEvents)
        if (reached > logged) {
          logged = reached
          log.info(`Null sink ${name} successful processed ${reached} events.`)
        }
        return undefined
      },
    }
  },
})
