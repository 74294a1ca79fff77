import { chmod, writeFile } from 'node:fs/promises'
import { describe, expect, test } from '@jest/globals'
import { ChannelFullError } from '../../src/errors.ts'
import { wordsOf } from '../../src/sources/exec-command.ts'
import { eventually } from '../support/eventually.ts'
import { folder, running, script } from './exec-setup.ts'

describe('the command', () => {
  test('is split at white space without a shell: no quotes, no pipes', async () => {
    const { bodies } = await running(`echo 'a  b'  "c" | wc -w`)
    await eventually(() => bodies().length === 1)
    expect(bodies()).toEqual([`'a b' "c" | wc -w`])
  })

  test('is one argument of the shell when there is one', async () => {
    expect(wordsOf('echo  "a  b"', '/bin/sh  -c')).toEqual(['/bin/sh', '-c', 'echo  "a  b"'])
    const { bodies } = await script('for i in 1 2 3; do echo "item  $i"; done | tac')
    await eventually(() => bodies().length === 3)
    expect(bodies()).toEqual(['item  3', 'item  2', 'item  1'])
  })

  test('runs once, and its end is logged with its status', async () => {
    const { log } = await script('exit 3')
    await eventually(() => log.includes('INFO Command [exit 3] exited with 3'))
    expect(log[0]).toBe('INFO Exec source starting with command: exit 3')
  })

  test('ended by a signal has the status 128 + n', async () => {
    const { log } = await script('kill -KILL $$')
    await eventually(() => log.includes('INFO Command [kill -KILL $$] exited with 137'))
  })

  test('runs again after the throttle when it is to be restarted', async () => {
    const files = await folder()
    const { bodies, log } = await script(`echo x >> ${files.path('n')}; wc -l < ${files.path('n')}; exit 3`, {
      restart: true,
      restartThrottle: 60,
    })
    await eventually(() => bodies().length >= 3)
    expect(bodies().slice(0, 3).map(Number)).toEqual([1, 2, 3])
    expect(log).toContain('INFO Restarting in 60ms, exit code 3')
  })

  test('that cannot be started is one error that names it, and counts as ended', async () => {
    const { log } = await running('/no/such/command with words')
    await eventually(() => log.some((line) => line.startsWith('INFO Command [/no/such/command with words] exited')))
    const errors = log.filter((line) => line.startsWith('ERROR'))
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatch(/^ERROR Failed while running command: \/no\/such\/command with words\. .*ENOENT/)
  })

  test('that cannot be started is tried again when it is to be restarted', async () => {
    const files = await folder()
    const path = files.path('late')
    const { log, bodies } = await running(path, { restart: true, restartThrottle: 20 })
    await eventually(() => log.filter((line) => line.startsWith('ERROR')).length >= 2)
    await files.write('late', '#!/bin/sh\necho here\n')
    await chmod(path, 0o755)
    await eventually(() => bodies().includes('here'))
  })

  test('that closes its output and goes on is ended', async () => {
    const { log } = await script('exec >&-; exec sleep 60')
    await eventually(() => log.includes('INFO Command [exec >&-; exec sleep 60] exited with 143'))
  })
})

describe('lines', () => {
  test('end with any of the three line ends, and the last one needs none', async () => {
    const files = await folder()
    const path = await files.write('text', 'one\ntwo\r\n\nthree\rlast without newline')
    const { bodies, batches } = await running(`cat ${path}`)
    await eventually(() => bodies().length >= 5)
    expect(bodies()).toEqual(['one', 'two', '', 'three', 'last without newline'])
    expect(batches[0]?.at(0).headers.size).toBe(0)
  })

  test('arrive complete and in order from a large output', async () => {
    const { bodies, batches } = await running('seq 1 200000', { batchSize: 1000, maxBatch: 1000 })
    await eventually(() => batches.reduce((n, batch) => n + batch.length, 0) === 200_000)
    const all = bodies()
    expect(all.findIndex((body, i) => Number(body) !== i + 1)).toBe(-1)
  })

  test('of UTF-8 are unchanged, and malformed ones are replaced', async () => {
    const files = await folder()
    const path = await files.write(
      'text',
      Buffer.concat([Buffer.from('gr\u00fcn-\u20ac\n'), Buffer.from([0x61, 0xff, 10])]),
    )
    const { bodies } = await running(`cat ${path}`)
    await eventually(() => bodies().length === 2)
    expect(bodies()).toEqual(['gr\u00fcn-\u20ac', 'a\ufffd'])
  })

  test('of another charset are bodies in that charset', async () => {
    const files = await folder()
    const latin = await files.write('latin', Buffer.from('caf\xe9\n', 'latin1'))
    const wide = await files.write('wide', Buffer.from('caf\u00e9\nx\n', 'utf16le'))
    const first = await running(`cat ${latin}`, { charset: 'ISO-8859-1' })
    const second = await running(`cat ${wide}`, { charset: 'UTF-16LE' })
    await eventually(() => first.batches.length === 1 && second.batches.length === 1)
    expect(first.batches[0]?.at(0).body).toEqual(Buffer.from('caf\xe9', 'latin1'))
    expect([...(second.batches[0] ?? [])].map((event) => event.body.toString('utf16le'))).toEqual(['caf\u00e9', 'x'])
  })
})

describe('batches', () => {
  test('hold batchSize lines at least while output comes fast, and the rest goes out at the end', async () => {
    const { batches } = await running('seq 1 245', { batchTimeout: 60_000 })
    await eventually(() => batches.reduce((lines, batch) => lines + batch.length, 0) === 245)
    const lengths = batches.map((batch) => batch.length)
    expect(lengths.slice(0, -1).every((length) => length >= 20 && length <= 100)).toBe(true)
  })

  test('are tried as transactions of batchSize when they are refused at once', async () => {
    const taken: number[] = []
    const refuse = (batch: { readonly length: number }) => {
      if (batch.length > 20) throw new ChannelFullError('full')
      taken.push(batch.length)
    }
    await running('seq 1 45', { batchTimeout: 60_000, refuse })
    await eventually(() => taken.reduce((sum, length) => sum + length, 0) === 45)
    expect(taken).toEqual([20, 20, 5])
  })

  test('are no longer than the channels allow', async () => {
    const { batches } = await running('seq 1 25', { batchSize: 1000, maxBatch: 10, batchTimeout: 60_000 })
    await eventually(() => batches.length === 3)
    expect(batches.map((batch) => batch.length)).toEqual([10, 10, 5])
  })

  test('a line after a quiet time goes out at once, the next ones when batchTimeout has passed', async () => {
    const files = await folder()
    const fifo = files.path('fifo')
    const { bodies, log } = await script(`mkfifo ${fifo}; echo first; cat ${fifo}; sleep 60`, { batchTimeout: 400 })
    await eventually(() => bodies().length === 1)
    const flushed = performance.now()
    await writeFile(fifo, 'second\n')
    await eventually(() => bodies().length === 2)
    expect(performance.now() - flushed).toBeGreaterThan(300)
    expect(log.some((line) => line.includes('exited'))).toBe(false)
  })
})

describe('a channel that refuses', () => {
  test('makes the command wait, and every line arrives once and in order when there is room again', async () => {
    let full = true
    const { bodies, log } = await running('seq 1 100000', {
      batchSize: 100,
      refuse: () => {
        if (full) throw new ChannelFullError('The channel is full.')
      },
    })
    await eventually(() => log.some((line) => line.startsWith('WARN')))
    expect(log.some((line) => line.includes('exited'))).toBe(false)
    full = false
    await eventually(() => log.some((line) => line.includes('exited with 0')))
    expect(bodies()).toEqual(Array.from({ length: 100_000 }, (_, i) => `${i + 1}`))
    expect(log.filter((line) => line.startsWith('WARN'))).toEqual([
      'WARN Output is not taken and the command has to wait: The channel is full.',
    ])
  })

  test('stops the reading: the command cannot write on', async () => {
    const files = await folder()
    let refusals = 0
    const { log } = await script(`yes | head -c 3000000; echo done > ${files.path('done')}`, {
      refuse: () => {
        refusals++
        throw new ChannelFullError('The channel is full.')
      },
    })
    await eventually(() => refusals > 3)
    expect(await files.read('done')).toBe('')
    expect(log.filter((line) => line.startsWith('WARN'))).toHaveLength(1)
  })

  test('for another reason is tried again, too', async () => {
    let failures = 2
    const { bodies } = await running('echo precious', {
      refuse: () => {
        if (failures-- > 0) throw new Error('an interceptor broke')
      },
    })
    await eventually(() => bodies().length === 1)
    expect(bodies()).toEqual(['precious'])
  })
})
