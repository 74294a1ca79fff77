// The handshake records that open an Avro RPC connection (Avro specification 1.11, "Handshake"); peers know one another's
// protocol by the MD5 hash of its text and ask for the text when they do not.
//
//   request  = clientHash:16 clientProtocol:(null | string) serverHash:16 meta:(null | map<bytes>)
//   response = match:(BOTH | CLIENT | NONE) serverProtocol:(null | string) serverHash:(null | 16) meta:(null | map<bytes>)
//
// Readers leave the place after the record in `afterHandshake()` and give undefined for what is malformed or cut.
import { after, readLong, sizeOfLong, skipMap, writeLong } from './binary.ts'
import { FLUME_HASH, FLUME_PROTOCOL } from './protocol.ts'

export interface HandshakeRequest {
  readonly clientHash: Buffer
  readonly clientProtocol: string | undefined
  readonly serverHash: Buffer
}
export interface HandshakeResponse {
  readonly match: Match
  readonly serverProtocol: string | undefined
  readonly serverHash: Buffer | undefined
}
export type Match = 'BOTH' | 'CLIENT' | 'NONE'

const MATCHES: readonly Match[] = ['BOTH', 'CLIENT', 'NONE']

let place = 0

/** The place after the handshake that was read last. */
export function afterHandshake(): number {
  return place
}

export function readHandshakeRequest(buffer: Buffer, at: number, end: number): HandshakeRequest | undefined {
  place = at
  const clientHash = readHash(buffer, end)
  const clientProtocol = clientHash && readOptional(buffer, end, readText)
  const serverHash = clientProtocol && readHash(buffer, end)
  const meta = serverHash && readOptional(buffer, end, readMeta)
  return meta ? { clientHash, clientProtocol: clientProtocol.value, serverHash } : undefined
}

export function readHandshakeResponse(buffer: Buffer, at: number, end: number): HandshakeResponse | undefined {
  const match = MATCHES[readLong(buffer, at, end)]
  if (match === undefined) return undefined
  place = after()
  const serverProtocol = readOptional(buffer, end, readText)
  const serverHash = serverProtocol && readOptional(buffer, end, readHash)
  const meta = serverHash && readOptional(buffer, end, readMeta)
  return meta ? { match, serverProtocol: serverProtocol.value, serverHash: serverHash.value } : undefined
}

type Read<T> = (buffer: Buffer, end: number) => T | undefined

// Union of null and a value.
function readOptional<T>(buffer: Buffer, end: number, read: Read<T>): { readonly value: T | undefined } | undefined {
  const branch = readLong(buffer, place, end)
  if (branch !== 0 && branch !== 1) return undefined
  place = after()
  if (branch === 0) return { value: undefined }
  const value = read(buffer, end)
  return value === undefined ? undefined : { value }
}

function readHash(buffer: Buffer, end: number): Buffer | undefined {
  if (end - place < 16) return undefined
  place += 16
  return buffer.subarray(place - 16, place)
}

function readText(buffer: Buffer, end: number): string | undefined {
  const length = readLong(buffer, place, end)
  const from = after()
  if (!(length >= 0) || length > end - from) return undefined
  place = from + length
  return buffer.toString('utf8', from, place)
}

function readMeta(buffer: Buffer, end: number): true | undefined {
  const to = skipMap(buffer, place, end)
  if (to < 0) return undefined
  place = to
  return true
}

const NULL = Buffer.of(0)
const EMPTY_MAP = Buffer.of(2, 0)

/** What a client of Flume's protocol opens with; the text is left out until the server asks for it. */
export function writeHandshakeRequest(withText: boolean, serverHash: Buffer = FLUME_HASH): Buffer {
  return Buffer.concat([FLUME_HASH, withText ? someText(FLUME_PROTOCOL) : NULL, serverHash, EMPTY_MAP])
}

const BOTH = Buffer.of(0, 0, 0, 0)
const own = Buffer.concat([someText(FLUME_PROTOCOL), Buffer.of(2), FLUME_HASH, NULL])
const CLIENT = Buffer.concat([Buffer.of(2), own])
const NONE = Buffer.concat([Buffer.of(4), own])

/** What a server of Flume's protocol answers. */
export function handshakeResponse(match: Match): Buffer {
  return match === 'BOTH' ? BOTH : match === 'CLIENT' ? CLIENT : NONE
}

function someText(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  const head = Buffer.alloc(1 + sizeOfLong(bytes.length))
  head[0] = 2
  writeLong(head, 1, bytes.length)
  return Buffer.concat([head, bytes])
}
