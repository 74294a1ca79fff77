// The handlers that take a request's body as one event, with the first value of each query parameter as a header
// (Flume 1.11, BLOBHandler of the http source and BlobHandler of the morphline package).
// Differs from Flume: without mandatoryParameters none is mandatory (Flume then refuses every request), their names are
// trimmed, and fields of a form in the body stay in the body with both handlers.
import { batchOf } from '../batch.ts'
import type { Log } from '../log.ts'
import type { HttpHandler } from './http-handler.ts'

/** Refuses requests that lack one of the parameters. */
export function blobHandler(mandatoryParameters: readonly string[]): HttpHandler {
  return {
    events({ url, body }) {
      const headers = parametersOf(url)
      for (const name of mandatoryParameters) {
        if (!headers.has(name)) throw new Error(`Please specify ${name} parameter in the request.`)
      }
      return batchOf([{ headers, body }])
    },
  }
}

/** Cuts bodies at `maxBlobLength` bytes. */
export function morphlineBlobHandler(maxBlobLength: number, log: Log): HttpHandler {
  return {
    keepBytes: maxBlobLength,
    events({ url, body, cut }) {
      if (cut)
        log.warn(`A request is longer than maxBlobLength (${maxBlobLength} bytes). The rest of it was thrown away.`)
      return batchOf([{ headers: parametersOf(url), body }])
    },
  }
}

function parametersOf(url: string): Map<string, string> {
  const parameters = new Map<string, string>()
  const query = url.indexOf('?')
  if (query < 0) return parameters
  for (const [name, value] of new URLSearchParams(url.slice(query + 1))) {
    if (!parameters.has(name)) parameters.set(name, value)
  }
  return parameters
}
