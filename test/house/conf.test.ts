// Every configuration that is shipped can be run as it is: it is planned for agent a1 without an error or a warning.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { planFiles } from '../../src/config/configure.ts'
import { formatProblem } from '../../src/config/problem.ts'

const files = readdirSync('conf').filter((name) => /\.(?:properties|conf)$/.test(name))
const world = { system: new Map<string, string>(), env: {}, now: new Date(0) }

describe('the configurations of conf/', () => {
  test('are there', () => {
    expect(files).toEqual(expect.arrayContaining(['flume-conf.properties', 'quickstart.conf']))
  })

  test.each(files)('%s is planned without any problem', async (file) => {
    const { plan, problems } = await planFiles([join('conf', file)], 'a1', world)
    expect(problems.map(formatProblem)).toEqual([])
    expect(plan?.sources.length).toBeGreaterThan(0)
    expect(plan?.channels.length).toBeGreaterThan(0)
    expect(plan?.sinks.length).toBeGreaterThan(0)
  })
})
