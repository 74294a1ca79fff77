// Makes events out of a counter (Flume 1.11, SequenceGeneratorSource): bodies `0`, `1`, `2`, ... without headers.
// batchSize is honoured as the smallest unit of a transaction; several are put at once when the channels allow it, which
// nobody can tell from outside and costs one await instead of many.
import { setTimeout as sleep } from 'node:timers/promises'
import { BatchBuilder } from '../batch-builder.ts'
import { defineSource } from '../component.ts'
import { ChannelError, reasonOf } from '../errors.ts'
import { integer, long } from '../options/make.ts'

/** Events that are put at once at most, whatever the channels allow. */
const LARGEST_PUT = 1000
/** A channel without keep-alive refuses at once: this keeps the source from asking a million times a second. */
const REFUSED_PAUSE_MS = 10

export const seqSource = defineSource({
  type: 'seq',
  aliases: ['org.apache.flume.source.SequenceGeneratorSource'],
  summary: 'Makes events whose bodies count from 0; for tests and demonstrations.',
  options: {
    batchSize: integer({ default: 1, min: 1, doc: 'Events per transaction at least.' }),
    totalEvents: long({
      default: 2 ** 63,
      defaultText: '9223372036854775807',
      doc: 'Stop after this many events.',
    }),
    backoffSleepIncrement: long({
      default: 1000,
      min: 0,
      unit: 'ms',
      doc: 'Pause after a poll without events, and what each further one adds.',
    }),
    maxBackoffSleep: long({ default: 5000, min: 0, unit: 'ms', doc: 'Longest pause between polls.' }),
  },
  batchSize: (options) => options.batchSize,
  create({ batchSize, totalEvents, backoffSleepIncrement, maxBackoffSleep }, context) {
    const builder = new BatchBuilder()
    const units = Math.max(1, Math.floor(Math.min(LARGEST_PUT, context.maxBatch) / batchSize))
    const counter = new DecimalCounter()
    let sent = 0
    let atOnce = batchSize * units
    let complained = false
    const refused = async (error: ChannelError) => {
      if (!complained) context.log.warn(`${context.name} source could not write to channel. ${reasonOf(error)}`)
      complained = true
      await sleep(REFUSED_PAUSE_MS, undefined, { signal: context.signal, ref: false }).catch(() => {})
    }
    return {
      backoffSleepIncrementMs: backoffSleepIncrement,
      maxBackoffSleepMs: maxBackoffSleep,
      async poll() {
        const length = Math.min(atOnce, totalEvents - sent)
        if (length <= 0) return 'idle'
        counter.set(sent)
        for (let i = 0; i < length; i++) counter.addTo(builder)
        try {
          await context.deliver(builder.build())
        } catch (error) {
          if (!(error instanceof ChannelError)) throw error
          if (context.signal.aborted) return 'idle'
          if (atOnce > batchSize) atOnce = batchSize
          else await refused(error)
          return 'busy'
        }
        sent += length
        complained = false
        atOnce = batchSize * units
        return 'busy'
      },
    }
  },
})

/** A number as its decimal digits, counted up in place. */
class DecimalCounter {
  readonly #digits = Buffer.alloc(24, 0x30)
  #first = 23

  set(value: number): void {
    const text = String(value)
    this.#digits.fill(0x30)
    this.#first = 24 - text.length
    this.#digits.write(text, this.#first, 'latin1')
  }

  addTo(builder: BatchBuilder): void {
    builder.addBody(this.#digits, this.#first, 24)
    let at = 23
    while (this.#digits[at] === 0x39) this.#digits[at--] = 0x30
    this.#digits[at] = (this.#digits[at] as number) + 1
    if (at < this.#first) this.#first = at
  }
}
