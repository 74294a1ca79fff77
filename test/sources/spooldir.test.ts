import { rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { containerBlock, containerHeader, newSync } from '../../src/avro/container.ts'
import { eventually } from '../support/eventually.ts'
import { deserializer, numbers, spooldir, tempDir, text, unstarted } from './spooldir-setup.ts'

describe('files', () => {
  test('become events and get the suffix', async () => {
    const s = await spooldir()
    s.put('a.log', 'one\ntwo\r\n\nlast')
    expect(await s.events(4)).toEqual(['one', 'two\r', '', 'last'])
    await s.holds('a.log.COMPLETED')
    expect(s.warnings()).toEqual([])
    expect(s.log.lines).toContain(`INFO SpoolDirectorySource source starting with directory: ${s.dir}`)
    expect(s.log.lines).toContain(
      `INFO Preparing to move file ${join(s.dir, 'a.log')} to ${join(s.dir, 'a.log.COMPLETED')}`,
    )
  })

  test('are noticed long before the next look is due', async () => {
    const s = await spooldir({ pollDelay: 60_000 })
    s.put('a.log', 'now\n')
    expect(await s.events(1)).toEqual(['now'])
  })

  test('of many lines go in batches of batchSize', async () => {
    const s = await spooldir({ batchSize: 30 })
    s.put('a.log', text(numbers(100)))
    expect(await s.events(100)).toEqual(numbers(100))
    expect(s.batches.map((batch) => batch.length)).toEqual([30, 30, 30, 10])
  })

  test('that are empty are one event with an empty body', async () => {
    const s = await spooldir()
    s.put('empty.log', '')
    expect(await s.events(1)).toEqual([''])
    await s.holds('empty.log.COMPLETED')
  })

  test('with the suffix, hidden ones and those that do not fit the patterns stay', async () => {
    const s = await spooldir({ includePattern: '^access.*\\.log$', ignorePattern: '.*secret.*' })
    for (const name of ['access.log.COMPLETED', '.access.log', 'error.log', 'access-secret.log', 'access-1.log'])
      s.put(name, `${name}\n`)
    expect(await s.events(1)).toEqual(['access-1.log'])
    await s.holds('access-1.log.COMPLETED', 'access-secret.log', 'access.log.COMPLETED', 'error.log')
  })

  test('that were just written are left until nobody writes any more', async () => {
    const s = await spooldir({ pollDelay: 300 })
    writeFileSync(join(s.dir, 'slow.log'), '')
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 60))
      writeFileSync(join(s.dir, 'slow.log'), `part ${i}\n`, { flag: 'a' })
    }
    expect(await s.events(5)).toEqual(['part 0', 'part 1', 'part 2', 'part 3', 'part 4'])
    await s.holds('slow.log.COMPLETED')
    expect(s.warnings()).toEqual([])
  })

  test('with a time in the future are read too', async () => {
    const s = await spooldir()
    s.put('tomorrow.log', 'x\n', -86_400)
    expect(await s.events(1)).toEqual(['x'])
  })

  test('go in their thousands', async () => {
    const s = unstarted()
    const names = Array.from({ length: 1000 }, (_, i) => `f${String(i).padStart(4, '0')}`)
    for (const [i, name] of names.entries()) s.put(name, `${name}\n`, 5000 - i)
    await s.source.start?.()
    expect(await s.events(1000)).toEqual(names)
  })

  test('behind links are read', async () => {
    const s = await spooldir()
    const target = join(tempDir(), 'target')
    writeFileSync(target, 'linked\n')
    symlinkSync(target, join(s.dir, 'link.log'))
    expect(await s.events(1)).toEqual(['linked'])
  })
})

describe('order', () => {
  const ages = [
    ['zz', 300],
    ['mm', 200],
    ['bb', 100],
    ['aa', 100],
  ] as const
  test.each([
    ['oldest', ['zz', 'mm', 'aa', 'bb']],
    ['youngest', ['aa', 'bb', 'mm', 'zz']],
  ] as const)('%s first, equal ones by name', async (consumeOrder, wanted) => {
    const s = unstarted({ consumeOrder })
    const now = Math.floor(Date.now() / 1000)
    for (const [name, age] of ages) utimesSync(s.put(name, `${name}\n`), now - age, now - age)
    await s.source.start?.()
    expect(await s.events(4)).toEqual(wanted)
  })

  test('random reads all of them', async () => {
    const s = unstarted({ consumeOrder: 'random' })
    for (const [name] of ages) s.put(name, `${name}\n`)
    await s.source.start?.()
    expect((await s.events(4)).sort()).toEqual(['aa', 'bb', 'mm', 'zz'])
  })

  test('youngest takes a file that comes while others wait', async () => {
    const s = unstarted({
      consumeOrder: 'youngest',
      channel: async () => {
        if (s.bodies().length === 2) s.put('new', 'new\n', 50)
        await new Promise((resolve) => setTimeout(resolve, 60))
      },
    })
    for (let i = 0; i < 10; i++) s.put(`f${i}`, `f${i}\n`, 1000 - i)
    await s.source.start?.()
    const got = await s.events(11)
    expect(got.slice(0, 2)).toEqual(['f9', 'f8'])
    expect(got.indexOf('new')).toBeLessThan(6)
  })
})

describe('what becomes of a file', () => {
  test('deletePolicy immediate removes it', async () => {
    const s = await spooldir({ deletePolicy: 'immediate' })
    s.put('a.log', 'bye\n')
    expect(await s.events(1)).toEqual(['bye'])
    await s.holds()
  })

  test('fileSuffix is its suffix', async () => {
    const s = await spooldir({ fileSuffix: '.DONE' })
    s.put('a.log', 'x\n')
    await s.holds('a.log.DONE')
  })

  test('tracker_dir leaves it and marks it; without the marker it is read again', async () => {
    const s = await spooldir({
      trackingPolicy: 'tracker_dir',
      trackerDir: 'deep/tracker',
      recursiveDirectorySearch: true,
    })
    s.put('a.log', 'a\n')
    s.put('sub/b.log', 'b\n')
    expect((await s.events(2)).sort()).toEqual(['a', 'b'])
    await eventually(() => s.names('deep/tracker/sub').includes('b.log.COMPLETED'), 'the marker')
    expect(s.names('deep/tracker')).toEqual(['a.log.COMPLETED', 'sub'])
    expect(s.names('sub')).toEqual(['b.log'])
    await s.stop()

    const again = await spooldir({
      dir: s.dir,
      trackingPolicy: 'tracker_dir',
      trackerDir: 'deep/tracker',
      recursiveDirectorySearch: true,
    })
    again.put('c.log', 'c\n')
    expect(await again.events(1)).toEqual(['c'])
    rmSync(join(s.dir, 'deep/tracker/a.log.COMPLETED'))
    expect(await again.events(2)).toEqual(['c', 'a'])
  })
})

describe('sub-directories', () => {
  test('are walked when asked for, but not hidden and ignored ones or in circles', async () => {
    const s = await spooldir({ recursiveDirectorySearch: true, ignorePattern: 'skip', basenameHeader: true })
    s.put('.hidden/x.log', 'no\n')
    s.put('skip/x.log', 'no\n')
    s.put('a/b/deep.log', 'deep\n')
    symlinkSync(s.dir, join(s.dir, 'a/circle'))
    expect(await s.events(1)).toEqual(['deep'])
    expect(s.headers()).toEqual([{ basename: 'deep.log' }])
    await eventually(() => s.names('a/b').includes('deep.log.COMPLETED'))
    s.put('a/new/later.log', 'later\n')
    expect(await s.events(2)).toEqual(['deep', 'later'])
  })

  test('are not, by default', async () => {
    const s = await spooldir()
    s.put('sub/x.log', 'no\n')
    s.put('x.log', 'yes\n')
    expect(await s.events(1)).toEqual(['yes'])
    await eventually(() => s.warnings().some((line) => line.includes('sub is a directory')))
  })
})

describe('headers', () => {
  test('tell the path and the name', async () => {
    const s = await spooldir({ fileHeader: true, basenameHeader: true, batchSize: 2 })
    const path = s.put('h.log', 'x\ny\nz\n')
    await s.events(3)
    expect(s.bodies()).toEqual(['x', 'y', 'z'])
    for (const headers of s.headers()) expect(headers).toEqual({ file: path, basename: 'h.log' })
  })

  test('have the names that are asked for, and go with those of the deserializer', async () => {
    const s = await spooldir({
      deserializer: deserializer('avro'),
      fileHeader: true,
      fileHeaderKey: 'path',
      basenameHeader: true,
      basenameHeaderKey: 'flume.avro.schema.hash',
    })
    const sync = newSync()
    const file = [containerHeader('"string"', 'null', sync), containerBlock(1, Buffer.from('\x02x'), sync, 'null')]
    const path = s.put('x.avro', Buffer.concat(file))
    expect(await s.events(1)).toEqual(['\x02x'])
    expect(s.headers()).toEqual([{ 'flume.avro.schema.hash': 'x.avro', path }])
  })
})
