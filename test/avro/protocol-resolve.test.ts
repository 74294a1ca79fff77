import { describe, expect, test } from '@jest/globals'
import avsc from 'avsc'
import fc from 'fast-check'
import { FLUME_PROTOCOL } from '../../src/avro/protocol.ts'
import { type Call, resolveProtocol, statusWords } from '../../src/avro/protocol-resolve.ts'
import type { Batch } from '../../src/batch.ts'

type Fields = readonly { readonly name: string; readonly type: unknown }[]

function protocolText(fields: Fields, types: readonly unknown[] = []): string {
  return JSON.stringify({
    protocol: 'P',
    namespace: 'n.s',
    types: [...types, { type: 'record', name: 'Ev', fields }],
    messages: {
      append: { request: [{ name: 'event', type: 'Ev' }], response: 'null' },
      appendBatch: { request: [{ name: 'events', type: { type: 'array', items: 'n.s.Ev' } }], response: 'null' },
    },
  })
}

const HEADERS = { name: 'headers', type: { type: 'map', values: 'string' } }
const BODY = { name: 'body', type: 'bytes' }

function read(text: string, call: Call, bytes: Buffer): Batch | undefined {
  const reader = resolveProtocol(text).reader(call)
  if (typeof reader !== 'function') throw new Error(reader.problem)
  return reader(bytes, 0, bytes.length)
}

const problemOf = (text: string, call: Call = 'append') => {
  const reader = resolveProtocol(text).reader(call)
  return typeof reader === 'function' ? undefined : reader.problem
}

describe('a client’s protocol', () => {
  test('of Flume’s shape under other names is read in place', () => {
    const text = protocolText([
      { name: 'headers', type: { type: 'map', values: { type: 'string', 'avro.java.string': 'String' } } },
      BODY,
    ])
    const bytes = Buffer.from('02026b0276000a626f647931', 'hex')
    const batch = read(text, 'append', bytes)
    expect(batch?.at(0).body.buffer).toBe(bytes.buffer)
    expect(batch?.at(0).headers).toEqual(new Map([['k', 'v']]))
  })

  test('with more fields, in another order and of types that fit is resolved, whatever the values are', () => {
    const kinds = [
      { name: 'flags', type: { type: 'enum', name: 'Flag', symbols: ['A', 'B'] } },
      { name: 'body', type: ['null', 'string'] },
      { name: 'numbers', type: { type: 'array', items: ['null', 'long', 'double', 'float', 'int', 'boolean'] } },
      { name: 'headers', type: [{ type: 'map', values: 'bytes' }, 'null'] },
      { name: 'id', type: { type: 'fixed', name: 'Id', size: 3 } },
      { name: 'next', type: ['null', 'Ev'] },
      { name: 'more', type: { type: 'map', values: { type: 'record', name: 'In', fields: [BODY] } } },
    ] as const
    const type = avsc.Type.forSchema(
      { type: 'array', items: { type: 'record', name: 'n.s.Ev', fields: [...kinds] } } as never,
      {
        wrapUnions: true,
      },
    )
    const text = fc.string({ unit: 'grapheme', maxLength: 10 })
    const bytes = fc.uint8Array({ maxLength: 10 }).map((array) => Buffer.from(array))
    const numbers = fc.array(
      fc.constantFrom(null, { long: 5 }, { double: 0.5 }, { float: 1 }, { int: -3 }, { boolean: true }),
      { maxLength: 5 },
    )
    const { event } = fc.letrec((tie) => ({
      event: fc.record({
        flags: fc.constantFrom('A', 'B'),
        body: fc.option(fc.record({ string: text })),
        numbers,
        headers: fc.option(fc.record({ map: fc.dictionary(text, bytes, { maxKeys: 3, noNullPrototype: true }) })),
        id: fc.uint8Array({ minLength: 3, maxLength: 3 }).map((array) => Buffer.from(array)),
        next: fc.option(fc.record({ 'n.s.Ev': tie('event') }), { maxDepth: 2, depthSize: 'small' }),
        more: fc.dictionary(fc.constantFrom('p', 'q'), fc.record({ body: bytes }, { noNullPrototype: true })),
      }),
    }))
    fc.assert(
      fc.property(fc.array(event, { maxLength: 4 }), (events) => {
        const batch = read(protocolText(kinds), 'appendBatch', type.toBuffer(events))
        const wanted = (events as unknown as Record<string, Record<string, never> | null>[]).map(
          ({ body, headers }) => ({
            body: body?.['string'] ?? '',
            headers: Object.entries((headers?.['map'] ?? {}) as Record<string, Buffer>).map(([k, v]) => [
              k,
              v.toString(),
            ]),
          }),
        )
        const got = [...(batch ?? [])].map(({ body, headers }) => ({ body: body.toString(), headers: [...headers] }))
        expect(got).toEqual(wanted)
      }),
    )
  })

  test('whose bytes are cut or wrong is malformed at any place', () => {
    const fields = [BODY, { name: 'n', type: { type: 'array', items: 'int' } }, HEADERS]
    const text = protocolText(fields)
    const whole = Buffer.from('0261' + '04' + '0204' + '00' + '02026b027600', 'hex')
    expect(read(text, 'append', whole)?.length).toBe(1)
    for (let end = 0; end < whole.length; end++) expect(read(text, 'append', whole.subarray(0, end))).toBeUndefined()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const batch = read(text, 'appendBatch', Buffer.from(bytes))
        // What is taken must be whole events.
        for (const event of batch ?? []) expect(event.body.length + event.headers.size).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  test('that makes values of no bytes costs no more than its bytes', () => {
    const nothing = { name: 'nothing', type: { type: 'array', items: 'null' } }
    const claim = Buffer.from('feffffffffffffff7f', 'hex')
    const text = protocolText([nothing, HEADERS, BODY])
    expect(read(text, 'append', Buffer.concat([claim, Buffer.alloc(20)]))).toBeUndefined()
    // Records in records: 2^30 of them without a byte.
    const types: unknown[] = [{ type: 'record', name: 'R0', fields: [{ name: 'a', type: 'null' }] }]
    for (let i = 1; i <= 30; i++) {
      const twice = ['a', 'b'].map((name) => ({ name, type: `R${i - 1}` }))
      types.push({ type: 'record', name: `R${i}`, fields: twice })
    }
    const deep = protocolText([{ name: 'r', type: 'R30' }, HEADERS, BODY], types)
    expect(read(deep, 'append', Buffer.from('00026100', 'hex'))).toBeUndefined()
  })

  test('that contains itself without end is malformed, not endless', () => {
    const text = protocolText([{ name: 'self', type: 'Ev' }, HEADERS, BODY])
    expect(read(text, 'append', Buffer.alloc(100))).toBeUndefined()
  })

  test.each([
    ['no JSON', '{nonsense', /not JSON/],
    ['a number', '5', /not an object/],
    ['no messages', '{}', /lacks the message/],
    ['an event without headers', protocolText([BODY]), /lack the field headers/],
    ['an event without a body', protocolText([HEADERS]), /lack the field body/],
    ['a body of another type', protocolText([HEADERS, { name: 'body', type: 'int' }]), /field body .* another type/],
    ['headers of numbers', protocolText([{ name: 'headers', type: { type: 'map', values: 'int' } }, BODY]), /headers/],
    ['a body that is nothing', protocolText([HEADERS, { name: 'body', type: 'null' }]), /field body/],
    ['an unknown type', protocolText([HEADERS, { name: 'body', type: 'Foo' }]), /type Foo, which it does not declare/],
    ['no fields', JSON.stringify({ types: [{ type: 'record', name: 'R' }] }), /fields is not a list/],
    ['types nested without end', `{"types":[${'['.repeat(5000)}${']'.repeat(5000)}]}`, /nested too deeply/],
    ['a long text', `"${'x'.repeat(300_000)}"`, /300002 characters/],
    ['no parameter event', JSON.stringify({ messages: { append: { request: [] } } }), /lack event or events/],
  ])('with %s cannot be used, and says why', (_, text, reason) => {
    expect(problemOf(text)).toMatch(reason)
  })

  test('may lack one of the two messages', () => {
    const text = JSON.stringify({
      ...JSON.parse(FLUME_PROTOCOL),
      messages: { append: JSON.parse(FLUME_PROTOCOL).messages.append },
    })
    expect(problemOf(text, 'append')).toBeUndefined()
    expect(problemOf(text, 'appendBatch')).toMatch('lacks the message')
    expect(resolveProtocol(text).has('appendBatch')).toBe(false)
  })

  test('of any text never throws', () => {
    fc.assert(fc.property(fc.json(), (text) => void resolveProtocol(text).reader('append')))
  })
})

test('the words of a server’s answers come from its protocol', () => {
  const text = FLUME_PROTOCOL.replace('"OK","FAILED","UNKNOWN"', '"FAILED","OK"')
  expect(statusWords(text)).toEqual(['FAILED', 'OK'])
  expect(statusWords('nonsense')).toEqual(['OK', 'FAILED', 'UNKNOWN'])
  expect(statusWords(undefined)).toEqual(['OK', 'FAILED', 'UNKNOWN'])
})
