// The http source: a POST (or GET) of any path carries the events of one transaction (Flume 1.11, HTTPSource).
// Differs from Flume: bodies are limited, each and together (maxRequestBytes, maxHeldBytes), so that large posts cannot end
// it; and where TLS is asked for it is left out, because TLS is not available yet.
import { defineSource } from '../component.ts'
import type { Log } from '../log.ts'
import { blobHandler, morphlineBlobHandler } from './http-blob.ts'
import type { HttpHandler } from './http-handler.ts'
import { serverSettings } from './http-jetty.ts'
import { jsonHandler } from './http-json.ts'
import { BLOB_HANDLER, checkHttp, type HttpOptions, httpOptions, MORPHLINE_BLOB_HANDLER } from './http-options.ts'
import { HttpSourceServer } from './http-server.ts'

export const httpSource = defineSource({
  type: 'http',
  aliases: ['org.apache.flume.source.http.HTTPSource'],
  summary: 'Takes events that are posted over HTTP, as JSON or as one body for one event.',
  options: httpOptions,
  check: checkHttp,
  create(options, context) {
    const server = new HttpSourceServer(
      options,
      serverSettings(options, context.log),
      handlerOf(options, context.log),
      context,
    )
    return { start: () => server.start(), stop: () => server.stop() }
  },
})

function handlerOf(options: HttpOptions, log: Log): HttpHandler {
  if (options.handler === BLOB_HANDLER) return blobHandler(options['handler.mandatoryParameters'])
  if (options.handler === MORPHLINE_BLOB_HANDLER) return morphlineBlobHandler(options['handler.maxBlobLength'], log)
  return jsonHandler()
}
