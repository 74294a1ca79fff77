import { expect, test } from '@jest/globals'
import { type Batch, batchOf } from '../../src/batch.ts'
import { createEvent } from '../../src/event.ts'
import { Pending } from '../../src/streaming/pending.ts'

const batch = (...bodies: string[]) => batchOf(bodies.map((body) => createEvent(body)))
const bodies = (batches: readonly Batch[]) => batches.flatMap((some) => [...some].map(({ body }) => body.toString()))

function opened(bound: { events?: number; bytes?: number }): Pending {
  const pending = new Pending({ events: 1000, bytes: 1_000_000, ...bound })
  pending.open()
  return pending
}

/** The names of those that have been accepted, or why not. */
function watch(pending: Pending, batches: Record<string, Batch>): string[] {
  const log: string[] = []
  for (const [name, one] of Object.entries(batches)) {
    pending.accept(one).then(
      () => log.push(name),
      (error: Error) => log.push(`${name}: ${error.message}`),
    )
  }
  return log
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

test('batches wait for one another when there are too many events, first come, first stored', async () => {
  const pending = opened({ events: 3 })
  const log = watch(pending, { a: batch('1', '2'), b: batch('3', '4'), c: batch('5') })
  await turn()
  expect(log).toEqual(['a'])
  expect(bodies(pending.take())).toEqual(['1', '2'])
  await turn()
  expect(log).toEqual(['a'])
  expect(pending.unfinished).toEqual({ taken: 2, waiting: 0 })
  pending.release()
  await turn()
  expect(log).toEqual(['a', 'b', 'c'])
  expect(pending.unfinished).toEqual({ taken: 0, waiting: 3 })
  expect(bodies(pending.take())).toEqual(['3', '4', '5'])
})

test('bytes count as well, and what is being processed counts until it is done', async () => {
  const one = batch('x'.repeat(100))
  const pending = opened({ bytes: one.byteLength * 2 })
  const log = watch(pending, { a: one })
  pending.take()
  const others = watch(pending, { b: one, c: one })
  await turn()
  expect([log, others]).toEqual([['a'], ['b']])
  pending.release()
  await turn()
  expect(others).toEqual(['b', 'c'])
})

test('a batch that is longer than the bound is accepted alone', async () => {
  const pending = opened({ events: 2 })
  const log = watch(pending, { long: batch('1', '2', '3'), next: batch('4') })
  await turn()
  expect(log).toEqual(['long'])
  pending.take()
  pending.release()
  await turn()
  expect(log).toEqual(['long', 'next'])
})

test('nothing is accepted before it is opened', async () => {
  const pending = new Pending({ events: 10, bytes: 1000 })
  const log = watch(pending, { a: batch('1') })
  await turn()
  expect(log).toEqual([])
  pending.open()
  await turn()
  expect(log).toEqual(['a'])
})

test('closing refuses those that wait and those that come, and keeps what was accepted', async () => {
  const pending = opened({ events: 1 })
  const log = watch(pending, { a: batch('1'), b: batch('2') })
  pending.close('It is over.')
  pending.close('Again.')
  const late = watch(pending, { c: batch('3') })
  await turn()
  expect(log).toEqual(['a', 'b: It is over.'])
  expect(late).toEqual(['c: It is over.'])
  expect(bodies(pending.take())).toEqual(['1'])
})

test('an empty batch is accepted although there is no room', async () => {
  const pending = opened({ events: 1 })
  const log = watch(pending, { a: batch('1'), b: batch('2'), nothing: batch() })
  await turn()
  expect(log).toEqual(['a', 'nothing'])
})
