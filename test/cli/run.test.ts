import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { run } from '../../src/cli/run.ts'
import { flushLog } from '../../src/log.ts'

let said = ''
let printed = ''

beforeEach(() => {
  said = ''
  printed = ''
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text)
    return true
  })
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text)
    return true
  })
})
afterEach(() => {
  jest.restoreAllMocks()
})

async function status(...argv: string[]): Promise<number> {
  const code = await run(argv)
  flushLog()
  return code
}

test.each([[['help']], [['--help']], [['-h']]])('%j prints the usage', async (argv) => {
  expect(await status(...argv)).toBe(0)
  expect(printed).toMatch(/^Usage: bin\/flume-ng <command> \[options\]\.\.\.\n\ncommands:\n/)
  const words = ['agent', 'avro-client', 'receive', 'version', '--conf-file', '--name', '--no-reload-conf', '--dryrun']
  for (const word of words) expect(printed).toContain(word)
  expect(printed).not.toMatch(/\n\n\n/)
})

test.each([
  [['help', 'agent'], 'usage: flume-ng agent'],
  [['help', 'avro-client'], 'usage: flume-ng avro-client'],
  [['agent', '-n', 'a1', '--help'], 'usage: flume-ng agent'],
  [['agent', '-h'], 'usage: flume-ng agent'],
  [['org.apache.flume.node.Application', '-h'], 'usage: flume-ng agent'],
])('%j prints the usage of one command', async (argv, text) => {
  expect(await status(...argv)).toBe(0)
  expect(printed.startsWith(text)).toBe(true)
  expect(said).toBe('')
})

test.each([[['version']], [['--version']], [['org.apache.flume.tools.VersionInfo']]])('%j', async (argv) => {
  expect(await status(...argv)).toBe(0)
  expect(printed).toMatch(/^Flume 1\.11\.0 compatible: millrace \d+\.\d+\.\d+\n.*not Apache Flume/)
})

test.each([[[]], [['frobnicate']], [['help', 'frobnicate']], [['__proto__']]])('%j is no command', async (argv) => {
  expect(await status(...argv)).toBe(1)
  expect(said).toBe(`Error: Unknown or unspecified command '${argv.at(-1) ?? ''}'\n\n`)
  expect(printed).toContain('avro-client')
})

test('tool says that it is not there', async () => {
  expect(await status('tool', 'fcintegritytool', '-l', '/data')).toBe(1)
  expect(said).toContain('The tool command is not part of this version')
})

test.each([
  [['-c', 'conf', '-f', 'x'], 'Missing required option: n'],
  [['-n', 'a1'], 'No configuration was provided'],
  [['-n', 'a1', '-f', 'x', '--frobnicate'], 'Unrecognized option: --frobnicate'],
  [['-n', 'a1', '-f', 'x', '-c'], 'Option --conf requires an argument'],
  [['-n', 'a1', '-z', 'h:2181'], 'is not available yet'],
])('agent %j ends with status 1 and one sentence', async (words, reason) => {
  expect(await status('agent', ...words)).toBe(1)
  expect(said).toContain(`A fatal error occurred while running. `)
  expect(said).toContain(reason)
  expect(said.trim().split('\n')).toHaveLength(1)
})

test('node is agent, with a warning', async () => {
  expect(await status('node', '-h')).toBe(0)
  expect(said).toContain('"node" command is deprecated')
  expect(printed).toContain('usage: flume-ng agent')
})

test('a dry run prints the command line, quoted for a shell and without secrets', async () => {
  const words = [
    '-n',
    'a1',
    '-f',
    'my conf/x.conf',
    '-pwd',
    'hunter2',
    '--conf-password=hunter2',
    '-u',
    'http://me:hunter2@h/x',
  ]
  const more = ['-Djavax.net.ssl.keyStorePassword=hunter2', "-Da=it's"]
  expect(await status('agent', '-d', ...words, ...more, '--dryrun')).toBe(0)
  const mine = [process.execPath, process.argv[1]].join(' ')
  expect(printed.startsWith(`${mine} org.apache.flume.node.Application -n a1 -f 'my conf/x.conf' -pwd '`)).toBe(true)
  expect(printed).toContain(`'-Da=it'\\''s'`)
  expect(printed).not.toMatch(/hunter2|dryrun| -d /)
  expect(said).toContain('Dryrun mode enabled')
})

test('a dry run needs neither name nor file', async () => {
  expect(await status('agent', '-d')).toBe(0)
})
