import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { joinBatches } from '../../src/batch.ts'
import { JsonEvents } from '../../src/sources/http-json-events.ts'
import { JsonSyntaxError } from '../../src/sources/http-json-text.ts'

const parser = new JsonEvents()

function parse(text: string | Buffer, by = parser) {
  const batch = by.parse(Buffer.from(text as string))
  return batch && Array.from(batch, ({ headers, body }) => [body.toString('utf8'), Object.fromEntries(headers)])
}

const bodyOf = (text: string) => parse(`[{"body":${text}}]`)?.[0]?.[0]
const wrong = (text: string) => {
  expect(() => parse(text)).toThrow(JsonSyntaxError)
}

describe('JSON events', () => {
  test('have headers and a body, in any order of members', () => {
    expect(parse('[{"headers":{"a":"1","b":"2"},"body":"x"}, {"body":"y","headers":{"c":"3"}}]')).toEqual([
      ['x', { a: '1', b: '2' }],
      ['y', { c: '3' }],
    ])
  })

  test('keep the order of their headers', () => {
    const batch = parser.parse(Buffer.from('[{"headers":{"z":"1","a":"2","m":"3"}}]'))
    expect([...(batch?.at(0).headers.keys() ?? [])]).toEqual(['z', 'a', 'm'])
  })

  test('without headers or body have none', () => {
    expect(parse('[{}, {"body":null,"headers":null}, {"headers":{}}]')).toEqual([
      ['', {}],
      ['', {}],
      ['', {}],
    ])
  })

  test('may be none at all', () => {
    expect(parse(' [ ] ')).toEqual([])
    expect(parse('[// nothing\n]')).toEqual([])
  })

  test('keep numbers as they were written and booleans in small letters', () => {
    const numbers = ['1.0', '12345678901234567890', '-0', '1e400', '007', '+5', '0x1F', '1.10']
    for (const number of numbers) expect(bodyOf(number)).toBe(number)
    expect(bodyOf('true')).toBe('true')
    expect(bodyOf('FALSE')).toBe('false')
    expect(bodyOf('truely')).toBe('truely')
    expect(parse('[{"headers":{"n":1.50,"b":TRUE}}]')).toEqual([['', { n: '1.50', b: 'true' }]])
  })

  test('leave headers out whose value is null', () => {
    expect(parse('[{"headers":{"a":null,"b":"x","c":NULL}}]')).toEqual([['', { b: 'x' }]])
    expect(parse('[{"headers":{"a":null,"a":"x"}}]')).toEqual([['', { a: 'x' }]])
  })

  test('take headers as a list of pairs, and the empty list of PHP', () => {
    expect(parse('[{"headers":[["a","1"],["b",2]]},{"headers":[]}]')).toEqual([
      ['', { a: '1', b: '2' }],
      ['', {}],
    ])
    wrong('[{"headers":[["a"]]}]')
    wrong('[{"headers":[["a","b","c"]]}]')
    wrong('[{"headers":["a"]}]')
  })

  test('are refused when a header comes twice', () => {
    wrong('[{"headers":{"a":"1","a":"2"}}]')
    wrong('[{"headers":{"a":"1","\\u0061":"2"}}]')
    const many = Array.from({ length: 100 }, (_, i) => `"h${i}":"v"`)
    expect(Object.keys(parse(`[{"headers":{${many}}}]`)?.[0]?.[1] ?? {})).toHaveLength(100)
    wrong(`[{"headers":{${many},"h50":"again"}}]`)
    wrong(`[{"headers":{${many},"h99":"again"}}]`)
  })

  test('take the last of members that come twice', () => {
    expect(parse('[{"body":"a","body":"b","headers":{"x":"1"},"headers":{"y":"2"}}]')).toEqual([['b', { y: '2' }]])
  })

  test('ignore members they do not know, however deep', () => {
    expect(parse('[{"x":{"y":[1,{"z":null},[],{}]},"bodY":1,"body":"b","t":[,],"u":\'}\'}]')).toEqual([['b', {}]])
    const deep = (depth: number) => `[{"x":${'['.repeat(depth)}${']'.repeat(depth)},"body":"b"}]`
    expect(parse(deep(1000))).toEqual([['b', {}]])
    wrong(deep(100_000))
    wrong('[{"x":{"y" 1},"body":"b"}]')
  })

  test('are null where the list or an element is null or left out', () => {
    for (const text of ['', '  ', '// none', 'null', 'NULL x', '[null]', '[{},]', '[,{}]', '[{},,{}]', '[;]']) {
      expect(parse(text)).toBeUndefined()
    }
  })

  test('are refused as a syntax error before nulls are complained about', () => {
    wrong('[null,{"body":"x"')
    wrong('[null] more')
  })
})

describe('lenient JSON', () => {
  test('takes single quotes, bare words and names, `;`, `=`, `=>` and comments', () => {
    expect(parse("[{'body':'it\"s'}]")).toEqual([['it"s', {}]])
    expect(parse('[{body:some-word;headers={a=>b;c=d}}]')).toEqual([['some-word', { a: 'b', c: 'd' }]])
    expect(parse('# start\n[/* one */{"body"/**/:"x"} // two\r, {"body":/**/"y"}]')).toEqual([
      ['x', {}],
      ['y', {}],
    ])
  })

  test('resolves escapes', () => {
    expect(bodyOf(String.raw`"\"\\\/\'\b\f\n\r\t"`)).toBe('"\\/\'\b\f\n\r\t')
    expect(bodyOf(String.raw`"\u0041\u00e9\u20ac\uD83D\uDE00!"`)).toBe('Aé€😀!')
    expect(bodyOf('"a\\\nb"')).toBe('a\nb')
    expect(bodyOf('"a\nb\u0001"')).toBe('a\nb\u0001')
  })

  test('makes a question mark of half a surrogate pair', () => {
    expect(bodyOf(String.raw`"\ud83d"`)).toBe('?')
    expect(bodyOf(String.raw`"\ud83dx\ude00"`)).toBe('?x?')
    expect(bodyOf(String.raw`"\ud83d\ud83d\ude00"`)).toBe('?😀')
  })

  test('skips a byte order mark', () => {
    expect(parse('\ufeff[{"body":"x"}]')).toEqual([['x', {}]])
  })

  test('tells where it is wrong', () => {
    expect(() => parse('[{"body":"x}]')).toThrow('A text is not closed at byte')
    expect(() => parse('[{"body":{}}]')).toThrow('A text is expected, not an object or a list at byte 9.')
  })

  test('refuses what even lenience cannot read', () => {
    const broken = [
      '[{"body": "x"',
      '[',
      '[{',
      '[{"body"',
      '[{"body":',
      '[{"body":"\\',
      '[{"body":"\\x"}]',
      '[{"body":"\\u00g0"}]',
      '[{"body":"\\u00',
      '[{"body":"x",}]',
      '[{,"body":"x"}]',
      '[{"body":}]',
      '[{"body" "x"}]',
      '[{"body":"x"} {"body":"y"}]',
      '[{"body":[]}]',
      '[{"headers":"x"}]',
      '[{"headers":{"a":{}}}]',
      '[1]',
      '[[]]',
      '["x"]',
      '{"body":"x"}',
      'plain words',
      '"text"',
      '7',
      ',',
      '[] x',
      '[] // comment',
      '[/* not closed',
      '[/',
      '\f[]',
    ]
    for (const text of broken) wrong(text)
  })

  test('keeps nothing of a text that is refused half-way', () => {
    const by = new JsonEvents()
    expect(() => parse('[{"body":"lost"},{"body":', by)).toThrow(JsonSyntaxError)
    expect(parse('[{"body":"kept"}]', by)).toEqual([['kept', {}]])
  })
})

describe('batches of JSON events', () => {
  test('share slabs, so that neighbours join without copying', () => {
    const by = new JsonEvents()
    const batches = ['[{"body":"a"}]', '[{"body":"b"},{"body":"c"}]'].map((text) => by.parse(Buffer.from(text)))
    const joined = joinBatches(batches.flatMap((batch) => batch ?? []))
    expect(Array.from(joined, ({ body }) => body.toString())).toEqual(['a', 'b', 'c'])
  })

  test('stay as they are while the slab is used up by others', () => {
    const by = new JsonEvents()
    const first = by.parse(Buffer.from('[{"body":"first"}]'))
    for (let i = 0; i < 10; i++) parse(JSON.stringify([{ body: 'y'.repeat(100_000) }]), by)
    expect(first?.at(0).body.toString()).toBe('first')
  })

  test('find the ends of long texts with and without escapes', () => {
    const long = 'abc'.repeat(30_000)
    expect(bodyOf(JSON.stringify(long))).toBe(long)
    const mixed = `${long}"\\\n${long}"x'\\`
    expect(parse(JSON.stringify([{ body: mixed }, { body: long }, { body: mixed }]))).toEqual([
      [mixed, {}],
      [long, {}],
      [mixed, {}],
    ])
  })

  test('mean the same as JSON.parse for every JSON of texts', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 90 })
    const header = fc.dictionary(text, text, { maxKeys: 40 })
    const events = fc.array(fc.record({ headers: header, body: text }), { maxLength: 20 })
    fc.assert(
      fc.property(events, fc.constantFrom(0, 2), (list, indent) => {
        const expected = list.map(({ headers, body }) => [body, { ...headers }])
        expect(parse(JSON.stringify(list, null, indent))).toEqual(expected)
      }),
      { numRuns: 200 },
    )
  })

  test('never outgrow their room, whatever the text', () => {
    const pieces = fc.constantFrom('[', ']', '{', '}', ':', ',', 'body', 'headers', '"', "'", 'a', '\\', '/', '*', 'é')
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
        try {
          parse(parts.join(''))
        } catch (error) {
          expect(error).toBeInstanceOf(JsonSyntaxError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
