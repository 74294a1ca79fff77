import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { eventually } from '../support/eventually.ts'
import { numbers, put, spooldir, tempDir, text, unstarted } from './spooldir-setup.ts'

const OLD = 1_700_000_000
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('a name that comes again', () => {
  test('is delivered, completed beside the first, and said; the others go on', async () => {
    const s = await spooldir()
    const path = s.put('x.log', 'first\n')
    await s.holds('x.log.COMPLETED')
    s.put('x.log', 'second\n')
    await s.holds('x.log.COMPLETED', 'x.log.1.COMPLETED')
    s.put('x.log', 'third\n')
    s.put('y.log', 'other\n')
    await s.holds('x.log.COMPLETED', 'x.log.1.COMPLETED', 'x.log.2.COMPLETED', 'y.log.COMPLETED')
    expect(s.bodies().sort()).toEqual(['first', 'other', 'second', 'third'])
    expect(readFileSync(`${path}.COMPLETED`, 'utf8')).toBe('first\n')
    expect(s.warnings()).toHaveLength(2)
    expect(s.warnings()[0]).toContain(
      `File name has been re-used with different files. Spooling assumptions violated for ${path}.COMPLETED`,
    )
  })

  test('keeps counting after a restart', async () => {
    const dir = tempDir()
    for (const name of ['x.log.COMPLETED', 'x.log.1.COMPLETED', 'x.log']) put(dir, name, `${name}\n`)
    const s = await spooldir({ dir })
    await s.holds('x.log.COMPLETED', 'x.log.1.COMPLETED', 'x.log.2.COMPLETED')
    expect(s.bodies()).toEqual(['x.log'])
  })
})

describe('a file that changes while it is read', () => {
  /** Something happens to x.log when the channel has taken its first batch. */
  async function changed(happens: (path: string) => void, lines = numbers(40)) {
    const dir = tempDir()
    const path = put(dir, 'x.log', text(lines), 200)
    utimesSync(path, OLD, OLD)
    put(dir, 'y.log', 'other\n')
    let done = false
    const s = unstarted({
      dir,
      batchSize: 10,
      channel: () => {
        if (!done) happens(path)
        done = true
      },
    })
    await s.source.start?.()
    return s
  }

  test('is left with one warning while others go on, and read to its end when it is left alone', async () => {
    const s = await changed((path) => appendFileSync(path, 'appended\n'))
    await s.holds('x.log.COMPLETED', 'y.log.COMPLETED')
    const got = s.bodies()
    expect(got.filter((body) => body !== 'other')).toEqual([...numbers(40), 'appended'])
    expect(got.indexOf('other')).toBeLessThan(got.indexOf('appended'))
    expect(s.warnings()).toHaveLength(1)
    expect(s.warnings()[0]).toContain(`File has been modified since being read: ${join(s.dir, 'x.log')}`)
  })

  test('is told by its size when the time is the same', async () => {
    const s = await changed((path) => {
      appendFileSync(path, 'appended\n')
      utimesSync(path, OLD, OLD)
    })
    await s.holds('x.log.COMPLETED', 'y.log.COMPLETED')
    expect(s.bodies().filter((body) => body !== 'other')).toEqual([...numbers(40), 'appended'])
    expect(s.warnings()[0]).toContain(`File has changed size since being read: ${join(s.dir, 'x.log')}`)
  })

  test('is never split inside of a line that is being written', async () => {
    const s = await changed((path) => appendFileSync(path, 'half a '), numbers(15))
    await eventually(() => s.warnings().length === 1)
    appendFileSync(join(s.dir, 'x.log'), 'line\n')
    await s.holds('x.log.COMPLETED', 'y.log.COMPLETED')
    expect(s.bodies().filter((body) => body !== 'other')).toEqual([...numbers(15), 'half a line'])
  })

  test('that was only touched is read once', async () => {
    const s = await changed((path) => utimesSync(path, 1000, 1000))
    await s.holds('x.log.COMPLETED', 'y.log.COMPLETED')
    expect(s.bodies().filter((body) => body !== 'other')).toEqual(numbers(40))
  })

  test('that went away was delivered as far as it was read, and costs one warning', async () => {
    const s = await changed((path) => rmSync(path))
    await s.holds('y.log.COMPLETED')
    expect(s.bodies()).toEqual([...numbers(40), 'other'])
    expect(s.warnings()).toHaveLength(1)
  })

  test('that was replaced: the old one is delivered to its end, then the new one', async () => {
    const s = await changed((path) => put(join(path, '..'), 'x.log', text(numbers(12, 900))))
    await s.holds('x.log.COMPLETED', 'y.log.COMPLETED')
    expect(s.bodies().filter((body) => body !== 'other')).toEqual([...numbers(40), ...numbers(12, 900)])
  })

  test('is not read twice when the source is restarted before it is left alone', async () => {
    const first = await changed((path) => appendFileSync(path, 'appended\n'))
    await eventually(() => first.warnings().length === 1)
    await first.stop()
    const s = await spooldir({ dir: first.dir, batchSize: 10 })
    await s.holds('x.log.COMPLETED', 'y.log.COMPLETED')
    const all = [...first.bodies(), ...s.bodies()].filter((body) => body !== 'other')
    expect(all).toEqual([...numbers(40), 'appended'])
  })

  test('and goes on changing is read all the same, and never twice', async () => {
    const s = unstarted({ pollDelay: 100, batchSize: 3 })
    const path = join(s.dir, 'live.log')
    writeFileSync(path, '')
    await s.source.start?.()
    let written = 0
    for (const end = Date.now() + 1800; Date.now() < end; await pause(5)) appendFileSync(path, `line ${written++}\n`)
    expect(s.bodies().length).toBeGreaterThan(0)
    await s.events(written)
    await eventually(() => !existsSync(path), 'completion')
    expect(s.bodies()).toEqual(numbers(written))
    expect(s.warnings().length).toBeGreaterThan(0)
  })
})

describe('a file that cannot be read', () => {
  test('because of bytes that are no text is left behind its good lines, once, also over a restart', async () => {
    const dir = tempDir()
    const bad = Buffer.concat([Buffer.from(text(numbers(25))), Buffer.from([0x61, 0xff, 0x0a]), Buffer.from('after\n')])
    const path = put(dir, 'bad.log', bad, 200)
    put(dir, 'good.log', 'good\n')
    const s = await spooldir({ dir, batchSize: 10 })
    await s.holds('bad.log', 'good.log.COMPLETED')
    await pause(400)
    expect(s.bodies()).toEqual([...numbers(25), 'good'])
    const offset = text(numbers(25)).length + 1
    expect(s.warnings()).toEqual([
      `WARN ${path} cannot be read: Bytes at offset ${offset} are not valid UTF-8. It stays where it is; the others go on.`,
    ])
    await s.stop()

    const again = await spooldir({ dir, batchSize: 10 })
    again.put('more.log', 'more\n')
    await again.holds('bad.log', 'good.log.COMPLETED', 'more.log.COMPLETED')
    expect(again.bodies()).toEqual(['more'])
    expect(again.warnings()).toHaveLength(1)
    await again.stop()

    const tolerant = await spooldir({ dir, decodeErrorPolicy: 'IGNORE' })
    expect(await tolerant.events(2)).toEqual(['a', 'after'])
    await tolerant.holds('bad.log.COMPLETED', 'good.log.COMPLETED', 'more.log.COMPLETED')
  })

  test('is read when somebody has put it right', async () => {
    const s = await spooldir()
    s.put('x.log', Buffer.from([0xff]))
    await eventually(() => s.warnings().length === 1)
    s.put('x.log', 'right\n')
    expect(await s.events(1)).toEqual(['right'])
    await s.holds('x.log.COMPLETED')
  })

  test('a dangling link costs one warning, and is read when it leads somewhere', async () => {
    const s = unstarted()
    const target = join(tempDir(), 'target')
    symlinkSync(target, join(s.dir, 'a-link.log'))
    s.put('b.log', 'b\n')
    await s.source.start?.()
    expect(await s.events(1)).toEqual(['b'])
    await pause(300)
    expect(s.warnings()).toEqual([`WARN ${join(s.dir, 'a-link.log')} is a link that leads to no file: it is not read.`])
    writeFileSync(target, 'found\n')
    expect(await s.events(2)).toEqual(['b', 'found'])
  })

  test('a directory named like a file costs one warning', async () => {
    const s = unstarted()
    mkdirSync(join(s.dir, 'a.log'))
    s.put('b.log', 'b\n')
    await s.source.start?.()
    expect(await s.events(1)).toEqual(['b'])
    await pause(300)
    expect(s.warnings()).toEqual([`WARN ${join(s.dir, 'a.log')} is a directory: it is not read.`])
  })

  test('a file that cannot be completed is delivered once and completed when that is possible', async () => {
    const dir = tempDir()
    const tracker = join(tempDir(), 'tracker')
    const setup = { dir, trackingPolicy: 'tracker_dir', trackerDir: tracker } as const
    const s = await spooldir(setup)
    mkdirSync(join(tracker, 'x.log.COMPLETED'))
    const path = s.put('x.log', text(numbers(5)))
    s.put('y.log', 'other\n')
    await eventually(() => s.warnings().some((line) => line.includes('cannot be completed')))
    await s.events(6)
    await pause(300)
    expect(s.bodies().sort()).toEqual([...numbers(5), 'other'].sort())
    expect(s.warnings()).toHaveLength(1)
    await s.stop()

    const again = await spooldir(setup)
    again.put('z.log', 'z\n')
    expect(await again.events(1)).toEqual(['z'])
    renameSync(join(tracker, 'x.log.COMPLETED'), join(tracker, 'aside'))
    await eventually(() => readFileSync(join(tracker, 'x.log.COMPLETED')).length === 0, 'the marker')
    expect(again.bodies()).toEqual(['z'])
    expect(readFileSync(path, 'utf8')).toBe(text(numbers(5)))
  })
})
