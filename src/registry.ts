// All types of components, by kind. Definitions are loaded when a configuration uses them, because loading all would
// double the time from start to the first event.
import { channels } from './channels/index.ts'
import type { Definition, Listing } from './component.ts'
import { deserializers } from './deserializers/index.ts'
import { interceptors } from './interceptors/index.ts'
import type { Kind } from './kinds.ts'
import { processors } from './processors/index.ts'
import { selectors } from './selectors/index.ts'
import { serializers } from './serializers/index.ts'
import { sinks } from './sinks/index.ts'
import { sources } from './sources/index.ts'

export const LISTINGS: Readonly<Record<Kind, readonly Listing[]>> = {
  source: sources,
  channel: channels,
  sink: sinks,
  interceptor: interceptors,
  selector: selectors,
  processor: processors,
  serializer: serializers,
  deserializer: deserializers,
}

/** The listing of a type: an alias in any letter case, or a Java class name (Flume compares both ignoring case). */
export function findType(kind: Kind, type: string): Listing | undefined {
  const wanted = type.toLowerCase()
  return LISTINGS[kind].find(
    (listing) =>
      listing.type.toLowerCase() === wanted || listing.aliases.some((alias) => alias.toLowerCase() === wanted),
  )
}

/** The definitions that were loaded for one configuration; what planning looks types up in. */
export class Definitions {
  readonly #loaded = new Map<string, Definition>()

  /** Loads the definition of a type, if there is one. */
  async load(kind: Kind, type: string): Promise<Definition | undefined> {
    const known = this.get(kind, type)
    if (known) return known
    const definition = await findType(kind, type)?.load()
    if (definition) this.#loaded.set(keyOf(kind, type), definition)
    return definition
  }

  /** Adds a definition that is no type of its own in configurations. */
  add(definition: Definition): void {
    this.#loaded.set(keyOf(definition.kind, definition.type), definition)
  }

  /** All types of a kind by their short names. */
  typesOf(kind: Kind): readonly string[] {
    return LISTINGS[kind].map((listing) => listing.type)
  }

  get(kind: Kind, type: string): Definition | undefined {
    return this.#loaded.get(keyOf(kind, type))
  }
}

function keyOf(kind: Kind, type: string): string {
  return `${kind} ${type.toLowerCase()}`
}
