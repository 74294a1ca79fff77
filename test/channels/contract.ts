// What every channel must do. One suite, run against each channel with a factory that makes a started one.
import { afterEach, describe, expect, test } from '@jest/globals'
import { batchOf } from '../../src/batch.ts'
import type { Channel } from '../../src/component.ts'
import { ChannelError, ChannelFullError } from '../../src/errors.ts'
import { createEvent } from '../../src/event.ts'

export interface ChannelFactory {
  /** A started channel of that capacity with transactions of up to 10 events, whose waits are as short as can be. */
  make(capacity: number): Promise<Channel>
  /** Cases that do not hold for this channel, with the reason. */
  readonly skips?: Readonly<Record<string, string>>
}

export const bodies = (...texts: string[]) => batchOf(texts.map((text) => createEvent(text)))

export async function takeTexts(channel: Channel, max: number): Promise<string[]> {
  const taken = await channel.take(max)
  await taken.commit()
  return [...taken.batch].map((event) => event.body.toString())
}

export function channelContract(name: string, factory: ChannelFactory): void {
  describe(`${name} as a channel`, () => {
    let channel: Channel | undefined
    const make = async (capacity = 100) => {
      channel = await factory.make(capacity)
      return channel
    }
    const skips = factory.skips ?? {}
    const it = (title: string, run: () => Promise<void>) => (title in skips ? undefined : test(title, run))

    afterEach(async () => {
      await channel?.stop?.()
      channel = undefined
    })

    it('gives events in the order in which they were put, across batches of other sizes', async () => {
      const c = await make()
      await c.put(bodies('1', '2', '3'))
      await c.put(bodies('4'))
      await c.put(bodies('5', '6', '7', '8'))
      expect(await takeTexts(c, 2)).toEqual(['1', '2'])
      expect(await takeTexts(c, 4)).toEqual(['3', '4', '5', '6'])
      expect(await takeTexts(c, 10)).toEqual(['7', '8'])
      expect(c.depth()).toBe(0)
    })

    it('takes all of a batch or nothing of it', async () => {
      const c = await make(10)
      await c.put(bodies('1', '2', '3', '4', '5', '6', '7', '8'))
      await expect(c.put(bodies('a', 'b', 'c'))).rejects.toBeInstanceOf(ChannelFullError)
      expect(c.depth()).toBe(8)
      await c.put(bodies('9', '10'))
      expect(await takeTexts(c, 10)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10'])
    })

    it('refuses a batch that is longer than a transaction may be', async () => {
      const c = await make(100)
      await expect(c.put(bodies(...Array.from({ length: 11 }, String)))).rejects.toBeInstanceOf(ChannelError)
      expect(c.depth()).toBe(0)
    })

    it('gives events again, first and in order, after a rollback', async () => {
      const c = await make()
      await c.put(bodies('1', '2', '3', '4'))
      const first = await c.take(1)
      const second = await c.take(2)
      await second.rollback()
      await first.rollback()
      expect(await takeTexts(c, 10)).toEqual(['1', '2', '3', '4'])
    })

    it('counts events of an open take as held', async () => {
      const c = await make(10)
      await c.put(bodies('1', '2', '3', '4', '5', '6', '7', '8', '9', '10'))
      const taken = await c.take(5)
      expect(c.depth()).toBe(10)
      await expect(c.put(bodies('x'))).rejects.toBeInstanceOf(ChannelFullError)
      await taken.commit()
      expect(c.depth()).toBe(5)
      await c.put(bodies('x'))
    })

    it('gives an empty batch when nothing comes', async () => {
      const taken = await (await make()).take(5)
      expect(taken.batch.length).toBe(0)
      await taken.commit()
    })

    it('wakes a take that waits, and never gives an event twice to two takers', async () => {
      const c = await make()
      const waiting = [c.take(2), c.take(2)]
      await c.put(bodies('1', '2', '3', '4'))
      const got = (await Promise.all(waiting)).flatMap((taken) => [...taken.batch].map((e) => e.body.toString()))
      expect(got).toEqual(['1', '2', '3', '4'])
    })

    it('ends a waiting take when its signal is aborted', async () => {
      const c = await make()
      const halt = new AbortController()
      const taken = c.take(1, halt.signal)
      halt.abort()
      expect((await taken).batch.length).toBe(0)
    })

    it('accepts an empty batch without any effect', async () => {
      const c = await make()
      await c.put(bodies())
      expect(c.depth()).toBe(0)
    })

    it('refuses puts and ends takes after it has been stopped, and stops twice', async () => {
      const c = await make()
      const waiting = c.take(1)
      await c.stop?.()
      await c.stop?.()
      expect((await waiting).batch.length).toBe(0)
      await expect(c.put(bodies('x'))).rejects.toBeInstanceOf(ChannelError)
    })
  })
}
