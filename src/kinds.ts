// The kinds of components, in Flume's words.
export const KINDS = [
  'source',
  'channel',
  'sink',
  'interceptor',
  'selector',
  'processor',
  'serializer',
  'deserializer',
] as const

export type Kind = (typeof KINDS)[number]
