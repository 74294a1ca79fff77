// The command as it is installed: bin/flume-ng over a build in a home of its own.
import { spawn, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Batch } from '../../src/batch.ts'
import { serveRpc } from '../../src/rpc/server.ts'
import { recordingLog } from '../support/context.ts'

let home: string
let command: string

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'built-'))
  spawnSync(process.execPath, [resolve('scripts/build.mjs'), join(home, 'lib')])
  symlinkSync(resolve('node_modules'), join(home, 'node_modules'))
  mkdirSync(join(home, 'bin'))
  copyFileSync('package.json', join(home, 'package.json'))
  copyFileSync('bin/flume-ng', join(home, 'bin', 'flume-ng'))
  command = join(home, 'bin', 'flume-ng')
})
afterAll(() => {
  rmSync(home, { recursive: true, force: true })
})

const run = (...words: string[]) => spawnSync(command, words, { cwd: home, encoding: 'utf8' })

test('version is that of the package', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  expect(run('version').stdout.split('\n')[0]).toBe(`Flume 1.11.0 compatible: millrace ${version}`)
})

test('an unknown command ends with status 1, its complaint on one side and the usage on the other', () => {
  const { status, stdout, stderr } = run('frobnicate')
  expect([status, stderr]).toEqual([1, "Error: Unknown or unspecified command 'frobnicate'\n\n"])
  expect(stdout).toContain('avro-client')
})

test('a reader that goes away is no failure', () => {
  const { stderr, status } = spawnSync('sh', ['-c', `"${command}" help | true; exit 0`], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
})

test('a Node that is too old is told in one sentence', () => {
  const old = join(home, 'old.cjs')
  writeFileSync(old, "Object.defineProperty(process, 'versions', { value: { node: '20.18.3' } })")
  const { status, stderr } = spawnSync(process.execPath, ['-r', old, join(home, 'lib/cli/main.js'), 'version'], {
    encoding: 'utf8',
  })
  expect(status).toBe(1)
  expect(stderr).toMatch(/^Error: millrace needs Node\.js 20\.19 or newer, but .* is 20\.18\.3\..*\n$/)
})

test('a fatal sentence is on the terminal although the log goes to a file', () => {
  const words = ['-n', 'a1', '-f', 'no/such/file.conf', '-Dflume.root.logger=INFO,LOGFILE', '-Dflume.log.dir=logs']
  const { status, stderr } = run('agent', ...words)
  expect(status).toBe(1)
  expect(stderr).toMatch(/^A fatal error occurred while running\. .*\n$/)
  expect(existsSync(join(home, 'logs', 'flume.log'))).toBe(true)
})

describe('avro-client', () => {
  const received: string[][] = []
  let port: number
  let close: () => Promise<void>

  beforeAll(async () => {
    const take = async (batch: Batch) => {
      received.push([...batch].map((event) => event.body.toString('utf8')))
    }
    const server = await serveRpc({ host: '127.0.0.1', port: 0, handler: take, log: recordingLog() })
    port = server.port
    close = () => server.close()
  })
  afterAll(() => close())

  async function pipe(input: string, ...words: string[]) {
    received.length = 0
    const child = spawn(command, ['avro-client', ...words], { stdio: ['pipe', 'pipe', 'pipe'] })
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    child.stdin.end(input)
    const status = await new Promise((ended) => child.on('close', ended))
    return { status, said }
  }

  test('sends standard input in batches of five and ends', async () => {
    const lines = Array.from({ length: 12 }, (_, i) => `line ${i} \u00fc`)
    const { status, said } = await pipe(lines.join('\r\n'), '-H', '127.0.0.1', '-p', String(port))
    expect([status, said]).toEqual([0, ''])
    expect(received.map((batch) => batch.length)).toEqual([5, 5, 2])
    expect(received.flat()).toEqual(lines)
  })

  test('takes an RPC properties file and a file of headers', async () => {
    const props = join(home, 'rpc.properties')
    writeFileSync(props, `hosts = h1\nhosts.h1 = 127.0.0.1:${port}\nbatch-size = 3\n`)
    expect((await pipe('1\n2\n3\n4\n', '--rpcProps', props)).status).toBe(0)
    expect(received).toEqual([['1', '2', '3'], ['4']])
  })
})

test('nobody at the port is logged, with status 0 as in Flume', () => {
  const { status, stderr } = spawnSync(command, ['avro-client', '-H', '127.0.0.1', '-p', '1'], {
    encoding: 'utf8',
    input: 'x',
  })
  expect(status).toBe(0)
  expect(stderr).toContain('Unable to open connection to Flume')
})
