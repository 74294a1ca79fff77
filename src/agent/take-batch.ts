// The first half of every round of a sink, counted: connect, then take.
import type { Channel, Sink, Taken } from '../component.ts'
import type { Log } from '../log.ts'
import type { Counters } from '../metrics/counters.ts'

/** A sink and the channel that it empties. */
export interface Line {
  readonly name: string
  readonly sink: Sink
  readonly channel: Channel
  readonly counters: Counters
  readonly log: Log
}

/** What the sink is to write next; undefined when the channel had nothing. Rejects when the sink cannot connect. */
export async function takeBatch(line: Line, signal: AbortSignal): Promise<Taken | undefined> {
  const { sink, channel, counters } = line
  await sink.connect?.()
  const taken = await channel.take(sink.batchSize, signal)
  const { length } = taken.batch
  if (length === 0) {
    counters.add('BatchEmptyCount')
    await taken.commit()
    return undefined
  }
  counters.add(length < sink.batchSize ? 'BatchUnderflowCount' : 'BatchCompleteCount')
  counters.add('EventDrainAttemptCount', length)
  return taken
}
