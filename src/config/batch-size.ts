// A component whose batches are larger than its channel's transactions could never work: it is left out, as in Flume.
import type { Planned } from './planned.ts'
import { keyed, type Place, type Reader } from './read-options.ts'

export function checkBatchSize(
  planned: Planned<'source'> | Planned<'sink'>,
  channel: Planned<'channel'>,
  place: Place,
  reader: Reader,
): boolean {
  const batchSize = planned.definition.batchSize?.(planned.options)
  const capacity = channel.definition.transactionCapacity?.(channel.options)
  if (batchSize === undefined || capacity === undefined || batchSize <= capacity) return true
  const message =
    `${place.prefix} works in batches of ${batchSize}, more than the transactionCapacity ${capacity} ` +
    `of channel ${channel.name}.`
  const hint = `Raise transactionCapacity of ${channel.name} or lower the batch size.`
  reader.report('batch-over-transaction-capacity', keyed(place, place.prefix), message, hint)
  return false
}
