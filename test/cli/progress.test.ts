import { PassThrough } from 'node:stream'
import { expect, test } from '@jest/globals'
import { Progress } from '../../src/cli/progress.ts'

function terminal(isTTY: boolean) {
  const stream = Object.assign(new PassThrough(), { isTTY }) as unknown as NodeJS.WriteStream
  return { stream, text: () => String((stream as unknown as PassThrough).read() ?? '') }
}

test('on a terminal one line is written over, not more often than a reader can follow', () => {
  let nowMs = 1000
  const { stream, text } = terminal(true)
  const progress = new Progress(stream, () => nowMs)
  for (let i = 0; i < 1000; i++) {
    nowMs += 1
    progress.add(5)
  }
  progress.end()
  const shown = text().split('\r').slice(1)
  expect(shown.length).toBeLessThan(8)
  expect(shown.at(-1)).toBe('\x1b[K5,000 events sent, 5,000 a second\n')
})

test('elsewhere nothing is written, and the count is still right', () => {
  const { stream, text } = terminal(false)
  const progress = new Progress(stream)
  progress.add(3)
  progress.add(4)
  progress.end()
  expect([progress.count, text()]).toEqual([7, ''])
})
