// The agent's process as others see it, and the command wherever it is called from.
import { readFileSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { serving } from '../rpc/serving.ts'
import { eventually } from '../support/eventually.ts'
import { flumeNg, HAS_PROC, marked, ownHome, type Settings, start } from '../support/processes.ts'
import { flow, written } from './flow.ts'

const WITH_PROC = HAS_PROC ? test : test.skip
const FIVE = { source: 'seq', more: ['r1.totalEvents = 5'] }

describe('the process of an agent', () => {
  WITH_PROC('shows Flume’s class and its words, and is the one that was started', async () => {
    const { port } = await serving()
    const running = flumeNg(['agent', '-n', 'a1', '-c', 'conf', '-f', written('a.conf', flow({ port, ...FIVE }))])
    await running.says(/a1 is running/)
    const words = readFileSync(`/proc/${running.pid}/cmdline`, 'utf8').split('\0')
    expect(words).toContain('org.apache.flume.node.Application')
    expect(words[words.indexOf('-n') + 1]).toBe('a1')
    expect(words.join(' ')).toMatch(/ org\.apache\.flume\.node\.Application -n a1 /)
    expect(marked()).toEqual([running.pid])
  })
})

describe('flume-ng runs an agent', () => {
  const places: readonly (readonly [string, () => { command: string; words?: string[]; settings?: Settings }])[] = [
    [
      'through a link, from another directory, with a relative configuration',
      () => {
        const link = join(ownHome(), 'flume')
        symlinkSync(resolve('bin/flume-ng'), link)
        return { command: link, settings: { cwd: ownHome() } }
      },
    ],
    [
      'when FLUME_HOME is the one of another installation',
      () => ({ command: resolve('bin/flume-ng'), settings: { cwd: ownHome(), env: { FLUME_HOME: '/opt/flume' } } }),
    ],
    [
      'with options for a Java machine in FLUME_JAVA_OPTS and among its words',
      () => ({
        command: resolve('bin/flume-ng'),
        words: ['-Xmx2g', '-Dflume.root.logger=INFO,console'],
        settings: { cwd: ownHome(), env: { FLUME_JAVA_OPTS: '-Xmx1g -Xms100m' } },
      }),
    ],
  ]

  test.each(places)('%s', async (_, place) => {
    const receiver = await serving()
    written('a.conf', flow({ port: receiver.port, ...FIVE }))
    const { command, words = [], settings } = place()
    const running = start(command, ['agent', '-n', 'a1', '-f', 'a.conf', ...words], settings)
    await eventually(() => receiver.bodies().length === 5)
    expect(await running.stop()).toBe(143)
    expect(receiver.bodies()).toEqual(['0', '1', '2', '3', '4'])
    expect(running.err()).not.toMatch(/WARN|ERROR|Xm/)
  })
})
