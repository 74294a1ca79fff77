// Text encodings under the names that Java's Charset.forName takes, because Flume's options name them so. UTF-8, Latin-1,
// ASCII, UTF-16 and UTF-32 are done here; iconv-lite does all others and is loaded when the first of those is asked for.
// What cannot be decoded follows Java's CodingErrorAction: refused, U+FFFD, or left out; what cannot be encoded is `?`.
// Different on purpose: malformed UTF-8 is replaced as the WHATWG has it, which for encoded surrogates gives three U+FFFD
// where Java gives one. ISO-2022 and EBCDIC are not known.
import { isUtf8 } from 'node:buffer'
import { createRequire } from 'node:module'
import type iconv from 'iconv-lite'
import { ascii, type Form, latin1, utf8, utf16, utf32, withoutMalformedUtf8 } from './charset-forms.ts'

export type DecodePolicy = 'FAIL' | 'REPLACE' | 'IGNORE'

/** Bytes that are no text in a charset, met under the policy FAIL. */
export class CharsetError extends Error {
  /** Where the malformed sequence begins, in bytes from the first one given to this decode or decoder. */
  readonly offset: number

  constructor(charset: string, offset: number) {
    super(`Bytes at offset ${offset} are not valid ${charset}.`)
    this.name = 'CharsetError'
    this.offset = offset
  }
}

export interface TextDecoding {
  /** The text of these bytes; a character that is cut at their end waits for the next ones. */
  write(bytes: Uint8Array): string
  /** What still waited: a cut character is malformed. */
  end(): string
}

export interface Charset {
  /** Java's canonical name of the Unicode charsets, Latin-1 and ASCII; the name that was asked for of all others. */
  readonly name: string
  readonly isUtf8: boolean
  /** The byte 0x0A is a newline and nothing else, so that lines can be split before they are decoded. */
  readonly asciiNewline: boolean
  /** Throws CharsetError under FAIL. A byte order mark is kept except by UTF-16 and UTF-32 without named byte order. */
  decode(bytes: Uint8Array, policy: DecodePolicy): string
  encode(text: string): Buffer
  decoder(policy: DecodePolicy): TextDecoding
}

const REPLACEMENT = '\ufffd'

function decodeWith(form: Form, bytes: Buffer, policy: DecodePolicy, base = 0): string {
  if (form === utf8 && (policy === 'REPLACE' || isUtf8(bytes))) return bytes.toString('utf8')
  if (form === utf8 && policy === 'IGNORE') return withoutMalformedUtf8(bytes)
  const text = form.read(bytes)
  if (policy !== 'FAIL') return text.replace(form.bad, policy === 'REPLACE' ? REPLACEMENT : '')
  const at = text.search(form.bad)
  if (at < 0) return text
  const offset = form.offsetOf(bytes, text, at)
  if (offset < 0) return text
  throw new CharsetError(form.name, base + offset)
}

class FormDecoder implements TextDecoding {
  #form: Form
  readonly #policy: DecodePolicy
  #marks: Marks | undefined
  #carry: Buffer = Buffer.alloc(0)
  #done = 0

  constructor(form: Form, policy: DecodePolicy, marks: Marks | undefined) {
    this.#form = form
    this.#policy = policy
    this.#marks = marks
  }

  write(bytes: Uint8Array): string {
    return this.#decode(bytes, false)
  }

  end(): string {
    return this.#decode(Buffer.alloc(0), true)
  }

  #decode(bytes: Uint8Array, last: boolean): string {
    let all = this.#carry.length === 0 ? view(bytes) : Buffer.concat([this.#carry, bytes])
    if (this.#marks) {
      if (all.length < this.#marks.bytes && !last) {
        this.#carry = Buffer.from(all)
        return ''
      }
      const found = sniff(all, this.#form, this.#marks)
      this.#marks = undefined
      this.#form = found.form
      this.#done = found.skip
      all = all.subarray(found.skip)
    }
    const end = all.length - (last ? 0 : this.#form.cut(all))
    this.#carry = Buffer.from(all.subarray(end))
    const text = decodeWith(this.#form, all.subarray(0, end), this.#policy, this.#done)
    this.#done += end
    return text
  }
}

/** The byte order marks that a charset without named byte order obeys. */
interface Marks {
  readonly bytes: number
  readonly big: Form
  readonly little: Form
}

function sniff(bytes: Buffer, form: Form, marks: Marks): { form: Form; skip: number } {
  for (const candidate of [marks.big, marks.little]) {
    const mark = candidate.write('\ufeff')
    if (bytes.subarray(0, marks.bytes).equals(mark)) return { form: candidate, skip: marks.bytes }
  }
  return { form, skip: 0 }
}

function charsetFrom(form: Form, marks?: Marks): Charset {
  return {
    name: form.name,
    isUtf8: form === utf8,
    asciiNewline: form.write('\n').equals(Buffer.from('\n')),
    decode(bytes, policy) {
      if (!marks) return decodeWith(form, view(bytes), policy)
      const { form: found, skip } = sniff(view(bytes), form, marks)
      return decodeWith(found, view(bytes).subarray(skip), policy, skip)
    },
    encode: (text) => form.write(text),
    decoder: (policy) => new FormDecoder(form, policy, marks),
  }
}

const view = (bytes: Uint8Array) =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

// ---- everything else ------------------------------------------------------------------------------------------------

type Iconv = typeof iconv
let loaded: Iconv | undefined

// What iconv-lite knows under names that are no charsets, or are other ones in Java.
const NOT_A_CHARSET = /^(_.*|binary|base64|hex|utf7.*|unicode11utf7|ucs[24].*|utf(16|32).*)$/

function fromIconv(name: string, key: string): Charset | undefined {
  loaded ??= createRequire(import.meta.url)('iconv-lite') as Iconv
  const known = loaded
  const spellings = [
    key,
    key.replace(/^8859/, 'iso8859'),
    key.replace(/^(?:ibm|cp)0*(?=\d)/, 'cp'),
    key.replace(/^x/, ''),
  ]
  const found = spellings.find((spelling) => !NOT_A_CHARSET.test(spelling) && known.encodingExists(spelling))
  return found === undefined ? undefined : charsetFrom(iconvForm(name, found, known))
}

// A decoder of iconv-lite loses characters when a sequence is split over its writes, so each one gets whole characters.
function iconvForm(name: string, encoding: string, known: Iconv): Form {
  const codec = () => known.getDecoder(encoding, { stripBOM: false })
  return {
    name,
    read(bytes) {
      const decoder = codec()
      return decoder.write(bytes) + (decoder.end() ?? '')
    },
    cut(bytes) {
      // No encoding here has a byte below the digits inside a character: what follows the last such byte is enough.
      let from = bytes.length
      while (from > 0 && (bytes[from - 1] as number) >= 0x30) from--
      for (let cut = 0; cut < Math.min(4, bytes.length - from); cut++) {
        const decoder = codec()
        decoder.write(bytes.subarray(from, bytes.length - cut))
        if (!decoder.end()) return cut
      }
      return Math.min(4, bytes.length - from)
    },
    write: (text) => known.encode(text, encoding),
    bad: /\ufffd/g,
    offsetOf(bytes) {
      // iconv-lite does not tell where: find it byte by byte.
      const decoder = codec()
      let start = 0
      for (let at = 0; at < bytes.length; at++) {
        const text = decoder.write(bytes.subarray(at, at + 1))
        if (text.includes(REPLACEMENT)) return start
        if (text !== '') start = at + 1
      }
      return start
    },
  }
}

const UTF_16BE = utf16('UTF-16BE', false)
const UTF_16LE = utf16('UTF-16LE', true)
const UTF_32BE = utf32('UTF-32BE', false)
const UTF_32LE = utf32('UTF-32LE', true)
const MARKS_16: Marks = { bytes: 2, big: UTF_16BE, little: UTF_16LE }
const MARKS_32: Marks = { bytes: 4, big: UTF_32BE, little: UTF_32LE }

// Java's names and aliases, without case and punctuation.
const BUILT_IN: readonly (readonly [RegExp, Form, Marks?])[] = [
  [/^(utf8|unicode11utf8)$/, utf8],
  [/^(iso88591|88591|latin1|l1|(ibm|cp)?819|isoir100|csisolatin1)$/, latin1],
  [/^(usascii|ascii7?|us|646|iso646us|iso646irv|ansix34|ansix341968|isoir6|(ibm|cp)367|csascii|default)$/, ascii],
  [/^(utf16|unicode|unicodebig)$/, utf16('UTF-16', false, '\ufeff'), MARKS_16],
  [/^(x?utf16be|unicodebigunmarked|iso10646ucs2)$/, UTF_16BE],
  [/^(x?utf16le|unicodelittleunmarked)$/, UTF_16LE],
  [/^(xutf16lebom|unicodelittle)$/, utf16('x-UTF-16LE-BOM', true, '\ufeff'), MARKS_16],
  [/^(utf32|iso10646ucs4)$/, utf32('UTF-32', false), MARKS_32],
  [/^x?utf32be$/, UTF_32BE],
  [/^x?utf32le$/, UTF_32LE],
]

/** The charset that Java knows under `name`, in any letter case; undefined when there is none. */
export function charsetOf(name: string): Charset | undefined {
  if (!/^[a-z0-9][-+.:_a-z0-9]*$/i.test(name)) return undefined
  const key = name.toLowerCase().replace(/:\d{4}$|[^a-z0-9]/g, '')
  for (const [names, form, marks] of BUILT_IN) if (names.test(key)) return charsetFrom(form, marks)
  return fromIconv(name, key)
}
