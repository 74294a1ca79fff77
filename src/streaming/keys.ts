// Keys are compared by value, as Spark compares them: numbers, texts and the like as a Map does (1 is not '1', NaN is NaN),
// and arrays, plain objects, Maps, Sets, Dates and bytes by what they hold, whatever the order of an object's fields.
// Instances of other classes and functions are only equal to themselves.

interface Cell<K, V> {
  readonly key: K
  value: V
}

/** A map that finds keys by value and remembers the order in which they came. */
export class KeyMap<K, V> {
  readonly #cells = new Map<unknown, Cell<K, V>>()

  get size(): number {
    return this.#cells.size
  }

  find(key: K): Cell<K, V> | undefined {
    return this.#cells.get(indexOf(key))
  }

  set(key: K, value: V): void {
    const index = indexOf(key)
    const cell = this.#cells.get(index)
    if (cell) cell.value = value
    else this.#cells.set(index, { key, value })
  }

  delete(key: K): void {
    this.#cells.delete(indexOf(key))
  }

  cells(): IterableIterator<Cell<K, V>> {
    return this.#cells.values()
  }

  /** A pair per key, in arrays of their own. */
  pairs(): [K, V][] {
    return Array.from(this.#cells.values(), ({ key, value }): [K, V] => [key, value])
  }
}

// A Map can index most keys as they are. The others go by a text that starts with NUL; so do texts that do.
function indexOf(key: unknown): unknown {
  if (typeof key === 'string') return key.startsWith('\0') ? `\0${describe(key, [])}` : key
  return typeof key === 'object' && key !== null ? `\0${describe(key, [])}` : key
}

function describe(value: unknown, within: readonly object[]): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'object' && value !== null) return describeObject(value, within)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return identityOf(value)
  if (typeof value === 'symbol') return symbolOf(value)
  return value === 0 ? '0' : String(value)
}

function describeObject(value: object, within: readonly object[]): string {
  if (within.includes(value)) throw new TypeError('A key cannot contain itself.')
  const inner = [...within, value]
  const all = (values: Iterable<unknown>) => Array.from(values, (one) => describe(one, inner))
  if (Array.isArray(value)) return `[${all(value).join()}]`
  if (value instanceof Date) return `date ${value.getTime()}`
  if (value instanceof Uint8Array)
    return `bytes ${Buffer.from(value.buffer, value.byteOffset, value.length).toString('hex')}`
  if (value instanceof Map) return `map{${all(value).sort().join()}}`
  if (value instanceof Set) return `set{${all(value).sort().join()}}`
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return `{${all(Object.entries(value)).sort().join()}}`
  return identityOf(value)
}

function symbolOf(value: symbol): string {
  const name = Symbol.keyFor(value)
  return name === undefined ? identityOf(value) : `symbol ${JSON.stringify(name)}`
}

const identities = new WeakMap<WeakKey, number>()
let lastIdentity = 0

function identityOf(value: WeakKey): string {
  let identity = identities.get(value)
  if (identity === undefined) {
    identity = ++lastIdentity
    identities.set(value, identity)
  }
  return `#${identity}`
}
