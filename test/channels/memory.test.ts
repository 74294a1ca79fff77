import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import avsc from 'avsc'
import { batchOf } from '../../src/batch.ts'
import { memoryChannel } from '../../src/channels/memory.ts'
import { MemoryBudget } from '../../src/channels/memory-budget.ts'
import { MemoryChannel, type MemorySettings } from '../../src/channels/memory-channel.ts'
import { pseudoTxnMemoryChannel } from '../../src/channels/pseudo-txn-memory.ts'
import type { Channel, ChannelContext } from '../../src/component.ts'
import { ChannelError, ChannelFullError } from '../../src/errors.ts'
import { createEvent } from '../../src/event.ts'
import { contextFor } from '../support/context.ts'
import { bodies, channelContract, takeTexts } from './contract.ts'

const FREE = { costOf: () => 0, refusal: '' }

async function started(settings: Partial<MemorySettings>): Promise<Channel> {
  const channel = new MemoryChannel({
    capacity: 100,
    transactionCapacity: 10,
    keepAliveMs: 20,
    drainMs: 0,
    bytes: FREE,
    ...settings,
  })
  await channel.start()
  return channel
}

const context = (): ChannelContext & ReturnType<typeof contextFor> => ({
  ...contextFor('channel', 'c1'),
  identity: 'abc',
})

type Options = Parameters<typeof memoryChannel.create>[0]
const options = (more: Partial<Options> = {}): Options => ({
  capacity: 100,
  transactionCapacity: 100,
  'keep-alive': 0,
  byteCapacity: undefined,
  byteCapacityBufferPercentage: 20,
  drainTimeout: 10,
  saveOnStop: false,
  saveDir: undefined,
  ...more,
})

channelContract('memory', { make: (capacity) => started({ capacity }) })

channelContract('PseudoTxnMemoryChannel', {
  async make(capacity) {
    const channel = await pseudoTxnMemoryChannel.create({ capacity, 'keep-alive': 0 }, context())
    await channel.start?.()
    return channel
  },
  skips: {
    'gives events again, first and in order, after a rollback': 'its takes are final, as in Flume',
    'counts events of an open take as held': 'its takes are final, as in Flume',
    'refuses a batch that is longer than a transaction may be': 'a transaction may be as long as the channel',
    'wakes a take that waits, and never gives an event twice to two takers': 'keep-alive 0: nothing waits',
  },
})

describe('a full memory channel', () => {
  test('lets a waiting put in as soon as a take is committed', async () => {
    const channel = await started({ capacity: 10, keepAliveMs: 5000 })
    await channel.put(bodies('1', '2', '3', '4', '5', '6', '7', '8', '9', '10'))
    const waiting = channel.put(bodies('11', '12'))
    const taken = await channel.take(2)
    await taken.commit()
    await waiting
    expect(await takeTexts(channel, 10)).toEqual(['3', '4', '5', '6', '7', '8', '9', '10', '11', '12'])
  })

  test('keeps the order of waiting puts, whatever their size', async () => {
    const channel = await started({ capacity: 10, keepAliveMs: 5000 })
    await channel.put(bodies('1', '2', '3', '4', '5', '6', '7', '8', '9'))
    const done: string[] = []
    const large = channel.put(bodies('a', 'b', 'c')).then(() => done.push('large'))
    const small = channel.put(bodies('d')).then(() => done.push('small'))
    await (await channel.take(3)).commit()
    await Promise.all([large, small])
    expect(done).toEqual(['large', 'small'])
  })

  test('refuses with the text that Flume users know', async () => {
    const channel = await started({ capacity: 1, keepAliveMs: 0 })
    await channel.put(bodies('1'))
    await expect(channel.put(bodies('2'))).rejects.toThrow(
      "Space for commit to queue couldn't be acquired. Sinks are likely not keeping up with sources, or the buffer size is too tight",
    )
  })
})

describe('byteCapacity', () => {
  test('counts bodies in slots of 100 bytes less the reserve for headers, as Flume does', async () => {
    const channel = await memoryChannel.create(options({ byteCapacity: 2000 }), context())
    await channel.start?.()
    // 2000 bytes less 20 percent are 16 slots; 150 bytes take two of them.
    const event = () => batchOf([createEvent('x'.repeat(150), { header: 'y'.repeat(500) })])
    for (let i = 0; i < 8; i++) await channel.put(event())
    await expect(channel.put(event())).rejects.toThrow('Byte capacity allocated to store event body 1600.0reached')
    await (await channel.take(1)).commit()
    await channel.put(event())
  })

  test('of 0 means no limit', async () => {
    const channel = await memoryChannel.create(options({ byteCapacity: 0 }), context())
    await channel.put(batchOf([createEvent('x'.repeat(1_000_000))]))
    expect(channel.depth()).toBe(1)
  })
})

describe('the budget of the process', () => {
  const bytesOf = (budget: MemoryBudget) => ({
    budget,
    costOf: (batch: { byteLength: number }) => batch.byteLength,
    refusal: 'over budget',
  })

  test('counts headers too and refuses before it is exceeded', async () => {
    const channel = await started({ bytes: bytesOf(new MemoryBudget(1000)) })
    const large = () => batchOf([createEvent('', { header: 'y'.repeat(600) })])
    await channel.put(large())
    await expect(channel.put(large())).rejects.toBeInstanceOf(ChannelFullError)
  })

  test('is shared: what one channel gives up lets another one in', async () => {
    const budget = new MemoryBudget(1000)
    const one = await started({ bytes: bytesOf(budget) })
    const other = await started({ bytes: bytesOf(budget), keepAliveMs: 5000 })
    await one.put(batchOf([createEvent('x'.repeat(900))]))
    const waiting = other.put(batchOf([createEvent('y'.repeat(900))]))
    await (await one.take(1)).commit()
    await waiting
    expect(budget.freeBytes).toBeLessThan(100)
  })
})

describe('what a memory channel holds when it is stopped', () => {
  const saveDir = () => mkdtemp(join(tmpdir(), 'memory-'))
  const make = async (directory: string) => {
    const own = context()
    const channel = await memoryChannel.create(options({ saveOnStop: true, saveDir: directory }), own)
    await channel.start?.()
    return { channel, log: own.log }
  }

  test('is there again after the next start, in order, and is said', async () => {
    const directory = await saveDir()
    const first = await make(directory)
    await first.channel.put(bodies('1', '2'))
    await first.channel.put(batchOf([createEvent('3', { k: 'v' })]))
    await (await first.channel.take(1)).commit()
    await first.channel.stop?.()
    expect(first.log.lines.join()).toMatch(/kept 2 undelivered events in .*a1-c1-abc\.1\.avro/)
    const second = await make(directory)
    expect(await takeTexts(second.channel, 10)).toEqual(['2', '3'])
    await second.channel.stop?.()
    expect(await readdir(directory)).toEqual([])
  })

  test('is an Avro container that any reader understands', async () => {
    const directory = await saveDir()
    const { channel } = await make(directory)
    await channel.put(batchOf([createEvent('body', { k: 'v' })]))
    await channel.stop?.()
    const [name] = await readdir(directory)
    const records = await new Promise<unknown[]>((resolve, reject) => {
      const all: unknown[] = []
      const decoder = avsc.createFileDecoder(join(directory, name ?? ''))
      decoder.on('data', (record: unknown) => all.push(record))
      decoder.on('end', () => resolve(all))
      decoder.on('error', reject)
    })
    expect(records).toMatchObject([{ headers: { k: 'v' }, body: Buffer.from('body') }])
  })

  test('is not lost when the process dies before it has been delivered', async () => {
    const directory = await saveDir()
    const first = await make(directory)
    await first.channel.put(bodies('1'))
    await first.channel.stop?.()
    await make(directory)
    // That process is gone: its claim carries a process id that is no longer running.
    const [claimed] = await readdir(directory)
    const bytes = await readFile(join(directory, claimed ?? ''))
    const dead = await mkdtemp(join(tmpdir(), 'memory-'))
    await writeFile(join(dead, `${claimed?.replace(/\d+$/, '')}999999999`), bytes)
    const { channel } = await make(dead)
    expect(await takeTexts(channel, 5)).toEqual(['1'])
  })

  test('is delivered as far as it is whole when the file was damaged, which is kept aside', async () => {
    const directory = await saveDir()
    const first = await make(directory)
    await first.channel.put(bodies('1', '2'))
    await first.channel.stop?.()
    const [name] = await readdir(directory)
    const path = join(directory, name ?? '')
    await writeFile(path, Buffer.concat([await readFile(path), Buffer.from([2, 4, 0])]))
    const { channel, log } = await make(directory)
    expect(await takeTexts(channel, 5)).toEqual(['1', '2'])
    expect(log.lines.join()).toMatch(/damaged/)
    expect((await readdir(directory)).some((file) => file.endsWith('.damaged'))).toBe(true)
  })

  test('is said to be lost when it cannot be written', async () => {
    const { channel, log } = await make('/dev/null/nowhere')
    await channel.put(bodies('1'))
    await channel.stop?.()
    expect(log.lines.join()).toMatch(/could not keep 1 undelivered events, they are lost/)
  })
})

test('a put that waits ends with the channel', async () => {
  const channel = await started({ capacity: 1, keepAliveMs: 60_000 })
  await channel.put(bodies('1'))
  const waiting = channel.put(bodies('2'))
  await channel.stop?.()
  await expect(waiting).rejects.toBeInstanceOf(ChannelError)
})
