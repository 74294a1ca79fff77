// Adds headers that are the same for all events of a file. They are encoded once and put before each event's body; only
// events that have headers already are decoded, because what is added goes before what was there.
import { sizeOfEvent, skipEvent, writeEvent } from '../../avro/events.ts'
import { type Batch, batchOf, EncodedBatch, encodedEvents } from '../../batch.ts'
import { createEvent, type Headers } from '../../component.ts'

const NO_BODY = Buffer.alloc(0)

/** A way of adding these headers to batches. */
export function headerAdder(headers: Headers): (batch: Batch) => Batch {
  if (headers.size === 0) return (batch) => batch
  const encoded = Buffer.alloc(sizeOfEvent(headers, 0))
  writeEvent(encoded, 0, headers, NO_BODY)
  // Without the end of the headers and the length of the body, a byte each: the event brings its own.
  const prefix = encoded.subarray(0, -2)
  return (batch) => withPrefix(batch, prefix) ?? withHeaders(batch, headers)
}

function withPrefix(batch: Batch, prefix: Buffer): Batch | undefined {
  const events = encodedEvents(batch)
  const target = Buffer.allocUnsafe(events.length + batch.length * prefix.length)
  let to = 0
  for (let at = 0; at < events.length; ) {
    if (events[at] !== 0) return undefined
    const end = skipEvent(events, at, events.length)
    target.set(prefix, to)
    events.copy(target, to + prefix.length, at, end)
    to += prefix.length + end - at
    at = end
  }
  return new EncodedBatch(target, 0, to, batch.length)
}

function withHeaders(batch: Batch, headers: Headers): Batch {
  return batchOf([...batch].map((event) => createEvent(event.body, [...event.headers, ...headers])))
}
