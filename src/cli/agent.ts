// Runs an agent in this process: configuration, start, signals, stop. An agent that its files do not define yet waits for
// them to do so, as in Flume (Application, UriConfigurationProvider).
import { resolve } from 'node:path'
import { Agent } from '../agent/agent.ts'
import { limitProcessMemory } from '../channels/memory-budget.ts'
import { planFiles } from '../config/configure.ts'
import type { World } from '../config/interpolate.ts'
import type { Plan, Planning } from '../config/planned.ts'
import { formatProblem, summarise } from '../config/problem.ts'
import { watchFiles } from '../config/source.ts'
import { ConfigurationError, reasonOf } from '../errors.ts'
import { createLog, type Log } from '../log.ts'
import type { AgentOptions } from './agent-options.ts'
import { fatal } from './fatal.ts'
import { startMonitoring } from './monitoring.ts'
import { catchSignals, type Signals } from './signals.ts'

const DEFAULT_POLL_SECONDS = 30
const BUDGET = 'millrace.memoryBudgetBytes'

/** Resolves with the exit status when the agent has been stopped by a signal, or could not begin. */
export async function runAgent(options: AgentOptions): Promise<number> {
  const signals = catchSignals()
  const log = createLog(options.name, 'org.apache.flume.node.Application')
  limitMemory(options.system.get(BUDGET), log)
  // Idle components must not let the process end.
  const alive = setInterval(() => {}, 1 << 30)
  try {
    const plan = await firstPlan(options, log, signals)
    if (plan === undefined) return (await signals.first).status
    return await runPlan(plan, options, log, signals)
  } catch (error) {
    if (error instanceof ConfigurationError) return fatal(error)
    throw error
  } finally {
    clearInterval(alive)
  }
}

function limitMemory(text: string | undefined, log: Log): void {
  if (text === undefined) return
  const bytes = Number(text)
  if (Number.isSafeInteger(bytes) && bytes > 0) limitProcessMemory(bytes)
  else log.warn(`-D${BUDGET} takes a number of bytes, which ${text} is not. Half of the memory is the budget.`)
}

async function runPlan(plan: Plan, options: AgentOptions, log: Log, signals: Signals): Promise<number> {
  const agent = await Agent.build(plan, options.confFiles.map((file) => resolve(file)).join('\n'))
  const monitoring = await startMonitoring(options.system, () => agent.counters)
  await agent.start()
  log.info(`${agent.name} is running: ${agent.summary} (${(performance.now() / 1000).toFixed(2)} s)`)
  const watch = options.reload ? tellChanges(options, log) : undefined
  const { signal, status } = await signals.first
  void watch?.close()
  log.info(`${signal}: ${agent.name} is stopping.`)
  signals.onSecond(() => agent.hurry())
  await agent.stop()
  await monitoring?.close()
  log.info(`${agent.name} has stopped.`)
  return status
}

// Flume would take the changed file over. Whoever edits it must at least hear that nothing happened.
function tellChanges({ confFiles, pollIntervalSeconds }: AgentOptions, log: Log): { close(): Promise<void> } {
  return watchFiles(confFiles, pollIntervalSeconds ?? DEFAULT_POLL_SECONDS, async () => {
    log.warn('The configuration has changed. This version does not reload it: restart the agent.')
  })
}

/** The plan, as soon as the files define one; undefined when a signal came first. */
async function firstPlan(options: AgentOptions, log: Log, signals: Signals): Promise<Plan | undefined> {
  const planning = await planNow(options)
  report(planning, log)
  if (planning.plan) return planning.plan
  const files = options.confFiles.join(', ')
  if (!options.reload) throw new ConfigurationError(`${files} gives agent ${options.name} nothing to run.`)
  log.warn(`Agent ${options.name} waits for ${files} to define it.`)
  return changedPlan(options, log, signals)
}

function changedPlan(options: AgentOptions, log: Log, signals: Signals): Promise<Plan | undefined> {
  return new Promise((found) => {
    const end = (plan?: Plan) => {
      void watch.close()
      found(plan)
    }
    const seconds = options.pollIntervalSeconds ?? DEFAULT_POLL_SECONDS
    const watch = watchFiles(options.confFiles, seconds, async () => {
      try {
        const planning = await planNow(options)
        report(planning, log)
        if (planning.plan) end(planning.plan)
      } catch (error) {
        log.error(reasonOf(error))
      }
    })
    void signals.first.then(() => end())
  })
}

function planNow({ confFiles, name, system }: AgentOptions): Promise<Planning> {
  const world: World = { system, env: process.env, now: new Date() }
  return planFiles(confFiles, name, world)
}

function report({ plan, problems }: Planning, log: Log): void {
  for (const problem of problems) {
    if (problem.severity === 'error') log.error(formatProblem(problem))
    else log.warn(formatProblem(problem))
  }
  if (problems.length > 0) log.warn(summarise(problems, plan !== undefined))
}
