// An event: text headers and a body of bytes (Flume's Event). Headers keep the order in which they were added and take
// any key, `__proto__` included, so they are a Map and not an object.

export type Headers = ReadonlyMap<string, string>

export interface Event {
  readonly headers: Headers
  readonly body: Buffer
}

/** An event that is still its source's: interceptors edit it in place before it is encoded into a batch. */
export interface Draft {
  headers: Map<string, string>
  body: Buffer
}

export const NO_HEADERS: Headers = new Map()

/** Makes an event. A text body is encoded as UTF-8; headers may be a Map, pairs or a plain object. */
export function createEvent(
  body: Buffer | Uint8Array | string = '',
  headers: Iterable<readonly [string, string]> | Readonly<Record<string, string>> = NO_HEADERS,
): Event {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : Buffer.isBuffer(body) ? body : Buffer.from(body)
  const pairs = Symbol.iterator in headers ? (headers as Iterable<readonly [string, string]>) : Object.entries(headers)
  return { headers: new Map(pairs), body: bytes }
}
