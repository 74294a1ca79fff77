// An agent inside a program (Flume 1.11, EmbeddedAgent): the program is its source. Property names, states and texts are
// Flume's. Different on purpose: an agent may be started again after a stop, and a stop drains the channel.
import { Agent } from '../agent/agent.ts'
import { batchOf } from '../batch.ts'
import { defineSource, type SourceContext } from '../component.ts'
import { loadDefinitions } from '../config/load-definitions.ts'
import { planAgent } from '../config/plan.ts'
import type { Plan } from '../config/planned.ts'
import type { Problem } from '../config/problem.ts'
import { settingsOf } from '../config/settings.ts'
import { ConfigurationError, EventDeliveryError, FlumeError, reasonOf } from '../errors.ts'
import type { Event } from '../event.ts'
import { createLog } from '../log.ts'
import { agentProperties, EMBEDDED_SOURCE_CLASS } from './embedded-properties.ts'

export class EmbeddedAgent {
  readonly #name: string
  #state: 'NEW' | 'STOPPED' | 'STARTING' | 'STARTED' = 'NEW'
  #stopped: Promise<void> = Promise.resolve()
  #plan: Plan | undefined
  #agent: Agent | undefined
  #source: SourceContext | undefined

  constructor(name: string) {
    this.#name = name
  }

  /**
   * Takes the agent's properties, such as `channel.type`, `sinks`, `k1.type`, `k1.hostname`, `processor.type`. Rejects
   * with ConfigurationError when they cannot be used.
   */
  async configure(properties: Readonly<Record<string, string>> | ReadonlyMap<string, string>): Promise<void> {
    if (this.#isUp()) throw illegal('Cannot be configured while started')
    const given = properties instanceof Map ? properties : new Map(Object.entries(properties))
    const settings = settingsOf(agentProperties(this.#name, given))
    const name = this.#name.replace(/\s+/g, '')
    const definitions = await loadDefinitions(settings.agents.get(name), [this.#sourceDefinition()])
    const { plan, problems } = planAgent(settings, name, definitions)
    const errors = problems.filter((problem) => problem.severity === 'error')
    if (errors.length > 0 || plan === undefined) throw new ConfigurationError(errors.map(sentenceOf).join(' '))
    if (this.#isUp()) throw illegal('Cannot be configured while started')
    const log = createLog(name, 'millrace.embedded')
    for (const problem of problems) log.warn(sentenceOf(problem))
    this.#plan = plan
    this.#state = 'STOPPED'
  }

  /** Starts channel, sinks and source; sinks that cannot reach their next hop go on trying. */
  async start(): Promise<void> {
    if (this.#isUp()) throw illegal('Cannot be started while started')
    if (this.#plan === undefined) throw illegal('Cannot be started before being configured')
    this.#state = 'STARTING'
    try {
      // What a stop that is under way keeps on disk is taken over by this start.
      await this.#stopped
      const agent = await Agent.build(this.#plan, `embedded in ${process.cwd()}`)
      await agent.start()
      this.#agent = agent
      this.#state = 'STARTED'
    } catch (error) {
      this.#state = 'STOPPED'
      throw error
    }
  }

  /** Puts one event into the channel; rejects with EventDeliveryError when it does not take it. */
  put(event: Event): Promise<void> {
    return this.putAll([event])
  }

  /** Puts events in one transaction: all or none. */
  async putAll(events: Iterable<Event>): Promise<void> {
    if (this.#state !== 'STARTED' || this.#source === undefined) throw illegal('Cannot put events unless started')
    try {
      await this.#source.deliver(batchOf(events))
    } catch (error) {
      const text = `Embedded agent ${this.#name}: Unable to process event: ${reasonOf(error)}`
      throw new EventDeliveryError(text, { cause: error })
    }
  }

  /** Stops the source, drains the channel within its drain time, stops the rest. */
  async stop(): Promise<void> {
    if (this.#state !== 'STARTED') throw illegal('Cannot be stopped unless started')
    this.#state = 'STOPPED'
    this.#source = undefined
    const agent = this.#agent
    this.#agent = undefined
    this.#stopped = agent?.stop() ?? Promise.resolve()
    await this.#stopped
  }

  #isUp(): boolean {
    return this.#state === 'STARTING' || this.#state === 'STARTED'
  }

  #sourceDefinition() {
    return defineSource({
      type: 'embedded',
      aliases: [EMBEDDED_SOURCE_CLASS],
      summary: 'The program that embeds the agent.',
      options: {},
      create: (_, context) => {
        this.#source = context
        return {}
      },
    })
  }
}

function sentenceOf({ message, hint }: Problem): string {
  return hint === undefined ? message : `${message} ${hint}`
}

function illegal(text: string): FlumeError {
  return new FlumeError('ILLEGAL_STATE', text)
}
