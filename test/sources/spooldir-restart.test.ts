import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { sizeOfLong, writeLong } from '../../src/avro/binary.ts'
import { containerBlock, containerHeader, newSync, readContainer } from '../../src/avro/container.ts'
import { readTracker, trackerBlock, trackerHeader } from '../../src/sources/spooldir/tracker-format.ts'
import { eventually } from '../support/eventually.ts'
import {
  deserializer,
  numbers,
  put,
  type Running,
  type Setup,
  spooldir,
  tempDir,
  text,
  unstarted,
} from './spooldir-setup.ts'

const LINES = numbers(1000)
const TRACKER = '.flumespool/.flumespool-main.meta'

/** Reads up to the given batch, and dies while that one is on its way into the channel. */
async function killedIn(batch: number, setup: Setup = {}): Promise<Running> {
  const hang = new Promise<void>(() => {})
  let reached = false
  const s = unstarted({
    batchSize: 10,
    ...setup,
    channel: (_batch, count) => {
      reached = count === batch
      return reached ? hang : undefined
    },
  })
  if (!existsSync(join(s.dir, 'x.log'))) s.put('x.log', text(LINES))
  await s.source.start?.()
  await eventually(() => reached, `batch ${batch}`)
  s.kill()
  return s
}

describe('after kill -9', () => {
  test('reading goes on inside of the file, and no more than the batch under way comes again', async () => {
    const killed = await killedIn(41)
    const s = await spooldir({ dir: killed.dir, batchSize: 10 })
    const rest = await s.events(590)
    expect(killed.bodies()).toEqual(LINES.slice(0, 410))
    expect(rest).toEqual(LINES.slice(410))
    await s.holds('x.log.COMPLETED')
    expect(s.warnings()).toEqual([])
    await eventually(() => !existsSync(join(s.dir, TRACKER)), 'no tracker file')
  })

  test('again and again', async () => {
    let s = await killedIn(20)
    const all = s.bodies()
    for (let round = 0; round < 3; round++) {
      s = await killedIn(20, { dir: s.dir })
      all.push(...s.bodies())
    }
    expect(all).toEqual(LINES.slice(0, 800))
  })

  test('in an Avro file reading goes on with the block under way', async () => {
    const sync = newSync()
    const blocks = Array.from({ length: 50 }, (_, b) => {
      const data = Array.from({ length: 10 }, (_, i) => Buffer.from(`\x08${String(b * 10 + i).padStart(4, '0')}`))
      return containerBlock(10, Buffer.concat(data), sync, 'null')
    })
    const dir = tempDir()
    put(dir, 'x.log', Buffer.concat([containerHeader('"string"', 'null', sync), ...blocks]))
    const setup = { dir, batchSize: 4, deserializer: deserializer('avro') }
    const killed = await killedIn(41, setup)
    expect(killed.bodies()).toHaveLength(164)
    const s = await spooldir(setup)
    const rest = await s.events(340)
    expect(rest[0]).toBe('\x080160')
    expect(rest).toHaveLength(340)
  })

  test('a younger file that came meanwhile does not make the half-read one start again', async () => {
    const killed = await killedIn(41)
    const s = unstarted({ dir: killed.dir, batchSize: 10, consumeOrder: 'youngest' })
    s.put('y.log', text(numbers(300, 5000)), 1)
    await s.source.start?.()
    expect(await s.events(890)).toEqual([...numbers(300, 5000), ...LINES.slice(410)])
  })

  test('another file that took the name is read from its start', async () => {
    const killed = await killedIn(41)
    const other = numbers(1000, 7000)
    put(killed.dir, 'x.log', text(other))
    const s = await spooldir({ dir: killed.dir })
    expect(await s.events(1000)).toEqual(other)
    expect(s.warnings()).toHaveLength(1)
    expect(s.warnings()[0]).toContain('is another file')
  })
})

test('a stop in the middle of a file repeats nothing', async () => {
  const first = await spooldir({ batchSize: 10, channel: () => new Promise((resolve) => setTimeout(resolve, 5)) })
  first.put('x.log', text(LINES))
  await first.events(100)
  await first.stop()
  const s = await spooldir({ dir: first.dir })
  await s.holds('x.log.COMPLETED')
  expect([...first.bodies(), ...s.bodies()]).toEqual(LINES)
})

describe('Flume’s tracker file', () => {
  // Written by Flume 1.11 for /var/spool/x.log: 100, 2345 and 999999.
  const SCHEMA =
    '{"type":"record","name":"TransferStateFileMeta","namespace":"org.apache.flume.serialization","fields":[{"name":"offset","type":"long"}]}'
  const HEX = `4f626a0104166176726f2e736368656d619002${Buffer.from(SCHEMA).toString('hex')}0866696c65202f7661722f73706f6f6c2f782e6c6f6700fa4294d59e81b8e70a8fc597921fdaca0204c801fa4294d59e81b8e70a8fc597921fdaca0204d224fa4294d59e81b8e70a8fc597921fdaca0206fe887afa4294d59e81b8e70a8fc597921fdaca`

  test('is understood', () => {
    const state = readTracker(Buffer.from(HEX, 'hex'))
    expect(state).toEqual({ path: '/var/spool/x.log', position: 999999, head: undefined })
  })

  test('makes reading go on where Flume stopped', async () => {
    const dir = tempDir()
    const path = put(dir, 'x.log', text(LINES))
    const sync = newSync()
    const at = Buffer.byteLength(text(LINES.slice(0, 900)))
    const offset = Buffer.alloc(sizeOfLong(at))
    writeLong(offset, 0, at)
    mkdirSync(join(dir, '.flumespool'))
    writeFileSync(
      join(dir, TRACKER),
      Buffer.concat([containerHeader(SCHEMA, 'null', sync, [['file', path]]), containerBlock(1, offset, sync, 'null')]),
    )
    const s = await spooldir({ dir })
    expect(await s.events(100)).toEqual(LINES.slice(900))
  })

  test('is what we write: a container file whose last record is the offset', async () => {
    const killed = await killedIn(41)
    const file = readContainer(readFileSync(join(killed.dir, TRACKER)))
    expect(file.meta.get('file')?.toString()).toBe(join(killed.dir, 'x.log'))
    expect(JSON.parse(String(file.meta.get('avro.schema')))).toEqual(JSON.parse(SCHEMA))
    expect(readTracker(readFileSync(join(killed.dir, TRACKER)))).toMatchObject({
      position: Buffer.byteLength(text(LINES.slice(0, 410))),
    })
  })
})

describe('a tracker file that is damaged', () => {
  const half = Buffer.byteLength(text(LINES.slice(0, 410)))
  const DAMAGES: readonly (readonly [string, (bytes: Buffer) => Buffer | undefined, 'start' | 'any'])[] = [
    ['empty', () => Buffer.alloc(0), 'start'],
    ['gone', () => undefined, 'start'],
    ['all zero', (bytes) => bytes.fill(0), 'start'],
    ['all noise', (bytes) => Buffer.from(bytes.map((_, i) => (i * 73 + 41) & 255)), 'start'],
    ['a bit in its head', (bytes) => flip(bytes, 20), 'any'],
    ['a bit in its path', (bytes) => flip(bytes, bytes.indexOf('x.log')), 'start'],
    ['a bit in its last record', (bytes) => flip(bytes, bytes.length - 18), 'any'],
    ['cut in its head', (bytes) => bytes.subarray(0, 50), 'start'],
    ['cut in its last record', (bytes) => bytes.subarray(0, -10), 'any'],
    ['noise behind it', (bytes) => Buffer.concat([bytes, Buffer.alloc(1000, 7)]), 'any'],
    ['zeros at its end', (bytes) => bytes.fill(0, bytes.length - 60), 'any'],
  ]

  test.each(DAMAGES)('%s: no line is lost, reading goes on', async (_name, damage, from) => {
    const killed = await killedIn(41)
    const path = join(killed.dir, TRACKER)
    const damaged = damage(readFileSync(path))
    if (damaged) writeFileSync(path, damaged)
    else rmSync(path)
    const s = unstarted({ dir: killed.dir, batchSize: 10 })
    s.put('y.log', 'other\n', 1)
    await s.source.start?.()
    await s.holds('x.log.COMPLETED', 'y.log.COMPLETED')
    const got = s.bodies()
    const first = LINES.indexOf(got[0] ?? '')
    expect(first).toBeLessThanOrEqual(410)
    if (from === 'start') expect(first).toBe(0)
    expect(got).toEqual([...LINES.slice(first), 'other'])
    expect(s.warnings().length).toBeLessThanOrEqual(1)
  })

  test('a directory in its place is moved out of the way', async () => {
    const dir = tempDir()
    mkdirSync(join(dir, TRACKER, 'sub'), { recursive: true })
    put(dir, 'x.log', text(LINES))
    const s = await spooldir({ dir, batchSize: 10 })
    expect(await s.events(1000)).toEqual(LINES)
    expect(s.warnings()).toHaveLength(1)
  })

  test('every flipped bit gives the true position, an earlier one, or none', () => {
    const sync = newSync()
    const path = '/spool/x.log'
    const blocks = [0, 1, 2, 3].map((i) => trackerBlock(path, half + i * 1000, sync))
    const good = Buffer.concat([trackerHeader(path, '1024:abc', sync), ...blocks])
    const allowed = [undefined, half, half + 1000, half + 2000, half + 3000]
    for (let bit = 0; bit < good.length * 8; bit++) {
      const state = readTracker(flip(Buffer.from(good), bit >> 3, bit & 7))
      if (state?.path === path) expect(allowed).toContain(state.position)
    }
  })
})

function flip(bytes: Buffer, at: number, bit = 1): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
  return bytes
}

test('a tracker directory that cannot be written costs one warning, and is used again when it can be', async () => {
  const dir = tempDir()
  put(dir, 'x.log', text(LINES))
  const blocked = join(dir, '.flumespool')
  const s = unstarted({
    dir,
    batchSize: 10,
    channel: async (_batch, count) => {
      // A file where the directory was, as root can write everywhere else.
      if (count === 0) {
        renameSync(blocked, `${blocked}.away`)
        writeFileSync(blocked, '')
      }
      if (count === 50) {
        rmSync(blocked)
        await new Promise((resolve) => setTimeout(resolve, 150))
      }
    },
  })
  await s.source.start?.()
  expect(await s.events(1000)).toEqual(LINES)
  expect(s.warnings()).toHaveLength(1)
  expect(s.warnings()[0]).toContain('.flumespool-main.meta cannot be written')
  expect(s.log.lines.some((line) => line.includes('.flumespool-main.meta is written again'))).toBe(true)
})
