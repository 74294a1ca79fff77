// Posts every event's body to a URL (Flume 1.11, HttpSink). Rules tell for each status code whether the event stays in
// the channel, whether the sink pauses and whether the event counts as delivered; without rules it stays whatever the
// answer is, 200 included, as in Flume. Rules hold for an error without a body too, where Flume fails.
import { boolean, defineSink, type Finding, integer, keysBelow, type Log, string } from '../component.ts'
import { EventDeliveryError } from '../errors.ts'
import { Poster } from './http-post.ts'

const FOLD_MS = 60_000

export const httpSink = defineSink({
  type: 'http',
  aliases: ['org.apache.flume.sink.http.HttpSink'],
  summary: 'Posts every event to a URL.',
  options: {
    endpoint: string({ required: true, doc: 'URL that gets one POST per event.' }),
    connectTimeout: integer({ default: 5000, unit: 'ms', doc: 'Longest time until the connection is there.' }),
    requestTimeout: integer({ default: 5000, unit: 'ms', doc: 'Longest time without a byte of the answer.' }),
    contentTypeHeader: string({ default: 'text/plain', doc: 'Content-Type of the requests.' }),
    acceptHeader: string({ default: 'text/plain', doc: 'Accept header of the requests.' }),
    defaultBackoff: boolean({ default: true, doc: 'Pause after status codes without a rule of their own.' }),
    defaultRollback: boolean({ default: true, doc: 'Keep the event after status codes without a rule of their own.' }),
    defaultIncrementMetrics: boolean({
      default: false,
      doc: 'Count the event as delivered after status codes without a rule of their own.',
    }),
    backoff: keysBelow({ doc: 'backoff.<code>: pause after this status code (200) or group of codes (2XX).' }),
    rollback: keysBelow({ doc: 'rollback.<code>: keep the event after this status code or group of codes.' }),
    incrementMetrics: keysBelow({
      doc: 'incrementMetrics.<code>: count the event as delivered after this status code or group of codes.',
    }),
  },
  check(options) {
    const found: Finding[] = []
    if (!urlOf(options.endpoint)) {
      found.push({ key: 'endpoint', message: 'Endpoint URL invalid.', hint: 'It must begin with http:// or https://.' })
    }
    for (const key of ['connectTimeout', 'requestTimeout'] as const) {
      if (options[key] <= 0) found.push({ key, message: `${options[key]} is not positive.` })
    }
    for (const key of ['contentTypeHeader', 'acceptHeader'] as const) {
      if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(options[key])) {
        found.push({ key, message: 'the value has characters that a header cannot have.' })
      }
    }
    for (const name of ['backoff', 'rollback', 'incrementMetrics'] as const) {
      for (const code of options[name].keys()) {
        if (/^\d(\d\d|XX)$/.test(code)) continue
        const message = `${code} is neither a status code like 503 nor a group like 5XX, so the rule never applies.`
        found.push({ key: `${name}.${code}`, message, severity: 'warning' })
      }
    }
    return found
  },
  create(options, { log, counters, signal }) {
    const url = urlOf(options.endpoint)
    if (!url) throw new EventDeliveryError('Endpoint URL invalid')
    const keep = ruleOf(options.rollback, options.defaultRollback)
    const rest = ruleOf(options.backoff, options.defaultBackoff)
    const counted = ruleOf(options.incrementMetrics, options.defaultIncrementMetrics)
    const sayEmpty = folded(log, 'Processed empty event')
    const poster = new Poster({
      url,
      headers: { 'Content-Type': options.contentTypeHeader, Accept: options.acceptHeader },
      connectTimeoutMs: options.connectTimeout,
      requestTimeoutMs: options.requestTimeout,
      onBodyDropped: redirectWarning(log),
    })
    const post = async (body: Buffer) => {
      try {
        return await poster.post(body)
      } catch (error) {
        counters.add('ConnectionFailedCount')
        throw new EventDeliveryError('Error opening connection, or request timed out', { cause: error })
      }
    }
    signal.addEventListener('abort', () => poster.stop(), { once: true })
    return {
      batchSize: 1,
      async write(batch) {
        const { body } = batch.at(0)
        if (body.length === 0) {
          sayEmpty()
          return { counted: false }
        }
        const status = await post(body)
        const outcome = { keep: keep(status), rest: rest(status), counted: counted(status) }
        if (outcome.keep) {
          const then = outcome.rest ? 'Rolled back event and backed off.' : 'Rolled back event for retry.'
          log.info(`Got status code ${status} from HTTP server. ${then}`)
        }
        return outcome
      },
      async stop() {
        poster.stop()
      },
    }
  },
})

function urlOf(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url && /^https?:$/.test(url.protocol) ? url : undefined
}

/** A rule for the exact code wins over one for its group, that over the default. */
function ruleOf(rules: ReadonlyMap<string, string>, fallback: boolean): (status: number) => boolean {
  return (status) => {
    const code = String(status)
    const rule = rules.get(code) ?? rules.get(`${code[0]}XX`)
    return rule === undefined ? fallback : rule.toLowerCase() === 'true'
  }
}

/** Warns at once, and then at most once a minute with how often it came. */
function folded(log: Log, text: string): () => void {
  let saidAt = Number.NEGATIVE_INFINITY
  let more = 0
  return () => {
    const now = performance.now()
    if (now - saidAt < FOLD_MS) {
      more++
      return
    }
    log.warn(more > 0 ? `${text} (${more} more since the last time)` : text)
    saidAt = now
    more = 0
  }
}

function redirectWarning(log: Log): (status: number) => void {
  let said = false
  return (status) => {
    if (said) return
    said = true
    log.warn(
      `The endpoint redirects with ${status}: events are not posted to where it points, only asked for with GET.`,
    )
  }
}
