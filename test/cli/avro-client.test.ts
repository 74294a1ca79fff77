import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { avroClient } from '../../src/cli/avro-client.ts'
import type { Connection, Target } from '../../src/cli/avro-connection.ts'
import { EventDeliveryError } from '../../src/errors.ts'
import { flushLog } from '../../src/log.ts'

interface Sent {
  readonly target: Target
  readonly batches: (readonly (readonly [string, Readonly<Record<string, string>>])[])[]
  closed: number
}

let dir: string
let said: string
let printed: string
let sent: Sent | undefined

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'avro-client-'))
  said = ''
  printed = ''
  sent = undefined
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text)
    return true
  })
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text)
    return true
  })
})
afterEach(() => {
  jest.restoreAllMocks()
})

function put(name: string, text: string): string {
  writeFileSync(join(dir, name), text)
  return join(dir, name)
}

/** Runs the command against another side that takes `take` batches. */
async function run(words: readonly string[], take = Number.POSITIVE_INFINITY): Promise<number> {
  const connect = async (target: Target): Promise<Connection> => {
    const taken: Sent = { target, batches: [], closed: 0 }
    sent = taken
    return {
      async send(batch) {
        if (taken.batches.length >= take) throw new EventDeliveryError('the other side is gone')
        taken.batches.push([...batch].map(({ body, headers }) => [body.toString(), Object.fromEntries(headers)]))
      },
      async close() {
        taken.closed++
      },
    }
  }
  const status = await avroClient(words, connect)
  flushLog()
  return status
}

const bodies = () => sent?.batches.map((batch) => batch.map(([body]) => body))

describe('sending', () => {
  test('a file goes out in batches of five with the headers of the header file', async () => {
    const file = put('in.txt', '1\n2\n\n4\n5\n6\nseven')
    const headers = put('headers.txt', '# comment\nhost = web01\nkind=access\n')
    expect(await run(['-H', 'there', '-p', '41414', '-F', file, '-R', headers])).toBe(0)
    expect(sent?.target).toEqual({ host: 'there', port: 41414, batchSize: 5, inFlight: 4 })
    expect(bodies()).toEqual([
      ['1', '2', '', '4', '5'],
      ['6', 'seven'],
    ])
    expect(sent?.batches[1]?.[1]?.[1]).toEqual({ host: 'web01', kind: 'access' })
    expect([sent?.closed, said]).toEqual([1, ''])
  })

  test('an empty file is no event', async () => {
    expect(await run(['-H', 'h', '-p', '1', '-F', put('empty', '')])).toBe(0)
    expect(bodies()).toEqual([])
  })

  test.each([
    ['batch-size = 3\n', 3],
    ['', 100],
    ['batch-size = many\n', 100],
    ['batch-size = 0\n', 100],
  ])('an RPC properties file with %j sends in batches of %d', async (text, size) => {
    const lines = Array.from({ length: 101 }, (_, i) => `${i}`)
    const props = put('rpc.properties', `hosts = h1\nhosts.h1 = there:1\n${text}`)
    expect(await run(['--rpcProps', props, '-F', put('in.txt', lines.join('\n'))])).toBe(0)
    expect(bodies()?.[0]?.length).toBe(size)
    expect(bodies()?.flat()).toEqual(lines)
    expect(sent?.target).toMatchObject({ batchSize: size, rpcProps: expect.any(Map) })
  })

  test('a header file that is missing is told about, and the events go without it', async () => {
    expect(await run(['-H', 'h', '-p', '1', '-F', put('in', 'x'), '-R', join(dir, 'no')])).toBe(0)
    expect(said).toContain('Unable to load headerFile')
    expect(sent?.batches).toEqual([[['x', {}]]])
  })

  test('the files of a directory are completed, an empty one is one empty event', async () => {
    const spool = mkdtempSync(join(dir, 'spool-'))
    writeFileSync(join(spool, 'a'), '1\n2\n')
    writeFileSync(join(spool, 'b'), '')
    expect(await run(['-H', 'h', '-p', '1', '--dirname', spool])).toBe(0)
    expect(bodies()?.flat().sort()).toEqual(['', '1', '2'])
    expect(readdirSync(spool).sort()).toEqual(['a.COMPLETED', 'b.COMPLETED'])
  })
})

describe('what goes wrong', () => {
  test('events that are not delivered end with status 1 and the number that were', async () => {
    expect(await run(['-H', 'h', '-p', '1', '-F', put('in', '1\n2\n3\n4\n5\n6\n')], 1)).toBe(1)
    expect(said).toContain('Unable to deliver events to Flume. the other side is gone. 5 events were delivered before.')
    expect(sent?.closed).toBe(1)
  })

  test('a failure ends the command although its input stays open', async () => {
    const input = new PassThrough()
    jest.spyOn(process, 'stdin', 'get').mockReturnValue(input as unknown as typeof process.stdin)
    input.write('1\n2\n3\n4\n5\n')
    expect(await run(['-H', 'h', '-p', '1'], 0)).toBe(1)
    expect(said).toContain('Unable to deliver events to Flume. the other side is gone. 0 events were delivered before.')
    expect(input.destroyed).toBe(true)
  })

  test('a directory whose events are not delivered keeps the file', async () => {
    const spool = mkdtempSync(join(dir, 'spool-'))
    writeFileSync(join(spool, 'a'), '1\n')
    expect(await run(['-H', 'h', '-p', '1', '--dirname', spool], 0)).toBe(1)
    expect(readdirSync(spool)).toEqual(['a'])
  })

  test('input that cannot be read ends with status 1', async () => {
    expect(await run(['-H', 'h', '-p', '1', '-F', join(dir, 'no')])).toBe(1)
    expect(said).toContain('Unable to send data to Flume.')
    expect(await run(['-H', 'h', '-p', '1', '--dirname', join(dir, 'no')])).toBe(1)
    expect(said).toContain(`Directory does not exist: ${join(dir, 'no')}`)
  })

  test('a connection that cannot be opened is logged, with status 0 as in Flume', async () => {
    const status = await avroClient(['-H', 'h', '-p', '1'], async () => {
      throw new Error('connect ECONNREFUSED')
    })
    flushLog()
    expect(status).toBe(0)
    expect(said).toContain('Unable to open connection to Flume. connect ECONNREFUSED')
  })

  test('properties that name no host are wrong words, with status 1', async () => {
    const status = await avroClient(['-P', put('rpc.properties', 'batch-size = 3\n')])
    flushLog()
    expect(status).toBe(1)
    expect(said).toContain('Unable to open connection to Flume. Hosts list is invalid')
  })

  test.each([
    [['-H', 'h'], 0, 'You must specify a port to connect to with --port'],
    [['-p', '1'], 0, 'You must specify a hostname to connect to with --host'],
    [[], 0, 'Either --rpcProps or both --host and --port must be specified.'],
    [['-H', 'h', '-p', 'http'], 1, '--port takes a number from 1 to 65535, which http is not'],
    [['-H', 'h', '-p', '0'], 1, 'which 0 is not'],
    [['-H', 'h', '-p', '70000'], 1, 'which 70000 is not'],
    [['-P', '/no/such.properties'], 1, '--rpcProps /no/such.properties cannot be read'],
    [
      ['-H', 'h', '-p', '1', '-F', 'x', '--dirname', 'y'],
      1,
      '--filename and --dirname options cannot be used simultan',
    ],
    [['-H', 'h', '--frobnicate'], 1, 'Unrecognized option: --frobnicate'],
  ])('%j is refused with status %d', async (words, status, text) => {
    expect(await run(words)).toBe(status)
    expect(said).toContain(`Unable to parse command line options - `)
    expect(said).toContain(text)
    expect(sent).toBeUndefined()
  })
})

test('--help prints the options and connects to nobody', async () => {
  expect(await run(['-h'])).toBe(0)
  expect(printed).toMatch(/^usage: flume-ng avro-client /)
  for (const word of ['--rpcProps', '--host', '--port', '--filename', '--dirname', '--headerFile']) {
    expect(printed).toContain(word)
  }
  expect(sent).toBeUndefined()
})
