// Turns the JSON of Flume's http source, `[{"headers": {"a": "b"}, "body": "text"}, ...]`, into a batch without making
// objects or strings: scalars are copied as bytes from the request into the batch (Flume 1.11, JSONHandler).
// Headers may also be a list of pairs, as Gson reads maps, so the empty list that PHP writes for no headers is good.
// Differs from Flume: a header whose value is null is left out, because no channel or sink can carry it.
import { writeLong } from '../avro/binary.ts'
import { type Batch, EMPTY_BATCH, EncodedBatch } from '../batch.ts'
import { JsonText, OPEN_LIST, OPEN_OBJECT } from './http-json-text.ts'

const SLAB_BYTES = 256 * 1024
/** Up to this many headers a name is compared with each earlier one; beyond it a set finds those that come twice. */
const FEW_HEADERS = 16
/** Up to this many bytes a loop copies quicker than the call into native code. */
const SHORT = 24
const EMPTY: Buffer = Buffer.alloc(0)

/** Builds the batches of one source; consecutive ones share slabs. */
export class JsonEvents {
  #slab: Buffer = EMPTY
  /** Where the events of earlier batches end in the slab, and where the next byte goes. */
  #used = 0
  #at = 0
  #text: Buffer = EMPTY
  /** Of the event at hand: where name and value of each header begin and end, four numbers a header. */
  readonly #headers: number[] = []
  #headerCount = 0
  #names: Set<string> | undefined

  /**
   * The events of a text in UTF-8, which is used up: escapes are resolved in place. Undefined when the list or one of its
   * elements is null or nothing. Throws JsonSyntaxError.
   */
  parse(text: Buffer): Batch | undefined {
    const json = new JsonText(text)
    const first = json.peekOrEnd()
    if (first < 0) return undefined
    // A text with its length is never longer than its JSON, but for one byte more from 64 bytes on.
    this.#makeRoom(text.length + (text.length >> 6) + 64)
    this.#text = text
    this.#at = this.#used
    try {
      if (first !== OPEN_LIST) return readNull(json)
      const count = this.#list(json)
      json.end()
      return count < 0 ? undefined : this.#take(count)
    } finally {
      this.#text = EMPTY
    }
  }

  #take(count: number): Batch {
    const start = this.#used
    const slab = this.#slab
    if (this.#at > slab.length) throw new Error('events outgrew the room that was made for them')
    if (count === 0) return EMPTY_BATCH
    this.#used = this.#at
    // The slab of a large request is its own: it goes when its events go.
    if (slab.length > SLAB_BYTES) this.#slab = EMPTY
    return new EncodedBatch(slab, start, this.#at, count)
  }

  // The number of events; -1 when one of them is null, which is known only after all of the text was found good.
  #list(json: JsonText): number {
    let count = 0
    let nulls = 0
    for (let more = json.firstElement(); more; more = json.nextElement()) {
      count++
      if (json.peek() === OPEN_OBJECT) this.#event(json)
      else if (json.isLeftOut() || !json.scalar()) nulls++
      else throw json.wrong('An event is not an object')
    }
    return nulls > 0 ? -1 : count
  }

  #event(json: JsonText): void {
    let bodyFrom = 0
    let bodyTo = 0
    this.#headerCount = 0
    for (let more = json.firstMember(); more; more = json.nextMember()) {
      const length = json.to - json.from
      if (length === 4 && this.#spells(json.from, 'body')) {
        readScalar(json)
        bodyFrom = json.from
        bodyTo = json.to
      } else if (length === 7 && this.#spells(json.from, 'headers')) this.#readHeaders(json)
      else json.skipValue()
    }
    if (this.#headerCount > 0) this.#writeHeaders()
    this.#slab[this.#at++] = 0
    this.#write(bodyFrom, bodyTo)
  }

  #readHeaders(json: JsonText): void {
    this.#headerCount = 0
    this.#names = undefined
    const byte = json.peek()
    if (byte === OPEN_OBJECT) {
      for (let more = json.firstMember(); more; more = json.nextMember()) this.#readHeader(json, json.from, json.to)
    } else if (byte === OPEN_LIST) {
      for (let more = json.firstElement(); more; more = json.nextElement()) this.#readPair(json)
    } else if (json.scalar()) throw json.wrong('The headers are not an object')
  }

  #readPair(json: JsonText): void {
    if (json.peek() !== OPEN_LIST || !json.firstElement() || !readScalar(json)) throw json.wrong('A pair is expected')
    const { from, to } = json
    if (!json.nextElement()) throw json.wrong('A pair is expected')
    this.#readHeader(json, from, to)
    if (json.nextElement()) throw json.wrong('A pair is expected')
  }

  #readHeader(json: JsonText, nameFrom: number, nameTo: number): void {
    const isNull = !readScalar(json)
    if (this.#isKnown(nameFrom, nameTo)) throw json.wrong('A header comes twice')
    if (isNull) return
    const headers = this.#headers
    const place = this.#headerCount++ * 4
    headers[place] = nameFrom
    headers[place + 1] = nameTo
    headers[place + 2] = json.from
    headers[place + 3] = json.to
    this.#names?.add(this.#text.toString('latin1', nameFrom, nameTo))
  }

  #isKnown(from: number, to: number): boolean {
    if (this.#headerCount <= FEW_HEADERS) {
      for (let i = 0; i < this.#headerCount * 4; i += 4) {
        if (this.#isSame(this.#headers[i] as number, this.#headers[i + 1] as number, from, to)) return true
      }
      return false
    }
    this.#names ??= this.#allNames()
    return this.#names.has(this.#text.toString('latin1', from, to))
  }

  #allNames(): Set<string> {
    const names = new Set<string>()
    for (let i = 0; i < this.#headerCount * 4; i += 4) {
      names.add(this.#text.toString('latin1', this.#headers[i], this.#headers[i + 1]))
    }
    return names
  }

  #isSame(from: number, to: number, otherFrom: number, otherTo: number): boolean {
    if (to - from !== otherTo - otherFrom) return false
    const text = this.#text
    for (let i = from, j = otherFrom; i < to; i++, j++) if (text[i] !== text[j]) return false
    return true
  }

  #spells(from: number, word: string): boolean {
    for (let i = 0; i < word.length; i++) if (this.#text[from + i] !== word.charCodeAt(i)) return false
    return true
  }

  #writeHeaders(): void {
    this.#at = writeLong(this.#slab, this.#at, this.#headerCount)
    for (let i = 0; i < this.#headerCount * 4; i += 2) {
      this.#write(this.#headers[i] as number, this.#headers[i + 1] as number)
    }
  }

  // A range of the text with its length before it.
  #write(from: number, to: number): void {
    const slab = this.#slab
    const text = this.#text
    const length = to - from
    let at = this.#at
    if (length < 64) slab[at++] = length << 1
    else at = writeLong(slab, at, length)
    if (length <= SHORT) for (let i = from; i < to; i++) slab[at++] = text[i] as number
    else {
      text.copy(slab, at, from, to)
      at += length
    }
    this.#at = at
  }

  #makeRoom(bytes: number): void {
    if (this.#slab.length - this.#used >= bytes) return
    this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes))
    this.#used = 0
  }
}

function readNull(json: JsonText): undefined {
  const byte = json.peek()
  if (byte === OPEN_OBJECT || json.scalar()) throw json.wrong('A list of events is expected')
}

/** False for null. */
function readScalar(json: JsonText): boolean {
  const byte = json.peek()
  if (byte === OPEN_OBJECT || byte === OPEN_LIST) throw json.wrong('A text is expected, not an object or a list')
  return json.scalar()
}
