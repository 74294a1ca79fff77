// The interceptors that exist: type, Java class names, and where the definition is.
import type { Listing } from '../component.ts'

export const interceptors: readonly Listing[] = [
  {
    type: 'static',
    aliases: ['org.apache.flume.interceptor.StaticInterceptor$Builder'],
    load: async () => (await import('./static.ts')).staticInterceptor,
  },
  {
    type: 'timestamp',
    aliases: ['org.apache.flume.interceptor.TimestampInterceptor$Builder'],
    load: async () => (await import('./timestamp.ts')).timestampInterceptor,
  },
]
