// `flume-ng receive` as a process of its own, over a build in a folder of its own.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { batchOf } from '../../src/batch.ts'
import { ECHO_MS } from '../../src/cli/signals.ts'
import { createEvent } from '../../src/event.ts'
import { eventually } from '../support/eventually.ts'
import { batch, cleanUps, senderTo } from './receiving.ts'

let home: string
let main: string

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'receive-'))
  spawnSync(process.execPath, [resolve('scripts/build.mjs'), join(home, 'lib')])
  symlinkSync(resolve('node_modules'), join(home, 'node_modules'))
  writeFileSync(join(home, 'package.json'), readFileSync('package.json'))
  main = join(home, 'lib', 'cli', 'main.js')
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

const run = (...words: string[]) => spawnSync(process.execPath, [main, 'receive', ...words], { encoding: 'utf8' })

interface Running {
  readonly child: ChildProcess
  readonly port: number
  stdout(): string
  stderr(): string
  /** Resolves with the exit status. */
  readonly ended: Promise<number | null>
}

/** Starts the command and waits until it listens. */
async function started(...words: string[]): Promise<Running> {
  const child = spawn(process.execPath, [main, 'receive', '--port', '0', ...words])
  cleanUps.push(async () => child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const port = await eventually(() => Number(/:(\d+),/.exec(stderr)?.[1]), 'the listening line')
  return { child, port, stdout: () => stdout, stderr: () => stderr, ended }
}

describe('the words', () => {
  test('--help is one screen with an example', () => {
    const { stdout, stderr, status } = run('--help')
    expect([stderr, status]).toEqual(['', 0])
    expect(stdout).toContain('flume-ng receive --port 4444 ')
    expect(stdout.split('\n').length).toBeLessThan(24)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  test.each([
    [[], '--port is missing, such as --port 4444.'],
    [['--prot', '4444'], 'Unknown argument: prot.'],
    [['--port', 'http'], "--port takes a whole number from 0 to 65535, which 'http' is not."],
    [['-p', '4444', '--batch', '1 week'], "--batch takes an interval such as 1s or 500ms, which '1 week' is not."],
    [['-p', '4444', '--batch', '0'], "--batch takes an interval such as 1s or 500ms, which '0' is not."],
    [['-p', '4444', '--raw', '--headers'], '--raw prints bodies only, so --headers cannot be given with it.'],
    [['—port', '99999'], "--port takes a whole number from 0 to 65535, which '99999' is not."],
  ])('%j are refused with one sentence', (words, sentence) => {
    const { stdout, stderr, status } = run(...words)
    expect([stdout, status]).toEqual(['', 1])
    expect(stderr).toBe(`Error: ${sentence} flume-ng receive --help lists the options.\n`)
  })

  test('a port that is in use is told in one sentence', async () => {
    const { port } = await started()
    const { stderr, status } = run('--port', String(port))
    expect([stderr, status]).toEqual([`Error: Cannot listen on localhost:${port}: the port is in use.\n`, 1])
  })
})

describe('events', () => {
  test('are printed in blocks, and a signal prints what is left before it ends the command', async () => {
    const { port, child, stdout, stderr, ended } = await started('--batch', '50ms', '--num', '2')
    expect(stderr()).toBe(`Listening on localhost:${port}, a batch every 50 ms. Stop with Ctrl-C.\n`)
    const sender = await senderTo(port)
    await sender.send(batch('Hello', 'Grüße'))
    await eventually(() => stdout().includes('Hello'), 'the first events')
    expect(stdout()).toMatch(/(^|\n)-{43}\nTime: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?\n-{43}\nHello\nGrüße\n\n/)
    await sender.send(batch('1', '2', '3'))
    child.kill('SIGINT')
    expect(await ended).toBe(130)
    expect(stdout()).toMatch(/\n1\n2\n\.\.\.\n\n/)
    expect(stderr().split('\n').length).toBe(2)
  })

  test('that are no text cannot reach the terminal as they are', async () => {
    const { port, stdout } = await started('--batch', '50ms')
    await (await senderTo(port)).send(batchOf([createEvent(Buffer.from('\x1b[2J\n')), createEvent(Buffer.from([255]))]))
    await eventually(() => stdout().includes('\\x1b[2J\\n\n\\xff\n'), 'escaped bytes')
  })

  test('show their headers when that is asked for', async () => {
    const { port, stdout } = await started('--batch', '0.05', '--headers')
    await (await senderTo(port)).send(batchOf([createEvent('Hello', { host: 'web1' })]))
    await eventually(() => stdout().includes("\n({'host': 'web1'}, 'Hello')\n"), 'the headers')
  })

  test('are bodies and nothing else with --raw, all of them', async () => {
    const { port, child, stdout, ended } = await started('--batch', '10s', '--raw')
    const bodies = Array.from({ length: 30 }, (_, i) => `line ${i} \\x`)
    await (await senderTo(port)).send(batch(...bodies))
    child.kill('SIGTERM')
    expect(await ended).toBe(143)
    expect(stdout()).toBe(`${bodies.join('\n')}\n`)
  })
})

test('a reader that goes away ends the command quietly', async () => {
  const { child, stderr, stdout, ended } = await started('--batch', '20ms')
  await eventually(() => stdout().includes('Time: '), 'a batch')
  child.stdout?.destroy()
  expect(await ended).toBe(0)
  expect(stderr().split('\n').length).toBe(2)
})

test('a second signal ends the command although its reader has stalled, and tells what is lost', async () => {
  const { child, port, stdout, stderr, ended } = await started('--batch', '20ms', '--raw')
  const sender = await senderTo(port)
  await sender.send(batch('first'))
  await eventually(() => stdout() === 'first\n', 'the first event')
  child.stdout?.pause()
  await sender.send(batch(...Array.from({ length: 8 }, () => 'x'.repeat(1_000_000))))
  child.kill('SIGTERM')
  const first = performance.now()
  await eventually(() => !sender.open, 'the orderly stop')
  await eventually(() => performance.now() - first > 2 * ECHO_MS, 'a time after which a signal is no echo')
  child.kill('SIGTERM')
  await eventually(() => child.exitCode !== null, 'the end')
  expect(child.exitCode).toBe(143)
  child.stdout?.resume()
  await ended
  expect(stderr().split('\n').slice(1)).toEqual([
    `Error: 8 events accepted on localhost:${port} were not processed: 8 in the batch at work, 0 waiting for one.`,
    '',
  ])
})
