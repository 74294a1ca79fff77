// Stamps every event with the time at which it passes (Flume 1.11, TimestampInterceptor).
import { boolean, defineInterceptor, string } from '../component.ts'

export const timestampInterceptor = defineInterceptor({
  type: 'timestamp',
  aliases: ['org.apache.flume.interceptor.TimestampInterceptor$Builder'],
  summary: 'Gives every event a header with the current time in milliseconds since 1970.',
  options: {
    headerName: string({ default: 'timestamp', doc: 'Name of the header.' }),
    preserveExisting: boolean({ default: false, doc: 'Leave events alone that have the header already.' }),
  },
  create({ headerName, preserveExisting }) {
    let lastMs = 0
    let text = ''
    return {
      intercept(event) {
        if (preserveExisting && event.headers.has(headerName)) return event
        const now = Date.now()
        // Many events pass within one millisecond: its text is made once.
        if (now !== lastMs) {
          lastMs = now
          text = String(now)
        }
        event.headers.set(headerName, text)
        return event
      },
    }
  },
})
