import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { agentOptions } from '../../src/cli/agent-command.ts'
import { normalise } from '../../src/cli/normalise.ts'
import { readOptionDefaults } from '../../src/cli/option-defaults.ts'
import { AGENT } from '../../src/cli/option-tables.ts'
import { parse } from '../../src/cli/parse.ts'

const NOWHERE = '/nonexistent/flume.opts'

async function optionsOf(...words: string[]) {
  return agentOptions(await parse(AGENT.options, normalise(AGENT.options, words)), new Map(), words)
}

async function withDefaults(text: string, ...words: string[]) {
  const dir = mkdtempSync(join(tmpdir(), 'opts-'))
  writeFileSync(join(dir, 'flume.opts'), text)
  const { given, warnings } = await readOptionDefaults(AGENT.options, dir, NOWHERE)
  const parsed = await parse(AGENT.options, normalise(AGENT.options, words), given)
  return { ...agentOptions(parsed, new Map(), words), warnings }
}

describe('agent options', () => {
  test('all that was given arrives', async () => {
    const words = ['-n', 'a1', '-f', 'x', '-f', 'y', '-c', 'conf', '-i', '5', '--no-reload-conf', '-b', 'back']
    const { options, problem } = await optionsOf(...words)
    expect(problem).toBeUndefined()
    expect(options).toMatchObject({
      name: 'a1',
      confFiles: ['x', 'y'],
      confUris: [],
      confDir: 'conf',
      pollIntervalSeconds: 5,
      reload: false,
      backupDirectory: 'back',
      dryRun: false,
      argv: words,
    })
  })

  test('without options for it the configuration is watched at the default interval', async () => {
    const { options } = await optionsOf('-n', 'a1', '-f', 'x', '-i', '0')
    expect(options).toMatchObject({ reload: true, pollIntervalSeconds: undefined })
  })

  test('the first name counts, and the last conf directory', async () => {
    const { options } = await optionsOf('-n', 'a1', '-n', 'a2', '-f', 'x', '-c', 'one', '-c', 'two')
    expect(options).toMatchObject({ name: 'a1', confDir: 'two' })
  })

  test('a name that looks like a number stays as it is', async () => {
    expect((await optionsOf('-n', '007', '-f', '1e3')).options).toMatchObject({ name: '007', confFiles: ['1e3'] })
  })

  test.each([
    ['file:///etc/a%20b.conf', '/etc/a b.conf'],
    ['file:/etc/x.conf', '/etc/x.conf'],
    ['FILE:/etc/x.conf', '/etc/x.conf'],
    ['file:conf/x.conf', 'conf/x.conf'],
    ['conf/x.conf', 'conf/x.conf'],
    ['C:\\conf\\x.conf', 'C:\\conf\\x.conf'],
  ])('--conf-uri %s is the file %s', async (uri, file) => {
    const { options, problem } = await optionsOf('-n', 'a1', '-u', uri, '-f', 'ignored.conf')
    expect({ files: options.confFiles, problem }).toEqual({ files: [file], problem: undefined })
  })

  test.each([
    [['-f', 'x'], 'Missing required option: n'],
    [['-n', '', '-f', 'x'], 'Missing required option: n'],
    [['-n', 'a1'], 'No configuration was provided'],
    [['-n', 'a1', '-f', 'x', '-i', 'soon'], '--poll-interval takes a whole number of seconds, which soon is not'],
    [['-n', 'a1', '-f', 'x', '-i', '-1'], 'which -1 is not'],
    [['-n', 'a1', '-z', 'h:2181'], 'ZooKeeper (--zkConnString) is not available yet'],
    [['-n', 'a1', '-u', 'http://me:secret@h/x'], 'A configuration from http: (--conf-uri) is not available yet'],
    [['-n', 'a1', '-u', 'file://elsewhere/x'], 'file://elsewhere/x is not the URI of a file on this machine'],
  ])('%j cannot run', async (words, reason) => {
    const { problem } = await optionsOf(...words)
    expect(problem).toContain(reason)
    expect(problem).not.toContain('secret')
  })
})

describe('flume.opts', () => {
  test('gives defaults by short and long names, and the command line wins', async () => {
    const text = 'n = a9\nconf-file = from.opts\nno-reload-conf = TRUE\n'
    expect((await withDefaults(text, '-n', 'a1')).options).toMatchObject({
      name: 'a1',
      confFiles: ['from.opts'],
      reload: false,
    })
  })

  test('a flag is set by yes, true and 1 only, and an unknown key is a warning', async () => {
    const { options, warnings } = await withDefaults('no-reload-conf = off\ncolour = red\n', '-n', 'a1', '-f', 'x')
    expect(options.reload).toBe(true)
    expect(warnings).toEqual([expect.stringContaining('colour is not an option')])
  })

  test('the file of the system is preferred, and none at all is fine', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'opts-'))
    const system = join(dir, 'system.opts')
    writeFileSync(system, 'name = system\n')
    writeFileSync(join(dir, 'flume.opts'), 'name = local\n')
    expect((await readOptionDefaults(AGENT.options, dir, system)).given).toMatchObject([{ value: 'system' }])
    expect(await readOptionDefaults(AGENT.options, undefined, NOWHERE)).toEqual({ given: [], warnings: [] })
  })
})
