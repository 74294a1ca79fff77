import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { readContainer } from '../../src/avro/container.ts'
import { batchOf, createEvent, type Sink } from '../../src/component.ts'
import { contextFor } from '../support/context.ts'
import { eventually } from '../support/eventually.ts'
import { made, plannedFrom } from './made.ts'

let folder = ''
const running: Sink[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-roll-'))
})
afterEach(async () => {
  jest.useRealTimers()
  await Promise.all(running.splice(0).map((sink) => sink.stop?.()))
  rmSync(folder, { recursive: true, force: true })
})

async function make(texts: Record<string, string | number> = {}) {
  const context = contextFor('sink', 'k1')
  const all = { 'sink.directory': folder, 'sink.rollInterval': 0, ...texts }
  const sink = await made('sink', 'file_roll', { texts: all, context })
  running.push(sink)
  return { sink, context, start: async () => sink.start?.() }
}

const batch = (...bodies: string[]) => batchOf(bodies.map((body) => createEvent(body)))
const files = () => readdirSync(folder).sort()
const content = (name = files()[0]) => readFileSync(join(folder, name ?? ''), 'utf8')

describe('file_roll', () => {
  test('writes a line for each event, on the disk when the write is settled', async () => {
    const { sink, start } = await make()
    await start()
    await sink.write(batch('one', 'two', ''))
    expect(content()).toBe('one\ntwo\n\n')
    await sink.write(batch('grün'))
    expect(content()).toBe('one\ntwo\n\ngrün\n')
    expect(files()).toHaveLength(1)
  })

  test('keeps the order of writes that are under way together', async () => {
    const { sink, start } = await make()
    await start()
    const bodies = Array.from({ length: 200 }, (_, i) => String(i))
    await Promise.all(bodies.map((body) => sink.write(batch(body))))
    expect(content()).toBe(bodies.map((body) => `${body}\n`).join(''))
  })

  test('opens an empty file at the start that is named after the time at which it was made', async () => {
    jest.useFakeTimers({ now: 1_700_000_000_123, doNotFake: ['setImmediate', 'nextTick', 'setTimeout'] })
    const { start, context } = await make()
    jest.setSystemTime(1_700_000_009_999)
    await start()
    expect(files()).toEqual(['1700000000123-1'])
    expect(content()).toBe('')
    expect(context.log.lines).toEqual([
      'INFO RollInterval is not valid, file rolling will not happen.',
      'INFO RollingFileSink k1 started.',
    ])
  })

  test('puts prefix and extension around the name', async () => {
    const { start } = await make({ 'sink.pathManager.prefix': 'web-', 'sink.pathManager.extension': 'log' })
    await start()
    expect(files()).toEqual([expect.stringMatching(/^web-\d{13}-1\.log$/)])
  })

  test.each(['rolltime', 'org.apache.flume.formatter.output.RollTimePathManager$Builder'])(
    'names files after the local time of their opening under path manager %s',
    async (manager) => {
      jest.useFakeTimers({ now: new Date(2026, 0, 2, 3, 4, 5), doNotFake: ['setImmediate', 'nextTick', 'setTimeout'] })
      const { start } = await make({ 'sink.pathManager': manager, 'sink.pathManager.extension': 'txt' })
      jest.setSystemTime(new Date(2026, 0, 2, 3, 4, 6))
      await start()
      expect(files()).toEqual(['20260102030406-1.txt'])
    },
  )

  test('does not overwrite a file that exists', async () => {
    jest.useFakeTimers({ now: 1_700_000_000_123, doNotFake: ['setImmediate', 'nextTick', 'setTimeout'] })
    writeFileSync(join(folder, '1700000000123-1'), 'precious')
    writeFileSync(join(folder, '1700000000123-2'), 'precious too')
    const { sink, start } = await make()
    await start()
    await sink.write(batch('new'))
    expect(content('1700000000123-1')).toBe('precious')
    expect(content('1700000000123-2')).toBe('precious too')
    expect(content('1700000000123-3')).toBe('new\n')
  })

  test('begins a new file at each interval, events or not, and loses none in between', async () => {
    const { sink, start, context } = await make({ 'sink.rollInterval': 1 })
    await start()
    const sent: string[] = []
    const writing = eventually(async () => {
      sent.push(`event ${sent.length}`)
      await sink.write(batch(sent.at(-1) ?? ''))
      return files().length >= 3
    }, 'three files')
    await writing
    await eventually(() => files().length >= 4, 'a file that no event asked for')
    const numbers = files().map((name) => Number(name.split('-')[1]))
    expect(numbers).toEqual(numbers.map((_, i) => i + 1))
    expect(new Set(files().map((name) => name.split('-')[0])).size).toBe(1)
    expect(files().map(content).join('')).toBe(sent.map((body) => `${body}\n`).join(''))
    await sink.stop?.()
    expect(context.counters.get('ConnectionCreatedCount')).toBe(files().length)
    expect(context.counters.get('ConnectionClosedCount')).toBe(files().length)
  }, 20_000)

  test('cannot start without its directory, does not create it, and starts once it is there', async () => {
    const directory = join(folder, 'absent')
    const { sink, start } = await make({ 'sink.directory': directory })
    await expect(start()).rejects.toThrow(`Directory ${directory} does not exist`)
    expect(files()).toEqual([])
    mkdirSync(directory)
    await start()
    await sink.write(batch('x'))
    expect(readdirSync(directory)).toHaveLength(1)
  })

  test('says that its directory is a file', async () => {
    const directory = join(folder, 'file')
    writeFileSync(directory, '')
    const { start } = await make({ 'sink.directory': directory })
    await expect(start()).rejects.toThrow(`${directory} is not a directory`)
  })

  test('writes Avro containers that are whole after each write', async () => {
    const { sink, start } = await make({
      'sink.serializer': 'avro_event',
      'sink.serializer.compressionCodec': 'deflate',
    })
    await start()
    await sink.write(batch('first', 'second'))
    await sink.write(batch('third'))
    const { blocks, meta, damagedAt } = readContainer(readFileSync(join(folder, files()[0] ?? '')))
    expect(damagedAt).toBeUndefined()
    expect(blocks.map((block) => block.count)).toEqual([2, 1])
    expect(String(meta.get('avro.codec'))).toBe('deflate')
  })

  test('stops twice, also without having started, and refuses writes afterwards', async () => {
    const { sink, start, context } = await make()
    await sink.stop?.()
    await start()
    const last = sink.write(batch('last'))
    await sink.stop?.()
    await sink.stop?.()
    await last
    expect(content()).toBe('last\n')
    await expect(sink.write(batch('late'))).rejects.toMatchObject({ code: 'EVENT_DELIVERY' })
    expect(context.counters.get('ConnectionClosedCount')).toBe(1)
  })
})

test.each([
  ['sink.batchSize', '0'],
  ['sink.pathManager', 'com.example.Mine'],
  ['sink.rollInterval', 'often'],
])('%s = %s leaves the sink out with one sentence', async (key, value) => {
  const { planned, problems } = await plannedFrom('sink', 'file_roll', { 'sink.directory': '/tmp', [key]: value })
  expect(planned).toBeUndefined()
  expect(problems).toMatchObject([{ key: `a1.x.x1.${key}` }])
})
