// The three configurations of the lectures and the quick start, with the commands of their users. They name ports 4444 and
// 9999, so everything here runs one after the other and alone on a machine.
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { serving } from '../rpc/serving.ts'
import { eventually } from '../support/eventually.ts'
import { flumeNg, freePorts, HAS_PROC, marked, type Program, start, turnAt } from '../support/processes.ts'
import { Lines } from './lines.ts'

const RECEIVER = 4444
const NETCAT = 9999
const TURN = 44_499

let endTurn = async () => {}
beforeAll(async () => {
  endTurn = await turnAt(TURN, 110_000)
}, 120_000)
afterAll(() => endTurn())
beforeEach(() => freePorts(RECEIVER, NETCAT))

const agent = (file: string) => flumeNg(['agent', '-n', 'a1', '-conf-file', `conf/${file}`])

async function receiver(...more: string[]): Promise<Program> {
  const program = flumeNg(['receive', '--port', `${RECEIVER}`, ...more])
  await program.says(/Listening on localhost:4444/)
  return program
}

const linesOf = (...receivers: Program[]) => receivers.flatMap((one) => one.out().split('\n').slice(0, -1))

/** From the smallest to the largest each at least once. */
function gaps(numbers: Iterable<number>): string[] {
  const sorted = Float64Array.from(numbers).sort()
  const found: string[] = []
  for (let i = 1; i < sorted.length; i++) {
    const [before = 0, here = 0] = [sorted[i - 1], sorted[i]]
    if (here - before > 1) found.push(`${before + 1} to ${here - 1}`)
  }
  return found
}

describe('flume-conf.properties: a counter', () => {
  test('waits for a receiver that is started later and then begins with 0', async () => {
    const running = agent('flume-conf.properties')
    await running.says(/Sink k1 could not deliver, the events stay in the channel/)
    const printer = await receiver()
    const block = /-{43}\nTime: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n-{43}\n(\d[\d\n]+)\.\.\.\n\n/
    const [, first] = await printer.says(block)
    expect(first).toBe('0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n')
    expect(await running.stop()).toBe(143)
    expect(await printer.stop('SIGINT')).toBe(130)
    expect(printer.err()).not.toMatch(/warning|error/i)
  })

  test('loses no number when the receiver is stopped and started again', async () => {
    const running = agent('flume-conf.properties')
    const first = await receiver('--raw')
    await eventually(() => first.outBytes > 10_000)
    expect(await first.stop('SIGINT')).toBe(130)
    const second = await receiver('--raw')
    await eventually(() => second.outBytes > 10_000)
    expect(await running.stop()).toBe(143)
    expect(await second.stop()).toBe(143)
    const numbers = linesOf(first, second).map(Number)
    expect(numbers[0]).toBe(0)
    expect(gaps(numbers)).toEqual([])
    expect(running.err()).not.toMatch(/kept \d+ undelivered/)
  })

  test('goes on behind what a killed receiver has taken, in order', async () => {
    const running = agent('flume-conf.properties')
    const first = await receiver('--raw')
    await eventually(() => first.outBytes > 10_000)
    expect(await first.stop('SIGKILL')).toBe(137)
    const second = await receiver('--raw')
    await eventually(() => second.outBytes > 10_000)
    await running.stop()
    await second.stop()
    const before = linesOf(first).map(Number)
    const after = linesOf(second).map(Number)
    expect(gaps(before)).toEqual([])
    expect(gaps(after)).toEqual([])
    expect(after[0]).toBe(Math.min(...after.slice(0, 1000)))
  })
})

describe('flume-conf2.properties: lines of nc', () => {
  test('each line is answered OK and printed once, in order, whether the receiver is there or not', async () => {
    const running = agent('flume-conf2.properties')
    const client = await Lines.to(NETCAT)
    expect([await client.ask('before the receiver'), await client.ask('')]).toEqual(['OK', 'OK'])
    const first = await receiver('--raw')
    expect(await client.ask('Hello Streaming')).toBe('OK')
    await first.says(/^Hello Streaming$/m)
    expect(await first.stop()).toBe(143)
    const whileDown = Array.from({ length: 250 }, (_, i) => `line ${i}`)
    client.send(whileDown.map((line) => `${line}\n`).join(''))
    expect(await client.answered(253)).toEqual(Array(253).fill('OK'))
    const second = await receiver('--raw')
    expect(await client.ask('with the receiver')).toBe('OK')
    await second.says(/^with the receiver$/m)
    expect(await running.stop()).toBe(143)
    await second.stop()
    expect(linesOf(first)).toEqual(['before the receiver', '', 'Hello Streaming'])
    expect(linesOf(second)).toEqual([...whileDown, 'with the receiver'])
    expect(client.ended).toBe(true)
    client.close()
  })
})

const hasTop = spawnSync('top', ['-b', '-n', '1']).status === 0

describe('flume-conf3.properties: what top -b prints', () => {
  const withTop = hasTop ? test : test.skip
  withTop(
    `whole screens arrive, also those of the time without receiver${hasTop ? '' : ' (top is missing)'}`,
    async () => {
      const running = agent('flume-conf3.properties')
      const first = await receiver('--raw')
      await first.says(/^ +PID USER/m)
      expect(await first.stop()).toBe(143)
      const failures = () => running.err().split('could not deliver').length
      const before = failures()
      await eventually(() => failures() > before, 'a delivery that fails')
      const second = await receiver('--raw')
      const screens = () => `${first.out()}${second.out()}`.split(/^(?=top - )/m)
      await eventually(() => screens().length >= 3, 'three screens', 20_000)
      expect(await running.stop()).toBe(143)
      await second.stop()
      for (const screen of screens().slice(0, -1)) {
        const total = Number(/^Tasks: +(\d+) total/m.exec(screen)?.[1])
        expect(
          screen
            .split(/^ +PID USER.*\n/m)[1]
            ?.trimEnd()
            .split('\n'),
        ).toHaveLength(total)
      }
      expect(marked()).toEqual([])
    },
  )
})

describe('the quick start', () => {
  const quickstart = () => start(process.execPath, ['lib/cli/main.js', 'quickstart'])

  test('prints the load and typed lines, and Ctrl-C ends all of it', async () => {
    const running = quickstart()
    await running.says(/^Send a line yourself: +nc localhost 9999/m)
    await running.says(/-{43}\nTime: .*\n-{43}\n.*load average.*\n/)
    const client = await Lines.to(NETCAT)
    expect(await client.ask('typed by hand')).toBe('OK')
    await running.says(/^typed by hand$/m)
    if (HAS_PROC) expect(marked().length).toBeGreaterThanOrEqual(4)
    expect(await running.stop('SIGINT')).toBe(130)
    expect(marked()).toEqual([])
    await freePorts(RECEIVER, NETCAT)
    expect(running.err()).not.toMatch(/\[ERROR|lost|undelivered/)
    client.close()
  })

  test('ends with its terminal', async () => {
    const running = quickstart()
    await running.says(/a1 is running/)
    expect(await running.stop('SIGHUP')).toBe(129)
    expect(marked()).toEqual([])
  })

  test('says so when another receiver has the port, and ends', async () => {
    await serving({ host: 'localhost', port: RECEIVER })
    const running = quickstart()
    expect(await running.ended).toBe(1)
    expect(running.err()).toContain('Error: Cannot listen on localhost:4444: the port is in use.\n')
    expect(marked()).toEqual([])
  })
})
