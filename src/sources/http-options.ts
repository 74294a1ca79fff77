// The options of the http source, with the names and defaults of Flume 1.11's HTTPSource; the last three are our own.
import {
  boolean,
  choice,
  type Finding,
  integer,
  keysBelow,
  list,
  long,
  port,
  secret,
  string,
  type Values,
} from '../component.ts'

export const JSON_HANDLER = 'org.apache.flume.source.http.JSONHandler'
export const BLOB_HANDLER = 'org.apache.flume.source.http.BLOBHandler'
export const MORPHLINE_BLOB_HANDLER = 'org.apache.flume.sink.solr.morphline.BlobHandler'

const MIB = 1024 * 1024

const TLS_OPTIONS = {
  ssl: boolean({ defaultText: 'false', doc: 'Serve TLS; needs a key store.' }),
  enableSSL: boolean({ doc: 'Old name of ssl.', deprecated: 'is the old name of ssl.' }),
  keystore: string({ doc: 'Path of the key store.' }),
  'keystore-password': secret({ doc: 'Password of the key store.' }),
  keystorePassword: secret({
    doc: 'Old name of keystore-password.',
    deprecated: 'is the old name of keystore-password.',
  }),
  'keystore-type': string({ default: 'JKS', doc: 'Format of the key store.' }),
  'exclude-protocols': list({ defaultText: 'SSLv3', doc: 'TLS versions that are switched off; SSLv3 always is.' }),
  excludeProtocols: list({
    doc: 'Old name of exclude-protocols.',
    deprecated: 'is the old name of exclude-protocols.',
  }),
  'include-protocols': list({ doc: 'TLS versions that are allowed, less the excluded ones. Default: all.' }),
  'exclude-cipher-suites': list({ doc: 'Cipher suites that are switched off.' }),
  'include-cipher-suites': list({ doc: 'Cipher suites that are allowed, less the excluded ones. Default: all.' }),
}

export const httpOptions = {
  port: port({ required: true, doc: 'TCP port to listen on.' }),
  bind: string({ default: '0.0.0.0', doc: 'Address to listen on.' }),
  handler: choice([JSON_HANDLER, BLOB_HANDLER, MORPHLINE_BLOB_HANDLER], {
    default: JSON_HANDLER,
    doc: 'What turns a request into events: JSONHandler a JSON list of events, the others the body into one event.',
  }),
  'handler.mandatoryParameters': list(
    {
      default: [],
      defaultText: '-',
      doc: 'BLOBHandler: query parameters that a request must have, with commas between.',
    },
    /\s*,\s*/,
  ),
  'handler.maxBlobLength': integer({
    default: 100_000_000,
    min: 1,
    unit: 'bytes',
    doc: 'BlobHandler of the morphline package: a longer body is cut.',
  }),
  QueuedThreadPool: keysBelow({ doc: 'Thread pool of Jetty: accepted, without meaning here.' }),
  HttpConfiguration: keysBelow({
    doc: 'HTTP settings of Jetty; sendServerVersion, sendDateHeader and requestHeaderSize are obeyed.',
  }),
  ServerConnector: keysBelow({ doc: 'Connector of Jetty; idleTimeout (ms) and acceptQueueSize are obeyed.' }),
  SslContextFactory: keysBelow({ doc: 'TLS settings of Jetty: accepted, without meaning here.' }),
  ...TLS_OPTIONS,
  maxRequestBytes: long({
    default: 128 * MIB,
    min: 1,
    max: 1024 * MIB,
    unit: 'bytes',
    doc: 'Longest body; a longer one is answered with 413.',
  }),
  maxHeldBytes: long({
    default: 256 * MIB,
    min: 1,
    unit: 'bytes',
    doc: 'Bytes of all requests that are held at a time; one beyond that is answered with 503 and Retry-After.',
  }),
  requestTimeout: integer({
    default: 300_000,
    min: 1,
    unit: 'ms',
    doc: 'A request that has not come completely within this time is answered with 408.',
  }),
}

export type HttpOptions = Values<typeof httpOptions>

export function checkHttp(options: HttpOptions): readonly Finding[] {
  if (!(options.ssl ?? options.enableSSL ?? false)) return []
  // Plain text where TLS was asked for would be worse than nothing.
  return [
    {
      key: options.ssl === undefined ? 'enableSSL' : 'ssl',
      message: 'TLS is not available for the http source.',
      hint: 'Put a proxy that ends TLS before it, or set ssl = false.',
    },
  ]
}
