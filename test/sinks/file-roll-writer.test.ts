import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { readContainer } from '../../src/avro/container.ts'
import { type Batch, batchOf, createEvent, reasonOf, type Serializer } from '../../src/component.ts'
import { RollingWriter, type WriterSettings } from '../../src/sinks/file-roll-writer.ts'
import { contextFor } from '../support/context.ts'
import { eventually } from '../support/eventually.ts'
import { FaultyFiles } from './faulty-files.ts'
import { made } from './made.ts'

let files = new FaultyFiles()
let context = contextFor('sink', 'k1')
let writer: RollingWriter | undefined

beforeEach(() => {
  files = new FaultyFiles()
  context = contextFor('sink', 'k1')
})
afterEach(async () => {
  jest.useRealTimers()
  await writer?.stop()
  writer = undefined
})

async function started(settings: Partial<WriterSettings> = {}, type = 'text'): Promise<RollingWriter> {
  writer = new RollingWriter({
    directory: '/out',
    stem: () => 's',
    suffix: '',
    rollIntervalMs: 0,
    serializer: () => made('serializer', type, { context }),
    files,
    counters: context.counters,
    log: context.log,
    ...settings,
  })
  await writer.start()
  return writer
}

const batch = (...bodies: string[]) => batchOf(bodies.map((body) => createEvent(body)))

// The runtime pauses after a failure; what comes without a pause is refused with what failed.
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

describe('a full disk', () => {
  test('rejects the batch, leaves nothing of it in the file, and takes it once there is room again', async () => {
    const writer = await started()
    await writer.write(batch('first'))
    files.room = 5
    await expect(writer.write(batch('second', 'third'))).rejects.toMatchObject({ code: 'EVENT_DELIVERY' })
    expect(files.text('/out/s-1')).toBe('first\n')
    expect(files.room).toBe(5)
    files.room = 1000
    await nextTurn()
    await writer.write(batch('second', 'third'))
    expect(files.text('/out/s-1')).toBe('first\nsecond\nthird\n')
  })

  test('tells which file and why', async () => {
    const writer = await started()
    files.room = 0
    const error = await writer.write(batch('x')).catch((reason: unknown) => reason)
    expect(reasonOf(error)).toBe('Cannot write to /out/s-1: ENOSPC: simulated, write')
  })

  test('leaves nothing behind even when the file cannot be cut at that time', async () => {
    const writer = await started()
    await writer.write(batch('first'))
    files.room = 8
    files.truncateFails = true
    await expect(writer.write(batch('a long second one'))).rejects.toThrow()
    expect(files.text('/out/s-1')).toBe('first\na long s')
    files.room = 1000
    await nextTurn()
    await expect(writer.write(batch('2'))).rejects.toThrow()
    files.truncateFails = false
    await nextTurn()
    await writer.write(batch('2'))
    expect(files.text('/out/s-1')).toBe('first\n2\n')
  })

  test('leaves a container whole', async () => {
    const writer = await started({}, 'avro_event')
    await writer.write(batch('first'))
    files.room = 10
    await expect(writer.write(batch('second'))).rejects.toThrow()
    files.room = 1000
    await nextTurn()
    await writer.write(batch('second'))
    await writer.stop()
    const { blocks, damagedAt } = readContainer(files.contents.get('/out/s-1') ?? Buffer.alloc(0))
    expect(damagedAt).toBeUndefined()
    expect(blocks).toHaveLength(2)
  })

  test('at the start leaves no half header behind, and the next attempt has the first number', async () => {
    files.room = 10
    await expect(started({}, 'avro_event')).rejects.toMatchObject({ code: 'EVENT_DELIVERY' })
    expect(files.contents.size).toBe(0)
    expect(context.counters.get('ConnectionFailedCount')).toBe(1)
    files.room = 1000
    await writer?.start()
    expect([...files.contents.keys()]).toEqual(['/out/s-1'])
  })

  test('at the roll: the old file goes on, and the next one is opened at a later interval', async () => {
    const writer = await started({ rollIntervalMs: 20 })
    files.createFails = true
    await eventually(() => context.log.lines.length > 0)
    expect(context.log.lines[0]).toBe(
      'ERROR Cannot open /out/s-2: ENOSPC: simulated, open. Going on with /out/s-1.'.replace('/out/s-2', nextPath()),
    )
    const before = [...files.contents.keys()].at(-1) ?? ''
    await writer.write(batch('x'))
    expect(files.text(before)).toContain('x\n')
    files.createFails = false
    await eventually(() => [...files.contents.keys()].at(-1) !== before)
  })
})

const nextPath = () => `/out/s-${files.contents.size + 1}`

test('a short write is gone on with where it stopped', async () => {
  files.shortAt = 3
  const writer = await started()
  await Promise.all([writer.write(batch('abcdefgh')), writer.write(batch('ij', 'klmnop'))])
  expect(files.text('/out/s-1')).toBe('abcdefgh\nij\nklmnop\n')
})

test('batches that come during a write go out together in the next one', async () => {
  const writer = await started()
  await Promise.all(['a', 'b', 'c', 'd'].map((body) => writer.write(batch(body))))
  expect(files.events).toEqual(['write 2', 'write 6'])
})

test('what follows a failed batch is refused too, so that order is kept', async () => {
  const writer = await started()
  files.room = 0
  const outcomes: string[] = []
  const write = (body: string): Promise<unknown> =>
    writer.write(batch(body)).then(
      () => outcomes.push(`${body} written`),
      (): unknown => {
        outcomes.push(`${body} refused`)
        // Room comes back at once; what comes in the same turn must not overtake what was refused.
        files.room = 1000
        return body === 'a' ? write('late') : undefined
      },
    )
  await Promise.all([write('a'), write('b'), write('c')])
  expect(outcomes).toEqual(['a refused', 'b refused', 'c refused', 'late refused'])
  await nextTurn()
  await writer.write(batch('a', 'b'))
  expect(files.text('/out/s-1')).toBe('a\nb\n')
})

test('a batch that cannot be serialized is rejected without holding up those before it', async () => {
  const picky = (serializer: Serializer): Serializer => ({
    ...serializer,
    write: (events: Batch) => {
      if (String(events.at(0).body) === 'bad') throw new Error('no such thing')
      return serializer.write(events)
    },
  })
  const writer = await started({ serializer: async () => picky(await made('serializer', 'text', { context })) })
  const results = await Promise.allSettled(['0', '1', 'bad', '2'].map((body) => writer.write(batch(body))))
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected'])
  await nextTurn()
  await writer.write(batch('2'))
  expect(files.text('/out/s-1')).toBe('0\n1\n2\n')
})

test('names begin at 1 again when their stem changes, and go on when it does not', async () => {
  const stems = ['a', 'a', 'b', 'b']
  await started({ rollIntervalMs: 5, stem: () => stems.shift() ?? 'c' })
  await eventually(() => files.contents.size >= 5)
  expect([...files.contents.keys()].slice(0, 5)).toEqual(['a-1', 'a-2', 'b-1', 'b-2', 'c-1'].map((n) => `/out/${n}`))
})

test('a write that hangs is given up at the stop, and its batch is rejected', async () => {
  const writer = await started()
  files.gate = new Promise(() => {})
  const hanging = [writer.write(batch('a')), writer.write(batch('b'))]
  const outcomes = Promise.allSettled(hanging)
  await writer.stop()
  expect((await outcomes).map((outcome) => outcome.status)).toEqual(['rejected', 'rejected'])
  expect(context.log.lines).toEqual(['ERROR Gave up /out/s-1: a write into it does not come to an end.'])
})

test('a roll waits for the write that is under way', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  const writer = await started({ rollIntervalMs: 10 })
  let open = () => {}
  files.gate = new Promise((resolve) => {
    open = resolve
  })
  const writing = writer.write(batch('slow'))
  jest.advanceTimersByTime(15)
  await nextTurn()
  expect([...files.contents.keys()]).toEqual(['/out/s-1'])
  open()
  await writing
  expect(files.text('/out/s-1')).toBe('slow\n')
  jest.useRealTimers()
  await eventually(() => files.events.includes('close /out/s-1'))
  expect([...files.contents.keys()]).toEqual(['/out/s-1', '/out/s-2'])
})

test('an interval that is longer than a timer can wait is waited for in pieces', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  await started({ rollIntervalMs: 3_000_000_000 })
  jest.advanceTimersByTime(2_999_999_999)
  await nextTurn()
  expect(files.contents.size).toBe(1)
  jest.advanceTimersByTime(1)
  jest.useRealTimers()
  await eventually(() => files.contents.size === 2)
})
