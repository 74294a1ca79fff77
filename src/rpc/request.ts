// Requests and answers of Avro RPC as Flume's clients and sources write them, below the framing (see avro/framing.ts).
//
//   request = [handshake] meta:map<bytes> message:string | parameters          two buffers, cut at the bar
//   answer  = [handshake] | meta:map<bytes> | isError:boolean payload          three buffers; payload: status or error
//
// The handshake is there until the connection is established. A reader takes any division into buffers.
import { after, readLong, sizeOfLong, skipBytes, skipMap, writeLong } from '../avro/binary.ts'
import { type Frame, writeFrame } from '../avro/framing.ts'
import { afterHandshake, type HandshakeRequest, readHandshakeRequest } from '../avro/handshake.ts'
import type { Call } from '../avro/protocol-resolve.ts'
import { type Batch, encodedEvents } from '../batch.ts'

export interface Request {
  readonly handshake: HandshakeRequest | undefined
  readonly message: string
  /** The parameters are `buffer[at, end)`. */
  readonly buffer: Buffer
  readonly at: number
  readonly end: number
}

/** Reads a request; undefined when it is malformed up to the name of the message. */
export function readRequest({ head, rest }: Frame, withHandshake: boolean): Request | undefined {
  const usual = parseRequest(head, rest, withHandshake)
  if (usual !== undefined || rest.length === 0) return usual
  return parseRequest(Buffer.concat([head, rest]), EMPTY, withHandshake)
}

const EMPTY = Buffer.alloc(0)

// The parameters lie in the second buffer when the first ends with the name, or all is in the first; undefined otherwise.
function parseRequest(head: Buffer, rest: Buffer, withHandshake: boolean): Request | undefined {
  const handshake = withHandshake ? readHandshakeRequest(head, 0, head.length) : undefined
  if (withHandshake && handshake === undefined) return undefined
  const meta = withHandshake ? afterHandshake() : 0
  const name = skipMap(head, meta, head.length)
  if (name < 0) return undefined
  const length = readLong(head, name, head.length)
  const from = after()
  if (!(length >= 0 && length <= 1000) || length > head.length - from) return undefined
  const at = from + length
  const message = head.toString('utf8', from, at)
  if (at === head.length) return { handshake, message, buffer: rest, at: 0, end: rest.length }
  return rest.length === 0 ? { handshake, message, buffer: head, at, end: head.length } : undefined
}

/** The answer to a call: a status (0 OK, 1 FAILED) or the text of an error. */
export function writeAnswer(serial: number, handshake: Buffer | undefined, outcome: 0 | 1 | string): Buffer {
  if (handshake === undefined && typeof outcome === 'number') return shortAnswer(serial, outcome)
  const payload = typeof outcome === 'string' ? errorPayload(outcome) : Buffer.of(0, outcome << 1)
  return writeFrame(serial, [handshake ?? EMPTY, NO_META, payload])
}

/** An answer without a call: to a handshake that asks for the protocol text, or to a ping. */
export function writeHandshakeAnswer(serial: number, handshake: Buffer | undefined): Buffer {
  return writeFrame(serial, [handshake ?? EMPTY])
}

const NO_META = Buffer.of(0)
const SHORT = writeFrame(0, [EMPTY, NO_META, Buffer.of(0, 0)])

function shortAnswer(serial: number, status: number): Buffer {
  const answer = Buffer.from(SHORT)
  answer.writeInt32BE(serial, 0)
  answer[answer.length - 1] = status << 1
  return answer
}

function errorPayload(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  const head = Buffer.alloc(2 + sizeOfLong(bytes.length))
  head[0] = 1
  writeLong(head, 2, bytes.length)
  return Buffer.concat([head, bytes])
}

const NAMES: Record<Call, Buffer> = { append: callHead('append'), appendBatch: callHead('appendBatch') }

function callHead(name: Call): Buffer {
  return Buffer.concat([NO_META, Buffer.of(name.length << 1), Buffer.from(name)])
}

// Below this many bytes one copy into one buffer is quicker than a write of several buffers.
const COPY_BELOW = 8 * 1024
const ARRAY_END = Buffer.of(0)

/** The buffers to send for a call; the events of a long batch are not copied. */
export function writeRequest(serial: number, handshake: Buffer | undefined, call: Call, batch: Batch): Buffer[] {
  const name = NAMES[call]
  const opening = handshake?.length ?? 0
  const array = call === 'appendBatch'
  const countBytes = array && batch.length > 0 ? sizeOfLong(batch.length) : 0
  const eventBytes = batch.byteLength
  const headBytes = 16 + opening + name.length + countBytes
  const whole = eventBytes < COPY_BELOW
  const head = Buffer.allocUnsafe(whole ? headBytes + eventBytes + (array ? 1 : 0) : headBytes)
  head.writeInt32BE(serial, 0)
  head.writeInt32BE(2, 4)
  head.writeInt32BE(opening + name.length, 8)
  if (handshake !== undefined) handshake.copy(head, 12)
  let at = 12 + opening + name.copy(head, 12 + opening)
  at = head.writeInt32BE(countBytes + eventBytes + (array ? 1 : 0), at)
  if (countBytes > 0) at = writeLong(head, at, batch.length)
  const events = encodedEvents(batch)
  if (!whole) return array ? [head, events, ARRAY_END] : [head, events]
  at += events.copy(head, at)
  if (array) head[at] = 0
  return [head]
}

/** What an answer's payload says; undefined when it is malformed. */
export function readAnswer(
  buffer: Buffer,
  from: number,
): { readonly status: number } | { readonly error: string } | undefined {
  const end = buffer.length
  const at = skipMap(buffer, from, end)
  if (at < 0 || at >= end) return undefined
  if (buffer[at] === 0) {
    const status = readLong(buffer, at + 1, end)
    return Number.isNaN(status) ? undefined : { status }
  }
  const branch = readLong(buffer, at + 1, end)
  if (branch !== 0) return Number.isNaN(branch) ? undefined : { error: 'an error that its protocol declares' }
  const text = after()
  const place = skipBytes(buffer, text, end)
  if (place < 0) return undefined
  const length = readLong(buffer, text, end)
  return { error: buffer.toString('utf8', place - length, place) }
}
