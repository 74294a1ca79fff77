// A plan: what an agent will consist of, as plain values. Planning makes it out of settings without any effect.
import type { Definition } from '../component.ts'
import type { Kind } from '../kinds.ts'
import type { Problem } from './problem.ts'

/** A component whose options are read and found good. */
export interface Planned<K extends Kind = Kind> {
  readonly kind: K
  readonly name: string
  readonly definition: Definition<K>
  /** Typed values by option name; component options hold a PlannedPart. */
  readonly options: Readonly<Record<string, unknown>>
}

/** A component inside a component, such as a sink's serializer. */
export class PlannedPart {
  readonly planned: Planned
  constructor(planned: Planned) {
    this.planned = planned
  }
}

export interface PlannedSource extends Planned<'source'> {
  readonly channels: readonly string[]
  readonly interceptors: readonly Planned<'interceptor'>[]
  readonly selector: Planned<'selector'>
}

export interface PlannedSink extends Planned<'sink'> {
  readonly channel: string
}

export interface PlannedGroup {
  readonly name: string
  readonly sinks: readonly string[]
  readonly processor: Planned<'processor'>
}

export interface Plan {
  readonly agent: string
  readonly channels: readonly Planned<'channel'>[]
  readonly sources: readonly PlannedSource[]
  readonly sinks: readonly PlannedSink[]
  /** Every sink is in exactly one group; those that the file leaves alone are in a group of their own name. */
  readonly groups: readonly PlannedGroup[]
}

export interface Planning {
  /** Undefined when the file defines no agent of that name, or nothing of it can run. */
  readonly plan: Plan | undefined
  readonly problems: readonly Problem[]
}
