import { describe, expect, test } from '@jest/globals'
import { batchOf, createEvent, type Event } from '../../src/component.ts'
import { contextFor } from '../support/context.ts'
import { made, plannedFrom } from './made.ts'

async function logged(texts: Record<string, string>, ...events: Event[]): Promise<string[]> {
  const context = contextFor('sink', 'k1')
  const sink = await made('sink', 'logger', { texts, context })
  await sink.write(batchOf(events))
  return context.log.lines
}

async function line(event: Event, texts: Record<string, string> = {}): Promise<string> {
  const [first = ''] = await logged(texts, event)
  return first.replace(/^INFO /, '')
}

describe('an event in the log', () => {
  test('is what Flume prints', async () => {
    expect(await line(createEvent('Hello world!\r'))).toBe(
      'Event: { headers:{} body: 48 65 6C 6C 6F 20 77 6F 72 6C 64 21 0D          Hello world!. }',
    )
  })

  test('shows sixteen bytes, and no sign of more', async () => {
    const full = 'Event: { headers:{} body: 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66 0123456789abcdef }'
    expect(await line(createEvent('0123456789abcdef'))).toBe(full)
    expect(await line(createEvent('0123456789abcdefghij'))).toBe(full)
  })

  test('has its headers in the order in which they were added', async () => {
    expect(await line(createEvent('', { host: 'wéb', a: '1' }))).toBe('Event: { headers:{host=wéb, a=1} body: }')
  })

  test('has dots for bytes that cannot be printed', async () => {
    const body = Buffer.from([0x00, 0x1f, 0x20, 0x7e, 0x7f, 0x80, 0xff])
    expect(await line(createEvent(body))).toBe(
      `Event: { headers:{} body: 00 1F 20 7E 7F 80 FF ${' '.repeat(27)}.. ~... }`,
    )
  })
})

describe('maxBytesToLog', () => {
  test('shows further rows, each with its offset', async () => {
    expect(await line(createEvent('0123456789abcdefghij'), { maxBytesToLog: '64' })).toBe(
      'Event: { headers:{} body: 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66 0123456789abcdef\n' +
        `00000010 67 68 69 6A ${' '.repeat(36)}ghij }`,
    )
  })

  test('cuts inside a row', async () => {
    expect(await line(createEvent('0123456789abcdefghij'), { maxBytesToLog: '17' })).toMatch(/\n00000010 67 {46}g \}$/)
    expect(await line(createEvent('0123'), { maxBytesToLog: '2' })).toBe(
      `Event: { headers:{} body: 30 31 ${' '.repeat(42)}01 }`,
    )
  })

  test('counts rows in hexadecimal', async () => {
    const rows = (await line(createEvent('x'.repeat(400)), { maxBytesToLog: '1000' })).split('\n')
    expect(rows).toHaveLength(25)
    expect(rows[10]).toMatch(/^000000A0 78 /)
    expect(rows[24]).toMatch(/^00000180 78 /)
  })

  test('0 shows no body', async () => {
    expect(await line(createEvent('abc'), { maxBytesToLog: '0' })).toBe('Event: { headers:{} body: }')
  })

  test('that is no number or negative is said and sixteen bytes are shown', async () => {
    for (const value of ['many', '-1']) {
      const { planned, problems } = await plannedFrom('sink', 'logger', { maxBytesToLog: value })
      expect(planned?.options).toEqual({ maxBytesToLog: 16 })
      expect(problems).toMatchObject([{ severity: 'warning', key: 'a1.x.x1.maxBytesToLog' }])
    }
  })
})

test('every event of a batch has its own line, whatever stands between the bodies', async () => {
  const lines = await logged({}, createEvent('a', { k: 'v' }), createEvent(''), createEvent('c'))
  expect(lines.map((text) => text.replace(/ +/g, ' '))).toEqual([
    'INFO Event: { headers:{k=v} body: 61 a }',
    'INFO Event: { headers:{} body: }',
    'INFO Event: { headers:{} body: 63 c }',
  ])
})
