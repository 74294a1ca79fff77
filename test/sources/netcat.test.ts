import { describe, expect, test } from '@jest/globals'
import { eventually } from '../support/eventually.ts'
import { Client, gate, releases, started } from './netcat-setup.ts'

describe('lines', () => {
  test('become events without headers and are answered OK each, in the order of the client', async () => {
    const { port, batches, bodies } = await started()
    await new Client(port).send('hello world!\nsecond\n\n').answered('OK\nOK\nOK\n')
    expect(bodies()).toEqual(['hello world!', 'second', ''])
    expect(batches[0]?.at(0).headers.size).toBe(0)
  })

  test('of one read are one batch, of maxBatch events at most', async () => {
    const { port, batches } = await started({ maxBatch: 40 })
    await new Client(port).send('x\n'.repeat(100)).answered('OK\n'.repeat(100))
    expect(Math.max(...batches.map((batch) => batch.length))).toBe(40)
    expect(batches.length).toBeLessThan(10)
  })

  test('that come in several packets wait for their newline', async () => {
    const { port, bodies } = await started()
    const client = new Client(port).send('first\nhalf ')
    await client.answered('OK\n')
    client.send('and half\n')
    await client.answered('OK\nOK\n')
    expect(bodies()).toEqual(['first', 'half and half'])
  })

  test('keep a carriage return, and the last one is dropped when it has no newline', async () => {
    const { port, bodies } = await started()
    expect(await new Client(port).finish('dos\r\npartial')).toBe('OK\n')
    expect(bodies()).toEqual(['dos\r'])
  })

  test('are not answered when acknowledgements are off', async () => {
    const { port, bodies } = await started({ ack: false })
    expect(await new Client(port).finish('quiet\nplease\n')).toBe('')
    expect(bodies()).toEqual(['quiet', 'please'])
  })

  test('are not answered before the channel has them', async () => {
    const { passed, open } = gate()
    const asked: string[] = []
    const { port } = await started({
      refuse: (batch) => {
        asked.push(String(batch.at(0).body))
        return passed
      },
    })
    const client = new Client(port).send('one\n')
    await eventually(() => asked.length === 1)
    client.send('two\n')
    // The second line must not be put, nor anything answered, while the first one is under way.
    await new Client(port).send('other\n')
    await eventually(() => asked.includes('other'))
    expect(client.answers).toBe('')
    expect(asked).toEqual(['one', 'other'])
    open()
    await client.answered('OK\nOK\n')
  })

  test('of many clients are answered to each in its own order', async () => {
    const { port, bodies } = await started()
    const clients = Array.from({ length: 20 }, () => new Client(port))
    for (let i = 0; i < 10; i++) for (const [n, client] of clients.entries()) client.send(`${n}:${i}\n`)
    for (const client of clients) await client.answered('OK\n'.repeat(10))
    expect(bodies()).toHaveLength(200)
    for (const n of clients.keys()) {
      const own = bodies().filter((body) => body.startsWith(`${n}:`))
      expect(own).toEqual(Array.from({ length: 10 }, (_, i) => `${n}:${i}`))
    }
  })
})

describe('encodings', () => {
  test('UTF-8 arrives unchanged although packets cut its characters', async () => {
    const { port, bodies } = await started()
    const text = 'gr\u00fc\u00df dich \u65e5\u672c\u8a9e \u{1f600}'
    const client = new Client(port)
    const bytes = Buffer.from(`${text}\n${text}\n`)
    client.socket.setNoDelay(true)
    for (const byte of bytes) client.send(Uint8Array.of(byte))
    await client.answered('OK\nOK\n')
    expect(bodies()).toEqual([text, text])
  })

  test('malformed UTF-8 is replaced in its own line only', async () => {
    const { port, batches, bodies } = await started()
    await new Client(port).send(Buffer.from('caf\xe9\nok\n', 'latin1')).answered('OK\nOK\n')
    expect(bodies()).toEqual(['caf\ufffd', 'ok'])
    expect(batches[0]?.at(0).body).toEqual(Buffer.from('caf\ufffd'))
  })

  test('another encoding becomes UTF-8, and answers are written in it', async () => {
    const latin = await started({ encoding: 'iso-8859-1' })
    await new Client(latin.port).send(Buffer.from('caf\xe9\n', 'latin1')).answered('OK\n')
    expect(latin.bodies()).toEqual(['caf\u00e9'])
    const wide = await started({ encoding: 'UTF-16LE' })
    await new Client(wide.port).send(Buffer.from('caf\u00e9\n', 'utf16le')).answered('O\0K\0\n\0')
    expect(wide.bodies()).toEqual(['caf\u00e9'])
  })
})

describe('the longest line', () => {
  const tooLong = (limit: number) => `FAILED: Event exceeds the maximum length (${limit} chars, including newline)\n`

  test('has one character less than the limit, whatever its bytes', async () => {
    const { port, bodies } = await started({ maxLineLength: 16 })
    const client = new Client(port).send(`${'x'.repeat(15)}\n${'\u20ac'.repeat(15)}\n`)
    await client.answered('OK\nOK\n')
    expect(bodies()).toEqual(['x'.repeat(15), '\u20ac'.repeat(15)])
  })

  test.each([
    ['x', 16],
    ['\u20ac', 16],
    ['\u{1f600}', 8],
  ])(
    'a line of %s at the limit is refused, warned of, and closed without waiting for its newline',
    async (character, times) => {
      const { port, batches, log } = await started({ maxLineLength: 16 })
      const client = new Client(port).send(character.repeat(times))
      await eventually(() => client.ended, 'close')
      expect(client.answers).toBe(tooLong(16))
      expect(batches).toHaveLength(0)
      expect(log).toContain('WARN Client sent event exceeding the maximum length')
    },
  )

  test('lines before one that is too long are stored and answered first, lines behind it are not', async () => {
    const { port, bodies } = await started({ maxLineLength: 16 })
    const client = new Client(port).send(`one\ntwo\n${'x'.repeat(16)}\nthree\n`)
    await eventually(() => client.ended, 'close')
    expect(client.answers).toBe(`OK\nOK\n${tooLong(16)}`)
    expect(bodies()).toEqual(['one', 'two'])
  })

  test('a client that sends on and on still gets the answer, and is cut off', async () => {
    const { port, bodies } = await started()
    const client = new Client(port)
    const flood = setInterval(() => client.send('y'.repeat(100_000)), 5)
    releases.push(() => clearInterval(flood))
    await eventually(() => client.ended, 'end of answers')
    expect(client.answers).toBe(tooLong(512))
    await eventually(() => client.closed, 'cut')
    expect(bodies()).toEqual([])
  })
})
