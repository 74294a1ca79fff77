// What a handler of the http source is: it turns one request into the events of one transaction (Flume 1.11,
// HTTPSourceHandler). A BadRequestError is answered with 400, whatever else it throws with 500.
import type { Batch } from '../batch.ts'

export interface HttpRequest {
  /** Path and query as they were sent. */
  readonly url: string
  readonly contentType: string | undefined
  /** The handler owns these bytes and may change them. */
  readonly body: Buffer
  /** The body was longer than the handler's `keepBytes`; the rest is gone. */
  readonly cut: boolean
}

export interface HttpHandler {
  /** Bytes of a body that are kept; what follows is thrown away. Default: all, up to the source's own limit. */
  readonly keepBytes?: number
  events(request: HttpRequest): Batch
}

/** The client's fault (Flume's HTTPBadRequestException). */
export class BadRequestError extends Error {}
