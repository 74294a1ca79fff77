// Whole agents in this process, from the text of a properties file.
import { Agent } from '../../src/agent/agent.ts'
import { loadDefinitions } from '../../src/config/load-definitions.ts'
import { planAgent } from '../../src/config/plan.ts'
import { formatProblem } from '../../src/config/problem.ts'
import { parseProperties } from '../../src/config/properties.ts'
import { settingsOf } from '../../src/config/settings.ts'

/** A built agent that is not started; throws when the text has an error. */
export async function agentOf(text: string, origin = 'test', name = 'a1'): Promise<Agent> {
  const settings = settingsOf(parseProperties(Buffer.from(text, 'latin1'), 'test.conf').properties)
  const { plan, problems } = planAgent(settings, name, await loadDefinitions(settings.agents.get(name)))
  const errors = problems.filter((problem) => problem.severity === 'error')
  if (errors.length > 0 || !plan) throw new Error(errors.map(formatProblem).join('\n'))
  return Agent.build(plan, origin)
}
