import { spawn } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { transformFile } from '@swc/core'
import { ChannelFullError } from '../../src/errors.ts'
import { eventually } from '../support/eventually.ts'
import { folder, lives, releases, running, script } from './exec-setup.ts'

describe('standard error', () => {
  test('is logged with line numbers when asked for, the last line of a short command included', async () => {
    const { bodies, log } = await script('echo out; echo one >&2; printf two >&2', { logStdErr: true })
    await eventually(() => log.some((line) => line.includes('exited')))
    expect(bodies()).toEqual(['out'])
    const logged = log.filter((line) => line.includes('StderrLogger'))
    expect(logged).toEqual(["INFO StderrLogger[1] = 'one'", "INFO StderrLogger[2] = 'two'"])
  })

  test('counts from one in every run', async () => {
    const { log } = await script('echo again >&2', { logStdErr: true, restart: true, restartThrottle: 1 })
    await eventually(() => log.filter((line) => line === "INFO StderrLogger[1] = 'again'").length >= 2)
  })

  test('is neither an event nor logged by default, and never blocks the command', async () => {
    const { bodies, log } = await script('head -c 1000000 /dev/zero >&2; echo out')
    await eventually(() => bodies().length === 1)
    expect(bodies()).toEqual(['out'])
    expect(log.some((line) => line.includes('StderrLogger'))).toBe(false)
  })

  test('without a newline is logged in pieces and not gathered', async () => {
    const { log } = await script('head -c 1000000 /dev/zero | tr "\\0" x >&2', { logStdErr: true })
    await eventually(() => log.some((line) => line.includes('exited')))
    const logged = log.filter((line) => line.includes('StderrLogger'))
    expect(Math.max(...logged.map((line) => line.length))).toBeLessThan(10_000)
    expect(logged.join('').split('x').length - 1).toBe(1_000_000)
  })
})

describe('stop', () => {
  test('ends the command and what its shell has started', async () => {
    const files = await folder()
    const { stop, log } = await script(
      `sleep 300 & echo $! > ${files.path('pid')}; echo $$ > ${files.path('own')}; wait`,
    )
    const child = await eventually(async () => Number(await files.read('pid')))
    const own = await eventually(async () => Number(await files.read('own')))
    expect(await lives(child)).toBe(true)
    await stop()
    await eventually(async () => !(await lives(child)) && !(await lives(own)), 'end of both')
    expect(log.some((line) => line.startsWith('INFO Stopping exec source with command: sleep 300'))).toBe(true)
    expect(log.at(-1)).toMatch(/exited with 143$/)
  })

  test('ends by force what does not end when asked', async () => {
    const { stop, bodies, log } = await script('trap "" TERM; echo up; while :; do sleep 1; done')
    await eventually(() => bodies().length === 1)
    const began = performance.now()
    await stop()
    expect(performance.now() - began).toBeLessThan(4500)
    expect(log.at(-1)).toMatch(/exited with 137$/)
  })

  test('brings in what was written until then, the unfinished line included', async () => {
    const { stop, bodies } = await script('seq 1 10000; printf half; sleep 60', {
      batchSize: 7,
      batchTimeout: 60_000,
      refuse: () => new Promise((resolve) => setImmediate(resolve)),
    })
    await eventually(() => bodies().length > 0)
    await stop()
    const all = bodies()
    const numbers = all.at(-1) === 'half' ? all.slice(0, -1) : all
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => `${i + 1}`))
    expect(all.length).toBeGreaterThan(100)
  })

  test('ends the wait for a restart at once', async () => {
    const { stop, log } = await running('true', { restart: true, restartThrottle: 60_000 })
    await eventually(() => log.some((line) => line.startsWith('INFO Restarting')))
    const began = performance.now()
    await stop()
    expect(performance.now() - began).toBeLessThan(1000)
  })

  test('gives up what the channels do not take, after a while, and tells how many lines', async () => {
    const { stop, log } = await script('echo 1; echo 2; echo 3; sleep 60', {
      batchTimeout: 60_000,
      refuse: () => {
        throw new ChannelFullError('The channel is full.')
      },
    })
    await eventually(() => log.some((line) => line.startsWith('WARN Output is not taken')))
    await stop()
    expect(log.at(-1)).toBe('WARN 3 lines of output were not taken by the channels before the stop.')
  }, 15_000)

  test('is not held up by somebody who left the group with the output open', async () => {
    const files = await folder()
    const { stop, bodies } = await script(`setsid sh -c 'echo $$ > ${files.path('pid')}; sleep 300' & echo up; wait`)
    const stranger = await eventually(async () => Number(await files.read('pid')))
    releases.push(() => process.kill(-stranger, 'SIGKILL'))
    await eventually(() => bodies().length === 1)
    const began = performance.now()
    await stop()
    expect(performance.now() - began).toBeLessThan(8000)
  }, 15_000)

  test('is safe twice', async () => {
    const { stop } = await running('sleep 60')
    await stop()
    await stop()
  })
})

test('a command that has run for a while ends when the agent is killed', async () => {
  const files = await folder()
  const compiled = await transformFile('src/sources/exec-command.ts', {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'es6' },
  })
  await files.write('command.mjs', compiled.code)
  const command = `echo $$ > ${files.path('pid')}; exec sleep 300`
  const main = await files.write(
    'agent.mjs',
    `import { RunningCommand } from './command.mjs'
     const running = await RunningCommand.start(['/bin/sh', '-c', ${JSON.stringify(command)}], false)
     running.stdout.resume()`,
  )
  const agent = spawn(process.execPath, [main], { stdio: 'ignore' })
  releases.push(() => agent.kill('SIGKILL'))
  const pid = await eventually(async () => Number(await files.read('pid')))
  await eventually(() => guardOf(pid), 'guard')
  expect(await lives(pid)).toBe(true)
  agent.kill('SIGKILL')
  await eventually(async () => !(await lives(pid)), 'end of the command')
})

/** Whether some process is the guard of the group `pid`. */
async function guardOf(pid: number): Promise<boolean> {
  for (const entry of await readdir('/proc')) {
    const line = /^\d+$/.test(entry) ? await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '') : ''
    if (line.includes('read -r nothing') && line.endsWith(`\0sh\0${pid}\0`)) return true
  }
  return false
}
