// Gives every event the same header (Flume 1.11, StaticInterceptor).
import { boolean, defineInterceptor, string } from '../component.ts'

export const staticInterceptor = defineInterceptor({
  type: 'static',
  aliases: ['org.apache.flume.interceptor.StaticInterceptor$Builder'],
  summary: 'Gives every event one fixed header.',
  options: {
    key: string({ default: 'key', doc: 'Name of the header.' }),
    value: string({ default: 'value', doc: 'Value of the header.' }),
    preserveExisting: boolean({ default: true, doc: 'Leave events alone that have the header already.' }),
  },
  create({ key, value, preserveExisting }, { log }) {
    // Without the value, which Flume prints too: it may have come out of a configuration filter and be a secret.
    log.info(`Creating StaticInterceptor: preserveExisting=${preserveExisting},key=${key}`)
    return {
      intercept(event) {
        if (!(preserveExisting && event.headers.has(key))) event.headers.set(key, value)
        return event
      },
    }
  },
})
