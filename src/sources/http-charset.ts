// The charsets of the http source's JSON (Flume 1.11, JSONHandler on Jetty 9.4): UTF-8, UTF-16 and UTF-32 when the request
// names them, and bodies are encoded in the request's charset. Without a charset JSON types are UTF-8; any other type is
// read as ISO-8859-1 and its bodies are UTF-8, so text beyond ASCII is encoded twice: clients may rely on that by now.

import { isAscii, isUtf8, transcode } from 'node:buffer'

export interface CharsetOfRequest {
  /** The request's text in UTF-8, in bytes that may be changed; what is malformed became U+FFFD. */
  decode(body: Buffer): Buffer
  /** A body in UTF-8 into the request's charset; absent where that is UTF-8. */
  readonly encode?: (body: Buffer) => Buffer
}

/** The charset for a Content-Type; undefined when it is none that JSON may have. */
export function charsetOf(contentType: string | undefined): CharsetOfRequest | undefined {
  const named = /;\s*charset\s*=\s*["']?([^\s;"']+)/i.exec(contentType ?? '')?.[1]
  if (named !== undefined) return CHARSETS.get(named.toLowerCase().replace(/^utf(?=\d)/, 'utf-'))
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase()
  return type === 'application/json' || type === 'text/json' ? UTF8 : LATIN1
}

const UTF8: CharsetOfRequest = { decode: (body) => (isUtf8(body) ? body : Buffer.from(body.toString('utf8'))) }
const LATIN1: CharsetOfRequest = { decode: (body) => (isAscii(body) ? body : transcode(body, 'latin1', 'utf8')) }
const UTF16: CharsetOfRequest = { decode: decodeUtf16, encode: encodeUtf16 }
const UTF32: CharsetOfRequest = { decode: decodeUtf32, encode: encodeUtf32 }
const CHARSETS = new Map([
  ['utf-8', UTF8],
  ['utf-16', UTF16],
  ['utf-32', UTF32],
])

// A byte order mark decides; without one the high byte comes first, as in Java.
function decodeUtf16(body: Buffer): Buffer {
  const little = body[0] === 0xff && body[1] === 0xfe
  const big = body[0] === 0xfe && body[1] === 0xff
  const units = Buffer.from(body.subarray(little || big ? 2 : 0, body.length & ~1))
  if (!little) units.swap16()
  return Buffer.from(units.toString('utf16le') + (body.length & 1 ? '\ufffd' : ''))
}

// As Java does: high byte first behind a byte order mark, and nothing at all for no text.
function encodeUtf16(body: Buffer): Buffer {
  return body.length === 0 ? body : Buffer.from(`\ufeff${body.toString('utf8')}`, 'utf16le').swap16()
}

const CODE_POINTS_AT_ONCE = 8192

function decodeUtf32(body: Buffer): Buffer {
  const little = body.length >= 4 && body.readUInt32LE(0) === 0xfeff
  const big = body.length >= 4 && body.readUInt32BE(0) === 0xfeff
  const pieces: string[] = []
  const end = body.length & ~3
  for (let at = little || big ? 4 : 0; at < end; at += CODE_POINTS_AT_ONCE * 4) {
    const codes: number[] = []
    for (let i = at; i < Math.min(end, at + CODE_POINTS_AT_ONCE * 4); i += 4) {
      const code = little ? body.readUInt32LE(i) : body.readUInt32BE(i)
      codes.push(code > 0x10ffff ? 0xfffd : code)
    }
    pieces.push(String.fromCodePoint(...codes))
  }
  return Buffer.from(pieces.join('') + (body.length & 3 ? '\ufffd' : ''))
}

function encodeUtf32(body: Buffer): Buffer {
  const codes = Array.from(body.toString('utf8'), (character) => character.codePointAt(0) ?? 0)
  const encoded = Buffer.allocUnsafe(codes.length * 4)
  for (const [index, code] of codes.entries()) encoded.writeUInt32BE(code, index * 4)
  return encoded
}
