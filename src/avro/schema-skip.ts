// Walking over one value that is written by a peer's schema, without building anything. The bytes and the schema may be
// hostile: every step is counted against a budget, so that values of no bytes in arrays that claim 2^60 of them, records
// nested in records and schemas that refer to themselves cost no more than an honest request.
import { after, readLong, skipBytes } from './binary.ts'
import type { Schema } from './schema.ts'

const MAX_DEPTH = 100

/** Steps left for the request in hand. */
export interface StepBudget {
  left: number
}

/** A budget that suits any honest request of that many bytes. */
export function stepBudget(bytes: number): StepBudget {
  return { left: 1000 + bytes * 4 }
}

/** The place after the value, or -1 when it is malformed, cut at `end` or out of budget. */
export function skipValue(schema: Schema, buffer: Buffer, at: number, end: number): number {
  return new Walk(buffer, end, stepBudget(end - at)).skip(schema, at)
}

/** Walks over values of one request. */
export class Walk {
  readonly #buffer: Buffer
  readonly #end: number
  readonly #budget: StepBudget
  #depth = 0

  constructor(buffer: Buffer, end: number, budget: StepBudget) {
    this.#buffer = buffer
    this.#end = end
    this.#budget = budget
  }

  /** The place after the value at `at`, or -1. */
  skip(schema: Schema, at: number): number {
    if (at < 0 || --this.#budget.left < 0 || this.#depth > MAX_DEPTH) return -1
    switch (schema.kind) {
      case 'null':
        return at
      case 'boolean':
        return this.#fixed(at, 1)
      case 'float':
        return this.#fixed(at, 4)
      case 'double':
        return this.#fixed(at, 8)
      case 'fixed':
        return this.#fixed(at, schema.size)
      case 'int':
      case 'long':
      case 'enum':
        return Number.isNaN(readLong(this.#buffer, at, this.#end)) ? -1 : after()
      case 'bytes':
      case 'string':
        return skipBytes(this.#buffer, at, this.#end)
      default:
        return this.#nested(schema, at)
    }
  }

  /** Calls `each` for every item of the array or map at `at`; it gives the place after the item. -1 ends the walk. */
  blocks(at: number, each: (at: number) => number): number {
    let place = at
    while (place >= 0) {
      let count = readLong(this.#buffer, place, this.#end)
      if (Number.isNaN(count)) return -1
      place = after()
      if (count === 0) return place
      if (count < 0) {
        count = -count
        if (!(readLong(this.#buffer, place, this.#end) >= 0)) return -1
        place = after()
      }
      for (; count > 0 && place >= 0; count--) place = --this.#budget.left < 0 ? -1 : each(place)
    }
    return -1
  }

  #nested(schema: Schema, at: number): number {
    this.#depth++
    const place = this.#skipNested(schema, at)
    this.#depth--
    return place
  }

  #skipNested(schema: Schema, at: number): number {
    switch (schema.kind) {
      case 'array':
        return this.blocks(at, (place) => this.skip(schema.items, place))
      case 'map':
        return this.blocks(at, (place) => this.skip(schema.items, skipBytes(this.#buffer, place, this.#end)))
      case 'record': {
        let place = at
        for (const field of schema.fields) place = this.skip(field.schema, place)
        return place
      }
      case 'union': {
        const branch = schema.branches[readLong(this.#buffer, at, this.#end)]
        return branch === undefined ? -1 : this.skip(branch, after())
      }
      default:
        return -1
    }
  }

  #fixed(at: number, size: number): number {
    return size <= this.#end - at ? at + size : -1
  }
}
