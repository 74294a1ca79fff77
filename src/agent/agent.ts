// A running agent: starts channels, sinks and sources in this order, and stops them in the opposite one. Between the
// stop of the sources and that of the sinks, channels whose events would be lost are emptied into sinks that work.
import type { Channel } from '../component.ts'
import type { Plan } from '../config/planned.ts'
import { reasonOf } from '../errors.ts'
import { createLog, type Log } from '../log.ts'
import type { CounterGroup } from '../metrics/counters.ts'
import { buildAgent, type Parts } from './build.ts'
import { startSupervised } from './supervise.ts'

const LOOK_AGAIN_MS = 20

export class Agent {
  readonly name: string
  readonly counters: readonly CounterGroup[]
  readonly #parts: Parts
  readonly #log: Log
  readonly #halt = new AbortController()
  #stopping: Promise<void> | undefined
  #hurried = false

  private constructor(name: string, parts: Parts) {
    this.name = name
    this.counters = parts.counters
    this.#parts = parts
    this.#log = createLog(name, 'millrace.agent')
  }

  /**
   * Makes an agent of a plan; nothing runs yet. `origin` tells this configuration from others (the paths of its files),
   * for state that outlives a run.
   */
  static async build(plan: Plan, origin: string): Promise<Agent> {
    return new Agent(plan.agent, await buildAgent(plan, origin))
  }

  /** Resolves when every component has been started or, where that failed, is tried again every 3 s. */
  async start(): Promise<void> {
    const { channels, sinks, sources } = this.#parts
    const { signal } = this.#halt
    for (const [name, channel] of channels) {
      await startSupervised(channel, { title: `channel ${name}`, log: this.#log }, signal, () => {})
    }
    await Promise.all(sinks.map((sink) => sink.start()))
    await Promise.all(sources.map((source) => source.start()))
  }

  /** What it consists of: `1 source, 1 channel, 1 sink`. */
  get summary(): string {
    const { sources, channels } = this.#parts
    const sinks = this.counters.filter((group) => group.kind === 'sink').length
    return [plural(sources.length, 'source'), plural(channels.size, 'channel'), plural(sinks, 'sink')].join(', ')
  }

  /** Stops in order; safe twice. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  /** Ends the draining of a stop that is under way. */
  hurry(): void {
    this.#hurried = true
  }

  async #stop(): Promise<void> {
    const { channels, sinks, sources } = this.#parts
    this.#halt.abort()
    await Promise.all(sources.map((source) => source.stop()))
    await Promise.all([...channels].map(([name, channel]) => this.#drain(name, channel)))
    await Promise.all(sinks.map((sink) => sink.stop()))
    for (const [name, channel] of channels) {
      try {
        await channel.stop?.()
      } catch (error) {
        this.#log.error(`Channel ${name} did not stop cleanly: ${reasonOf(error)}`)
      }
    }
  }

  // Waits until sinks have emptied a channel, as long as one of them works. Sinks that pause after a failure get one more
  // attempt: the receiver may be back.
  async #drain(name: string, channel: Channel): Promise<void> {
    const sinks = this.#parts.sinks.filter((sink) => sink.drains(name))
    const waitMs = channel.drainMs ?? 0
    const left = channel.depth() ?? 0
    if (waitMs === 0 || left === 0 || sinks.length === 0) return
    this.#log.info(`Channel ${name} holds ${left} events: delivering them for up to ${waitMs / 1000} s.`)
    const attempts = new Map(sinks.map((sink) => [sink, sink.failures]))
    for (const sink of sinks) sink.retryNow()
    const dead = () => sinks.every((sink) => sink.failing && sink.failures > (attempts.get(sink) ?? 0))
    const end = Date.now() + waitMs
    while ((channel.depth() ?? 0) > 0 && Date.now() < end && !this.#hurried && !dead()) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
    }
  }
}

function plural(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
