import { PassThrough } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import { Pump } from '../../src/net/pump.ts'
import { eventually } from '../support/eventually.ts'

describe('a pump', () => {
  test('hands on one chunk at a time and makes the writer wait', async () => {
    const stream = new PassThrough({ highWaterMark: 10 })
    const handled: string[] = []
    const waiting: (() => void)[] = []
    const pump = new Pump(stream, (chunk) => {
      handled.push(String(chunk))
      return new Promise((resolve) => waiting.push(resolve))
    })
    let written = 0
    while (written < 20 && stream.write(`chunk ${written}`)) {
      written++
      await new Promise(setImmediate)
    }
    expect(written).toBeLessThan(10)
    expect(handled).toEqual(['chunk 0'])
    stream.end()
    await eventually(() => {
      waiting.shift()?.()
      return handled.length === written + 1 && waiting.length === 0
    })
    await pump.done
    expect(handled).toEqual(Array.from({ length: written + 1 }, (_, i) => `chunk ${i}`))
  })

  test('is done after the last chunk is handled, not when the stream ends', async () => {
    const stream = new PassThrough()
    let finish = () => {}
    let done = false
    const pump = new Pump(
      stream,
      () =>
        new Promise((resolve) => {
          finish = resolve
        }),
    )
    void pump.done.then(() => {
      done = true
    })
    stream.end('x')
    await eventually(() => stream.readableEnded || stream.destroyed)
    expect(done).toBe(false)
    finish()
    await pump.done
  })

  test('handles what it has read when it is stopped, and forgets it when it is abandoned', async () => {
    for (const end of ['stop', 'abandon'] as const) {
      const stream = new PassThrough()
      const handled: string[] = []
      let finish = () => {}
      const pump = new Pump(stream, (chunk) => {
        handled.push(String(chunk))
        return handled.length === 1
          ? new Promise((resolve) => {
              finish = resolve
            })
          : undefined
      })
      stream.emit('data', Buffer.from('a'))
      stream.emit('data', Buffer.from('b'))
      pump[end]()
      stream.emit('data', Buffer.from('c'))
      finish()
      await pump.done
      expect(handled).toEqual(end === 'stop' ? ['a', 'b'] : ['a'])
    }
  })

  test('fails when handling fails', async () => {
    const stream = new PassThrough()
    const pump = new Pump(stream, () => Promise.reject(new Error('no')))
    stream.write('x')
    await expect(pump.done).rejects.toThrow('no')
  })

  test('is done when the stream is torn down without an end', async () => {
    const stream = new PassThrough()
    const pump = new Pump(stream, () => undefined)
    stream.destroy()
    await pump.done
  })
})
