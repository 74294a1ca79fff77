// Reads lenient JSON out of UTF-8 bytes, token by token, as Flume's JSON parser does (Gson 2.9 in its lenient mode):
// unquoted and single-quoted words, comments, `;` for `,`, `=` and `=>` for `:`, left-out list elements that mean null.
// Scalars are ranges of the bytes and nothing is allocated for them; escapes are resolved in place, where they always
// fit, so the bytes are changed. Numbers keep the text they were written with.
// Differs from Flume: bad hex digits after \u are a syntax error like any other, and ignored members nest 1000 deep at most.

/** Text that is no JSON even leniently; the message says what is wrong and where. */
export class JsonSyntaxError extends Error {}

const QUOTE = 0x22
const HASH = 0x23
const APOSTROPHE = 0x27
const STAR = 0x2a
const COMMA = 0x2c
const SLASH = 0x2f
const COLON = 0x3a
const SEMICOLON = 0x3b
const EQUALS = 0x3d
const GREATER = 0x3e
const BACKSLASH = 0x5c
const CLOSE_LIST = 0x5d
const CLOSE_OBJECT = 0x7d
export const OPEN_LIST = 0x5b
export const OPEN_OBJECT = 0x7b

const MAX_DEPTH = 1000
/** Up to this many bytes a loop finds the end of a text quicker than the call into native code. */
const SHORT = 40

// Bytes that may stand in a word without quotes.
const WORD = new Uint8Array(256).fill(1)
for (const byte of Buffer.from('/\\;#={}[]:, \t\f\r\n')) WORD[byte] = 0

// What stands behind a backslash -> what it means.
const ESCAPED = new Uint8Array(256)
for (const [letter, means] of Object.entries({ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' })) {
  ESCAPED[letter.charCodeAt(0)] = means.charCodeAt(0)
}
for (const byte of Buffer.from('"\'\\/\n')) ESCAPED[byte] = byte

export class JsonText {
  /** The range of the text that was read last. */
  from = 0
  to = 0
  readonly #bytes: Buffer
  readonly #end: number
  #at = 0
  /** Where the next backslash is, from the place on that was looked from last. */
  #backslash = -1

  constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.#end = bytes.length
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = 3
  }

  /** The first byte of the next token, at which reading stays. */
  peek(): number {
    const byte = this.#at < this.#end ? (this.#bytes[this.#at] as number) : 0
    if (byte > 0x20 && byte !== SLASH && byte !== HASH) return byte
    const next = this.peekOrEnd()
    if (next < 0) throw this.wrong('The text ends too early')
    return next
  }

  /** Like `peek`, but -1 at the end of the text. */
  peekOrEnd(): number {
    while (this.#at < this.#end) {
      const byte = this.#bytes[this.#at] as number
      if (isBlank(byte)) this.#at++
      else if (!this.#skipComment(byte)) return byte
    }
    return -1
  }

  /** Rejects anything but blanks behind the value: comments are allowed only before its end. */
  end(): void {
    while (this.#at < this.#end && isBlank(this.#bytes[this.#at] as number)) this.#at++
    if (this.#at < this.#end) throw this.wrong('There is more text behind the list')
  }

  /** At `{`: goes to the value of the first member and leaves its name in `from`, `to`; false when there is none. */
  firstMember(): boolean {
    this.#at++
    if (this.peek() === CLOSE_OBJECT) return this.#leave()
    return this.#name()
  }

  /** Behind a member: like `firstMember` for the next one. */
  nextMember(): boolean {
    const byte = this.peek()
    if (byte === CLOSE_OBJECT) return this.#leave()
    if (byte !== COMMA && byte !== SEMICOLON) throw this.wrong('The object is not closed')
    this.#at++
    return this.#name()
  }

  /** At `[`: goes to the first element; false when there is none. */
  firstElement(): boolean {
    this.#at++
    return this.peek() === CLOSE_LIST ? this.#leave() : true
  }

  /** Behind an element: goes to the next one; false when there is none. */
  nextElement(): boolean {
    const byte = this.peek()
    if (byte === CLOSE_LIST) return this.#leave()
    if (byte !== COMMA && byte !== SEMICOLON) throw this.wrong('The list is not closed')
    this.#at++
    return true
  }

  /** True where an element of a list is left out, which stands for null. */
  isLeftOut(): boolean {
    const byte = this.peek()
    return byte === COMMA || byte === SEMICOLON || byte === CLOSE_LIST
  }

  /** Reads a scalar as text; false, and nothing in `from`, `to`, when it is null. */
  scalar(): boolean {
    if (this.#text()) return true
    const length = this.to - this.from
    if (length === 4 && this.#isWord('null')) {
      this.to = this.from
      return false
    }
    // Java prints its booleans in small letters, however they were written.
    if ((length === 4 && this.#isWord('true')) || (length === 5 && this.#isWord('false'))) {
      for (let i = this.from; i < this.to; i++) this.#bytes[i] = (this.#bytes[i] as number) | 0x20
    }
    return true
  }

  /** Reads any value and forgets it. */
  skipValue(depth = 0): void {
    if (depth > MAX_DEPTH) throw this.wrong(`Values are nested more than ${MAX_DEPTH} deep`)
    const byte = this.peek()
    if (byte === OPEN_OBJECT) {
      for (let more = this.firstMember(); more; more = this.nextMember()) this.skipValue(depth + 1)
    } else if (byte === OPEN_LIST) {
      for (let more = this.firstElement(); more; more = this.nextElement()) {
        if (!this.isLeftOut()) this.skipValue(depth + 1)
      }
    } else this.scalar()
  }

  wrong(what: string): JsonSyntaxError {
    return new JsonSyntaxError(`${what} at byte ${this.#at}.`)
  }

  #leave(): false {
    this.#at++
    return false
  }

  #name(): true {
    this.#text()
    const byte = this.peek()
    if (byte !== COLON && byte !== EQUALS) throw this.wrong('A name has no value')
    this.#at++
    if (byte === EQUALS && this.#bytes[this.#at] === GREATER) this.#at++
    return true
  }

  // Leaves a text in `from`, `to`; true when it was quoted.
  #text(): boolean {
    const byte = this.peek()
    if (byte === QUOTE || byte === APOSTROPHE) {
      this.#quoted(byte)
      return true
    }
    const bytes = this.#bytes
    let i = this.#at
    this.from = i
    while (i < this.#end && WORD[bytes[i] as number] === 1) i++
    if (i === this.from) throw this.wrong('A text is expected')
    this.to = i
    this.#at = i
    return false
  }

  #quoted(quote: number): void {
    const bytes = this.#bytes
    const end = Math.min(this.#end, this.#at + SHORT)
    let i = this.#at + 1
    this.from = i
    while (i < end && bytes[i] !== quote && bytes[i] !== BACKSLASH) i++
    if (i === end) i = this.#find(quote, i)
    this.to = i
    if (bytes[i] === BACKSLASH) i = this.#resolve(quote, i)
    if (i >= this.#end) throw this.wrong('A text is not closed')
    this.#at = i + 1
  }

  // The place of the next quote or backslash. The search for a quote is short; the one for a backslash may run to the end
  // of the text, so what it finds is kept for the texts in between.
  #find(quote: number, from: number): number {
    if (this.#backslash < from) this.#backslash = this.#placeOf(BACKSLASH, from)
    return Math.min(this.#placeOf(quote, from), this.#backslash)
  }

  #placeOf(byte: number, from: number): number {
    const place = this.#bytes.indexOf(byte, from)
    return place < 0 ? this.#end : place
  }

  // Resolves escapes from `start` on, in place; returns the place of the closing quote and leaves the text's end in `to`.
  #resolve(quote: number, start: number): number {
    const bytes = this.#bytes
    let from = start
    let to = start
    while (from < this.#end) {
      const byte = bytes[from] as number
      if (byte === quote) break
      if (byte !== BACKSLASH) {
        bytes[to++] = byte
        from++
      } else if (bytes[from + 1] === 0x75) {
        const code = this.#codePoint(from)
        from += code > 0xffff ? 12 : 6
        to = writeUtf8(bytes, to, code)
      } else {
        const means = ESCAPED[bytes[from + 1] ?? 0] as number
        if (means === 0) throw this.wrong('A text has an unknown escape')
        bytes[to++] = means
        from += 2
      }
    }
    this.to = to
    return from
  }

  // The code point of the \u escape at `at`, with its other half where there is one; half a pair is a question mark in Java.
  #codePoint(at: number): number {
    const high = this.#hex(at + 2)
    if (high < 0xd800 || high > 0xdfff) return high
    if (high > 0xdbff || this.#bytes[at + 6] !== BACKSLASH || this.#bytes[at + 7] !== 0x75) return 0x3f
    const low = this.#hex(at + 8)
    return low >= 0xdc00 && low <= 0xdfff ? 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00) : 0x3f
  }

  #hex(at: number): number {
    const digits = this.#bytes.toString('latin1', at, Math.min(at + 4, this.#end))
    if (!/^[0-9a-f]{4}$/i.test(digits)) throw this.wrong('A text has a \\u without four hex digits')
    return Number.parseInt(digits, 16)
  }

  #isWord(word: string): boolean {
    for (let i = 0; i < word.length; i++) {
      if (((this.#bytes[this.from + i] as number) | 0x20) !== word.charCodeAt(i)) return false
    }
    return true
  }

  #skipComment(byte: number): boolean {
    const next = this.#bytes[this.#at + 1]
    if (byte === SLASH && next === STAR) {
      const close = this.#bytes.indexOf('*/', this.#at + 2)
      if (close < 0) throw this.wrong('A comment is not closed')
      this.#at = close + 2
      return true
    }
    if (byte !== HASH && (byte !== SLASH || next !== SLASH)) return false
    while (this.#at < this.#end && this.#bytes[this.#at] !== 0x0a && this.#bytes[this.#at] !== 0x0d) this.#at++
    return true
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function writeUtf8(bytes: Buffer, from: number, code: number): number {
  let at = from
  if (code < 0x80) bytes[at++] = code
  else {
    if (code < 0x800) bytes[at++] = 0xc0 | (code >> 6)
    else {
      if (code < 0x10000) bytes[at++] = 0xe0 | (code >> 12)
      else {
        bytes[at++] = 0xf0 | (code >> 18)
        bytes[at++] = 0x80 | ((code >> 12) & 0x3f)
      }
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f)
    }
    bytes[at++] = 0x80 | (code & 0x3f)
  }
  return at
}
