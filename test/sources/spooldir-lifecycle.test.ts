import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { ChannelError, ChannelFullError } from '../../src/component.ts'
import { spooldirSource } from '../../src/sources/spooldir.ts'
import { eventually } from '../support/eventually.ts'
import { deserializer, numbers, optionsOf, spooldir, tempDir, text, unstarted } from './spooldir-setup.ts'

describe('a channel that takes nothing', () => {
  test('is tried again with growing pauses, and gets every event once', async () => {
    const refusals = [new ChannelFullError('full'), new ChannelFullError('full'), new ChannelError('odd')]
    const s = await spooldir({
      batchSize: 2,
      maxBackoff: 20,
      channel: (_batch, count) => {
        const refusal = count === 0 ? undefined : refusals.shift()
        if (refusal) throw refusal
      },
    })
    s.put('a.log', text(numbers(6)))
    expect(await s.events(6)).toEqual(numbers(6))
    const again = 'and cannot write data now. The source will try again after 20 milliseconds'
    expect(s.warnings()).toEqual([
      `WARN The channel is full, ${again}`,
      `WARN The channel is full, ${again}`,
      `WARN The channel threw an exception, ${again}`,
    ])
  })

  test('makes pauses from 250 ms, doubled, that a stop cuts short', async () => {
    const s = await spooldir({
      channel: () => {
        throw new ChannelFullError('full')
      },
    })
    s.put('a.log', 'x\n')
    await eventually(() => s.warnings().length === 3)
    expect(s.warnings().map((line) => /after (\d+) milliseconds/.exec(line)?.[1])).toEqual(['250', '500', '1000'])
    const before = Date.now()
    await s.stop()
    expect(Date.now() - before).toBeLessThan(500)
    expect(s.names()).toEqual(['a.log'])
  })
})

describe('start and stop', () => {
  test('a directory that is not there makes the start fail, until it is', async () => {
    const dir = join(tempDir(), 'later')
    const s = unstarted({ dir })
    await expect(s.source.start?.()).rejects.toThrow(`Directory does not exist: ${dir}`)
    s.put('a.log', 'x\n')
    await s.source.start?.()
    expect(await s.events(1)).toEqual(['x'])
  })

  test('a file in its place makes the start fail', async () => {
    const file = join(tempDir(), 'file')
    writeFileSync(file, '')
    await expect(unstarted({ dir: file }).source.start?.()).rejects.toThrow(`Path is not a directory: ${file}`)
  })

  test('a stopped source can be started again, and stopping is safe at any time', async () => {
    const s = unstarted()
    await s.source.stop?.()
    await s.source.start?.()
    await s.source.start?.()
    s.put('a.log', 'a\n')
    await s.events(1)
    await s.source.stop?.()
    await s.source.stop?.()
    s.put('b.log', 'b\n')
    await s.source.start?.()
    expect(await s.events(2)).toEqual(['a', 'b'])
  })

  test('the directory may go and come back', async () => {
    const s = await spooldir()
    renameSync(s.dir, `${s.dir}.away`)
    await eventually(() => s.warnings().length > 0)
    expect(s.warnings()).toEqual([`WARN Directory does not exist: ${s.dir}`])
    mkdirSync(s.dir)
    s.put('a.log', 'back\n')
    expect(await s.events(1)).toEqual(['back'])
    await s.holds('a.log.COMPLETED')
  })
})

describe('options', () => {
  const settings = optionsOf({}, '/x')

  test('patterns and charsets that cannot be used are found before the start', () => {
    const findings = spooldirSource.check?.({
      ...settings,
      includePattern: 'a++',
      ignorePattern: '(',
      inputCharset: 'x-no',
    })
    expect(findings?.map((finding) => finding.key)).toEqual(['includePattern', 'ignorePattern', 'inputCharset'])
    expect(spooldirSource.check?.(settings)).toEqual([])
  })

  test('bufferMaxLineLength is the line length of the deserializer', async () => {
    const s = await spooldir({ bufferMaxLineLength: 4 })
    s.put('a.log', 'abcdef\n')
    expect(await s.events(2)).toEqual(['abcd', 'ef'])
  })

  test('other charsets and policies reach the deserializer', async () => {
    const latin = await spooldir({ inputCharset: 'ISO-8859-1' })
    latin.put('a.log', Buffer.from('caf\xe9\n', 'latin1'))
    expect(await latin.events(1)).toEqual(['café'])
    const replace = await spooldir({ decodeErrorPolicy: 'REPLACE' })
    replace.put('a.log', Buffer.from('a\xffb\n', 'latin1'))
    expect(await replace.events(1)).toEqual(['a\ufffdb'])
  })

  test('a whole file is one event of the blob deserializer', async () => {
    const s = await spooldir({ deserializer: deserializer('blob') })
    const path = s.put('b.bin', 'a\nb\n')
    expect(await s.events(1)).toEqual(['a\nb\n'])
    await s.holds('b.bin.COMPLETED')
    expect(readFileSync(`${path}.COMPLETED`, 'utf8')).toBe('a\nb\n')
  })
})
