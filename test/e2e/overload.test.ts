// A next hop that takes nothing, and a disk that is full: senders are told, memory stays bounded, and what was accepted is
// delivered when it is over.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { batchOf } from '../../src/batch.ts'
import { createEvent } from '../../src/event.ts'
import { connectRpc } from '../../src/rpc/client.ts'
import { rawServer } from '../rpc/raw-server.ts'
import { serving } from '../rpc/serving.ts'
import { eventually } from '../support/eventually.ts'
import { flumeNg, HAS_PROC, type Program } from '../support/processes.ts'
import { flow, netcatPort, written } from './flow.ts'
import { complaints, ownDirectory, portOf, runningAgent } from './in-process.ts'
import { Lines } from './lines.ts'

const releases: (() => unknown)[] = []
afterEach(async () => {
  for (const release of releases.splice(0)) await release()
})

const BUDGET = 4_000_000
const BODY_BYTES = 10_000
const numbered = (i: number) => `${i} `.padEnd(BODY_BYTES, 'x')
const numberOf = (text: string) => Number(text.split(' ', 1)[0])

/** An agent with a small budget for its memory, whose sink has a receiver that never answers. */
async function stalled(source: 'netcat' | 'avro') {
  const silent = await rawServer()
  const more = ['c1.capacity = 1000000', 'c1.keep-alive = 0', 'r1.max-line-length = 20000']
  const file = written(
    'a.conf',
    flow({ port: silent.port, source, more: source === 'netcat' ? more : more.slice(0, 2) }),
  )
  const running = flumeNg(['agent', '-n', 'a1', '-f', file, `-Dmillrace.memoryBudgetBytes=${BUDGET}`])
  await eventually(() => silent.sockets.length > 0, 'the connection of the sink')
  return { silent, running }
}

const highWater = ({ pid }: Program) =>
  HAS_PROC ? Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024 : 0

describe('while the receiver never answers', () => {
  test('netcat clients are answered OK until the budget is used up, then FAILED, and nothing accepted is lost', async () => {
    const { silent, running } = await stalled('netcat')
    const client = await Lines.to(await netcatPort(running), '127.0.0.1')
    releases.push(() => client.close())
    const before = highWater(running)
    const count = 10_000
    for (let i = 0; i < count; i++) {
      client.send(`${numbered(i)}\n`)
      if (i % 100 === 99) await client.answered(i - 900)
    }
    const answers = await client.answered(count)
    const accepted = answers.flatMap((answer, i) => (answer === 'OK' ? [i] : []))
    expect(accepted.length).toBeGreaterThan(300)
    expect(accepted.length * BODY_BYTES).toBeLessThanOrEqual(BUDGET)
    expect(new Set(answers.filter((answer) => answer !== 'OK'))).toEqual(
      new Set([
        'FAILED: Memory channel c1: the events in memory have reached the budget of this process, 3 MiB. ' +
          'The sinks may not be keeping up with the sources',
      ]),
    )
    expect(highWater(running) - before).toBeLessThan(60_000_000)
    const warnings = running.err().match(/\[(?:WARN|ERROR) /g) ?? []
    expect(warnings.length).toBeLessThanOrEqual(10)

    silent.close()
    const receiver = await serving({ port: silent.port })
    await eventually(() => new Set(receiver.bodies().map(numberOf)).size === accepted.length)
    expect([...new Set(receiver.bodies().map(numberOf))].sort((a, b) => a - b)).toEqual(accepted)
    expect(await client.ask(numbered(count))).toBe('OK')
    expect(await running.stop()).toBe(143)
  })

  test('avro clients are told FAILED, none is left without an answer, and nothing accepted is lost', async () => {
    const { silent, running } = await stalled('avro')
    const [, port] = await running.says(/listens on port (\d+)/)
    const client = await connectRpc({ host: '127.0.0.1', port: Number(port) })
    releases.push(() => client.close())
    const accepted: number[] = []
    const refusals = new Set<string>()
    const send = (i: number) =>
      client.send(batchOf(Array.from({ length: 10 }, (_, k) => createEvent(numbered(10 * i + k))))).then(
        () => void accepted.push(i),
        (error: Error) => void refusals.add(error.message.replace(/^.*: (?=Avro)/, '')),
      )
    for (let i = 0; i < 1000; i += 10) await Promise.all(Array.from({ length: 10 }, (_, k) => send(i + k)))
    expect(accepted.length).toBeGreaterThan(30)
    expect(accepted.length * 10 * BODY_BYTES).toBeLessThanOrEqual(BUDGET)
    expect(refusals).toEqual(new Set(['Avro RPC call returned Status: FAILED']))
    expect((running.err().match(/\[(?:WARN|ERROR) /g) ?? []).length).toBeLessThanOrEqual(10)

    silent.close()
    const receiver = await serving({ port: silent.port })
    const expected = accepted.flatMap((i) => Array.from({ length: 10 }, (_, k) => 10 * i + k))
    await eventually(() => new Set(receiver.bodies().map(numberOf)).size === expected.length)
    const got = [...new Set(receiver.bodies().map(numberOf))].sort((a, b) => a - b)
    expect(got).toEqual(expected.sort((a, b) => a - b))
    await client.send(batchOf([createEvent('again')]))
    expect(await running.stop()).toBe(143)
  })
})

/** A file system of 256 KiB, gone after the test; undefined where this user or the kernel does not mount it. */
function tinyDisk(): string | undefined {
  const path = mkdtempSync(join(tmpdir(), 'disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', path]).status === 0
  releases.push(() => {
    if (mounted) spawnSync('umount', ['-l', path])
    rmSync(path, { recursive: true, force: true })
  })
  return mounted ? path : undefined
}

describe('on a full disk', () => {
  const mounting = process.getuid?.() === 0 && tinyDisk() !== undefined
  const reason = mounting ? '' : ' (needs root and a kernel that mounts tmpfs)'
  const withMount = mounting ? test : test.skip
  withMount(`file_roll waits with a few lines of the log and then writes every line, whole${reason}`, async () => {
    const disk = tinyDisk() ?? ''
    const filler = join(disk, 'filler')
    writeFileSync(filler, Buffer.alloc(200_000))
    const out = join(disk, 'out')
    mkdirSync(out)
    const sink = [
      'k1.type = file_roll',
      `k1.sink.directory = ${out}`,
      'k1.sink.rollInterval = 0',
      'k1.sink.batchSize = 20',
    ]
    await runningAgent(flow({ port: 1, more: [...sink, `c1.saveDir = ${ownDirectory()}`] }))
    const client = await Lines.to(await portOf('r1'), '127.0.0.1')
    releases.push(() => client.close())
    const lines = Array.from({ length: 400 }, (_, i) => `${i} `.padEnd(400, 'x'))
    client.send(lines.map((line) => `${line}\n`).join(''))
    expect(await client.answered(400)).toEqual(lines.map(() => 'OK'))
    await eventually(() => complaints().some((line) => /ENOSPC|no space/.test(line)), 'a complaint')
    rmSync(filler)
    const text = () =>
      readdirSync(out)
        .map((name) => readFileSync(join(out, name), 'utf8'))
        .join('')
    await eventually(() => text().split('\n').length > 400, 'all lines on the disk')
    expect(text()).toBe(lines.map((line) => `${line}\n`).join(''))
    expect(complaints().length).toBeLessThanOrEqual(3)
  })
})
