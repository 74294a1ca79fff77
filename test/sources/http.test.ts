import { Agent } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import { ChannelError, ChannelFullError } from '../../src/errors.ts'
import { httpSource } from '../../src/sources/http.ts'
import { call, optionsOf, post, release, started } from './http-setup.ts'

const BLOB = 'org.apache.flume.source.http.BLOBHandler'
const MORPHLINE_BLOB = 'org.apache.flume.sink.solr.morphline.BlobHandler'
const countsOf = ({ counters }: Awaited<ReturnType<typeof started>>) => [
  counters.get('AppendBatchReceivedCount'),
  counters.get('AppendBatchAcceptedCount'),
  counters.get('EventReadFail'),
  counters.get('GenericProcessingFail'),
]

describe('the http source', () => {
  test('delivers a request as one batch and answers 200 without a body', async () => {
    const source = await started()
    const { status, body } = await post(source.port, [{ headers: { host: 'web1' }, body: 'first' }, { body: 'second' }])
    expect([status, body]).toEqual([200, ''])
    expect(source.batches).toHaveLength(1)
    expect(source.events()).toEqual([
      { headers: { host: 'web1' }, body: 'first' },
      { headers: {}, body: 'second' },
    ])
    expect(countsOf(source)).toEqual([1, 1, 0, 0])
  })

  test('answers an empty list with 200 and delivers nothing', async () => {
    const source = await started()
    expect((await post(source.port, [])).status).toBe(200)
    expect(source.batches).toHaveLength(0)
    expect(countsOf(source)).toEqual([1, 1, 0, 0])
  })

  test('takes any path, and GET like POST', async () => {
    const source = await started()
    const headers = { 'Content-Type': 'application/json', 'Content-Length': 14 }
    expect((await call(source.port, { path: '/some/where?x=1', headers, body: '[{"body":"p"}]' })).status).toBe(200)
    expect((await call(source.port, { method: 'GET', headers, body: '[{"body":"g"}]' })).status).toBe(200)
    expect(source.bodies()).toEqual(['p', 'g'])
  })

  test('answers HEAD like GET, without a body', async () => {
    const { port } = await started()
    expect(await call(port, { method: 'HEAD' })).toMatchObject({ status: 500, body: '' })
  })

  test('refuses other methods', async () => {
    const { port } = await started()
    const put = await call(port, { method: 'PUT', body: '[]' })
    expect([put.status, put.headers['allow']]).toEqual([405, 'GET, HEAD, POST'])
    expect((await call(port, { method: 'DELETE' })).status).toBe(405)
    expect((await call(port, { method: 'OPTIONS' })).status).toBe(403)
    expect((await call(port, { method: 'TRACE' })).status).toBe(403)
    expect((await call(port, { method: 'PATCH', body: '[]' })).status).toBe(501)
  })

  test('answers broken JSON with 400 and a page that says so', async () => {
    const source = await started()
    const { status, headers, body } = await post(source.port, '[{"body": "x"')
    expect([status, headers['content-type']]).toEqual([400, 'text/html;charset=utf-8'])
    expect(body).toMatch(/<title>[^<]*Bad request from client\. Request has invalid JSON Syntax\.[^<]*<\/title>/)
    expect(source.batches).toHaveLength(0)
    expect(countsOf(source)).toEqual([0, 0, 1, 0])
  })

  test.each(['', 'null', '[null]', '[{"body":"x"},]'])('answers %j with 500', async (text) => {
    const source = await started()
    const { status, body } = await post(source.port, text)
    expect(status).toBe(500)
    expect(body).toContain('Deserializer threw unexpected exception. ')
    expect(countsOf(source)).toEqual([0, 0, 1, 0])
  })

  test('answers 503 when a channel does not take the events', async () => {
    let error: Error = new ChannelFullError('no room')
    const source = await started({
      refuse: () => {
        throw error
      },
    })
    const { status, body } = await post(source.port, [{ body: 'x' }])
    expect(status).toBe(503)
    expect(body).toContain('Error appending event to channel. Channel might be full.no room')
    error = new ChannelError('broken')
    expect((await post(source.port, [{ body: 'x' }])).status).toBe(503)
    expect(countsOf(source)).toEqual([2, 0, 0, 0])
  })

  test('answers 500 when storing fails in another way, with the text made harmless', async () => {
    const source = await started({
      refuse: () => {
        throw new Error('<script>&"\'')
      },
    })
    const { status, body } = await post(source.port, [{ body: 'x' }])
    expect(status).toBe(500)
    expect(body).toContain('Unexpected error while appending event to channel. &lt;script&gt;&amp;&quot;&#39;')
    expect(body).not.toContain('<script>')
    expect(countsOf(source)).toEqual([1, 0, 0, 1])
  })

  test('keeps a connection alive over every kind of answer', async () => {
    const source = await started()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    release(() => agent.destroy())
    const headers = { 'Content-Type': 'application/json' }
    const statuses: number[] = []
    for (const body of ['[{"body":"a"}]', 'broken', 'null', '[{"body":"b"}]']) {
      statuses.push((await call(source.port, { agent, headers, body })).status)
    }
    statuses.push((await call(source.port, { agent, method: 'PUT', body: 'x' })).status)
    statuses.push((await call(source.port, { agent, headers, body: '[{"body":"c"}]' })).status)
    expect(statuses).toEqual([200, 400, 500, 200, 405, 200])
    expect(source.bodies()).toEqual(['a', 'b', 'c'])
    expect(source.counters.get('OpenConnectionCount')).toBe(1)
  })

  test('logs refused requests once in a while, not each of them', async () => {
    const { port, lines } = await started()
    for (let i = 0; i < 5; i++) await post(port, 'broken')
    expect(lines.filter((line) => line.startsWith('WARN'))).toEqual([
      expect.stringContaining('r1 refused a request: Bad request from client.'),
    ])
  })
})

describe('the charset of JSON', () => {
  const text = 'grüß 日本 😀'
  const json = JSON.stringify([{ body: text, headers: { käy: '€' } }])
  const big = (units: string) => Buffer.from(units, 'utf16le').swap16()

  async function sent(body: Buffer | string, type: string | undefined) {
    const source = await started()
    const reply = await call(source.port, { body, headers: type === undefined ? {} : { 'Content-Type': type } })
    return { ...reply, event: source.batches[0]?.at(0) }
  }

  test.each(['application/json', 'text/json', 'application/json; charset=utf-8', 'text/x; charset="UTF-8"'])(
    'is UTF-8 for %s',
    async (type) => {
      const { event } = await sent(json, type)
      expect([event?.body.toString(), event?.headers.get('käy')]).toEqual([text, '€'])
    },
  )

  test.each([undefined, 'application/x-www-form-urlencoded', 'text/plain'])(
    'is ISO-8859-1 for %s, so that text is encoded twice as in Flume',
    async (type) => {
      const { event } = await sent(json, type)
      expect(event?.body.toString()).toBe(Buffer.from(text).toString('latin1'))
    },
  )

  test('may be UTF-16, which the bodies keep', async () => {
    for (const body of [big(json), big(`\ufeff${json}`), Buffer.from(`\ufeff${json}`, 'utf16le')]) {
      const { event } = await sent(body, 'application/json; charset=UTF-16')
      expect(event?.body).toEqual(big(`\ufeff${text}`))
      expect(event?.headers.get('käy')).toBe('€')
    }
    expect((await sent(big('[{}]'), 'application/json; charset=utf-16')).event?.body).toHaveLength(0)
  })

  test('may be UTF-32, which the bodies keep', async () => {
    const utf32 = (value: string, little = false) => {
      const codes = Array.from(value, (character) => character.codePointAt(0) ?? 0)
      const bytes = Buffer.alloc(codes.length * 4)
      for (const [i, code] of codes.entries())
        little ? bytes.writeUInt32LE(code, i * 4) : bytes.writeUInt32BE(code, i * 4)
      return bytes
    }
    for (const body of [utf32(json), utf32(`\ufeff${json}`), utf32(`\ufeff${json}`, true)]) {
      const { event } = await sent(body, 'application/json; charset=utf-32')
      expect(event?.body).toEqual(utf32(text))
    }
  })

  test.each(['iso-8859-1', 'utf-16le', 'nonsense'])('cannot be %s', async (charset) => {
    const { status, body } = await sent('[]', `application/json; charset=${charset}`)
    expect(status).toBe(500)
    expect(body).toContain('JSON handler supports UTF-8, UTF-16 and UTF-32 only.')
  })

  test('replaces what is malformed', async () => {
    const { event } = await sent(Buffer.from('[{"body":"a\xffb"}]', 'latin1'), 'application/json')
    expect(event?.body.toString()).toBe('a\ufffdb')
    expect((await sent(Buffer.from([0, 0x5b, 0, 0x5d, 0]), 'application/json; charset=utf-16')).status).toBe(400)
    expect((await sent(Buffer.from('ffffffff', 'hex'), 'application/json; charset=utf-32')).status).toBe(400)
  })
})

describe('the blob handlers', () => {
  const raw = Buffer.from([0, 1, 255, 10, 13])

  test.each([BLOB, MORPHLINE_BLOB])(
    '%s makes one event of the body, with the parameters as headers',
    async (handler) => {
      const source = await started({ options: { handler } })
      const path = '/x?a=1&b=two+words%21&a=2&c'
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
      expect((await call(source.port, { path, headers, body: raw })).status).toBe(200)
      expect((await call(source.port, { method: 'GET' })).status).toBe(200)
      const [event] = source.batches[0] ?? []
      expect(event?.body).toEqual(raw)
      expect(Object.fromEntries(event?.headers ?? [])).toEqual({ a: '1', b: 'two words!', c: '' })
      expect(source.batches[1]?.at(0).body).toHaveLength(0)
    },
  )

  test('BLOBHandler refuses requests without its mandatory parameters', async () => {
    const source = await started({ options: { handler: BLOB, 'handler.mandatoryParameters': 'a, b<' } })
    const { status, body } = await call(source.port, { path: '/?a=1', body: 'x' })
    expect(status).toBe(500)
    expect(body).toContain('Deserializer threw unexpected exception. Please specify b&lt; parameter in the request.')
    expect((await call(source.port, { path: '/?a=1&b%3c=', body: 'x' })).status).toBe(200)
    expect(source.bodies()).toEqual(['x'])
  })

  test('BlobHandler cuts bodies at maxBlobLength and says so', async () => {
    const source = await started({
      options: { handler: MORPHLINE_BLOB, 'handler.maxBlobLength': '10', maxRequestBytes: '20' },
    })
    expect((await call(source.port, { body: '0123456789' })).status).toBe(200)
    expect(source.lines.filter((line) => line.includes('maxBlobLength'))).toEqual([])
    expect((await call(source.port, { body: '0123456789abc'.repeat(10_000) })).status).toBe(200)
    const pieces = ['01234', '56789', 'abc'].map((piece) => Buffer.from(piece))
    expect((await call(source.port, { body: pieces })).status).toBe(200)
    expect(source.bodies()).toEqual(['0123456789', '0123456789', '0123456789'])
    expect(source.lines.filter((line) => line.includes('maxBlobLength'))).toHaveLength(2)
  })
})

describe('the options of the http source', () => {
  test.each(['ssl', 'enableSSL'])('leave it out rather than serve plain text when %s is true', (key) => {
    expect(httpSource.check?.(optionsOf({ port: '1', [key]: 'true' }))).toEqual([expect.objectContaining({ key })])
    expect(httpSource.check?.(optionsOf({ port: '1', [key]: 'false' }))).toEqual([])
  })

  test('let the new name of an option go before its old name', () => {
    expect(httpSource.check?.(optionsOf({ port: '1', ssl: 'false', enableSSL: 'true' }))).toEqual([])
  })

  test('know the handlers and no others', () => {
    expect(() => optionsOf({ handler: 'com.example.MyHandler' })).toThrow('com.example.MyHandler is none of')
  })

  test('obey those of Jetty that have a meaning and name the others once', async () => {
    const { port, lines } = await started({
      options: {
        'HttpConfiguration.sendServerVersion': 'false',
        'HttpConfiguration.sendDateHeader': 'false',
        'HttpConfiguration.requestHeaderSize': '2000',
        'QueuedThreadPool.maxThreads': '5',
        'ServerConnector.idleTimeout': 'soon',
      },
    })
    const { headers } = await post(port, [])
    expect([headers['server'], headers['date']]).toEqual([undefined, undefined])
    expect((await call(port, { headers: { x: 'y'.repeat(3000) } })).status).toBe(431)
    const warnings = lines.filter((line) => line.startsWith('WARN'))
    expect(warnings).toEqual([
      expect.stringContaining('ServerConnector.idleTimeout: soon is not a whole number'),
      expect.stringMatching(/change nothing here: QueuedThreadPool\.maxThreads\.$/),
    ])
  })

  test('give every answer a Server header by default', async () => {
    const { port } = await started()
    expect((await post(port, [])).headers['server']).toBe('millrace')
  })
})
