import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import avro from 'avsc'
import { containerBlock, containerHeader, newSync, readContainer } from '../../src/avro/container.ts'

const SCHEMA = '{"type":"record","name":"Line","fields":[{"name":"n","type":"int"},{"name":"text","type":"string"}]}'
const type = avro.Type.forSchema(JSON.parse(SCHEMA))
const rows = [0, 1, 2, 3, 4].map((n) => ({ n, text: `row ${n} `.repeat(n * 20) }))
const encode = (some: typeof rows) => Buffer.concat(some.map((row) => type.toBuffer(row)))
const first = encode(rows.slice(0, 2))
const second = encode(rows.slice(2))

function file(codec: 'null' | 'deflate') {
  const sync = newSync()
  const header = containerHeader(SCHEMA, codec, sync, [['owner', 'test']])
  const blocks = [containerBlock(2, first, sync, codec), containerBlock(3, second, sync, codec)]
  return { sync, header, blocks, all: Buffer.concat([header, ...blocks]) }
}

async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'container-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function decodeWithAvsc(path: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const found: unknown[] = []
    avro
      .createFileDecoder(path)
      .on('data', (row) => found.push({ ...(row as object) }))
      .on('end', () => resolve(found))
      .on('error', reject)
  })
}

describe.each(['null', 'deflate'] as const)('a container with codec %s', (codec) => {
  test('is read by another Avro library', () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, 'f.avro'), file(codec).all)
      expect(await decodeWithAvsc(join(folder, 'f.avro'))).toEqual(rows)
    }))

  test('that another Avro library wrote is read', async () => {
    const encoder = new avro.streams.BlockEncoder(type, { codec, blockSize: 1 })
    for (const row of rows) encoder.write(row)
    encoder.end()
    const read = readContainer(await buffer(encoder))
    expect(read.damagedAt).toBeUndefined()
    expect(read.blocks.reduce((sum, block) => sum + block.count, 0)).toBe(rows.length)
    expect(Buffer.concat(read.blocks.map((block) => block.bytes))).toEqual(encode(rows))
    expect(read.meta.get('avro.codec')?.toString()).toBe(codec)
  })

  test('gives back its entries, its blocks and its marker', () => {
    const { sync, all } = file(codec)
    const read = readContainer(all)
    expect(read.blocks).toEqual([
      { count: 2, bytes: first },
      { count: 3, bytes: second },
    ])
    expect(read.meta.get('owner')?.toString()).toBe('test')
    expect(read.meta.get('avro.schema')?.toString()).toBe(SCHEMA)
    expect(read.sync).toEqual(sync)
    expect(read.end).toBe(all.length)
    expect(read.damagedAt).toBeUndefined()
  })

  test('that is cut anywhere in its last block still gives the blocks before it', () => {
    const { header, blocks, all } = file(codec)
    const lastStart = header.length + (blocks[0]?.length ?? 0)
    for (let length = lastStart + 1; length < all.length; length++) {
      const read = readContainer(all.subarray(0, length))
      expect(read.blocks.map((block) => block.count)).toEqual([2])
      expect(read.damagedAt).toBe(lastStart)
      expect(read.end).toBe(lastStart)
    }
  })

  test('with a destroyed block gives the blocks behind it', () => {
    const { header, all } = file(codec)
    const damaged = Buffer.from(all)
    damaged.fill(0xff, header.length, header.length + 4)
    const read = readContainer(damaged)
    expect(read.blocks).toEqual([{ count: 3, bytes: second }])
    expect(read.damagedAt).toBe(header.length)
    expect(read.end).toBe(all.length)
  })
})

test('a file that is cut in its header, empty or something else gives nothing and does not throw', () => {
  const { header } = file('null')
  for (let length = 0; length < header.length; length++) {
    const read = readContainer(header.subarray(0, length))
    expect(read.blocks).toEqual([])
    expect(read.damagedAt).toBe(0)
  }
  expect(readContainer(Buffer.from('{"not": "avro"}')).damagedAt).toBe(0)
})

test('a header alone is a whole file without blocks', () => {
  const { header } = file('null')
  expect(readContainer(header)).toMatchObject({ blocks: [], end: header.length })
  expect(readContainer(header).damagedAt).toBeUndefined()
})

test('any single flipped byte is survived', () => {
  const { all } = file('deflate')
  for (let i = 0; i < all.length; i++) {
    const damaged = Buffer.from(all)
    damaged[i] = (damaged[i] ?? 0) ^ 0xff
    expect(() => readContainer(damaged)).not.toThrow()
  }
})

test('blocks of an unknown codec are reported as damage', () => {
  const sync = newSync()
  const header = containerHeader(SCHEMA, 'null', sync, [['avro.codec', 'snappy']])
  const read = readContainer(Buffer.concat([header, containerBlock(2, first, sync, 'null')]))
  expect(read.blocks).toEqual([])
  expect(read.damagedAt).toBe(header.length)
})
