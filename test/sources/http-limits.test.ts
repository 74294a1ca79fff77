import { Agent } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { eventually } from '../support/eventually.ts'
import { call, gate, post, raw, release, started } from './http-setup.ts'

const BLOB = 'org.apache.flume.source.http.BLOBHandler'
const KIB = 1024

describe('the budgets of the http source', () => {
  test('refuse a request whose length is announced as too large, and keep its connection', async () => {
    const source = await started({ options: { handler: BLOB, maxRequestBytes: '1000' } })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    release(() => agent.destroy())
    const { status, body } = await call(source.port, { agent, body: 'x'.repeat(1001) })
    expect(status).toBe(413)
    expect(body).toContain('A request may have 1000 bytes (maxRequestBytes).')
    expect((await call(source.port, { agent, body: 'y'.repeat(1000) })).status).toBe(200)
    expect(source.batches.map((batch) => batch.at(0).body.length)).toEqual([1000])
    expect(source.counters.get('OpenConnectionCount')).toBe(1)
  })

  test('count bodies without a length while they come', async () => {
    const source = await started({ options: { handler: BLOB, maxRequestBytes: `${100 * KIB}` } })
    const piece = Buffer.alloc(10 * KIB, 'x')
    expect((await call(source.port, { body: Array(10).fill(piece) })).status).toBe(200)
    expect((await call(source.port, { body: [...Array(10).fill(piece), Buffer.from('x')] })).status).toBe(413)
    expect(source.batches.map((batch) => batch.at(0).body.equals(Buffer.alloc(100 * KIB, 'x')))).toEqual([true])
  })

  test('cut off a body without an end', async () => {
    const { port } = await started({ options: { handler: BLOB, maxRequestBytes: '1000' } })
    const client = raw(port)
    client.send('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    const more = () => {
      if (client.socket.writable) client.socket.write(`ff\r\n${'x'.repeat(255)}\r\n`, () => setImmediate(more))
    }
    more()
    await client.closed()
    expect(client.state.text).toContain('413')
  })

  test('answer 503 with Retry-After when too much of other requests is held, and serve again after them', async () => {
    const open = gate()
    let late = Promise.resolve()
    const source = await started({
      options: { handler: BLOB, maxHeldBytes: `${100 * KIB}` },
      refuse: (batch) => (batch.at(0).body[0] === 0x77 ? open.passed : late),
    })
    const waiting = call(source.port, { body: Buffer.alloc(60 * KIB, 'w') })
    await eventually(() => source.counters.get('AppendBatchReceivedCount') === 1)
    const { status, headers, body } = await call(source.port, { body: Buffer.alloc(60 * KIB) })
    expect([status, headers['retry-after']]).toEqual([503, '1'])
    expect(body).toContain('maxHeldBytes')
    expect((await call(source.port, { body: Array(6).fill(Buffer.alloc(10 * KIB)) })).status).toBe(503)
    expect((await call(source.port, { body: 'small' })).status).toBe(200)
    open.open()
    late = open.passed
    expect((await waiting).status).toBe(200)
    expect((await call(source.port, { body: Buffer.alloc(60 * KIB) })).status).toBe(200)
  })

  test('let a lonely request through that is larger than the budget', async () => {
    const { port } = await started({ options: { handler: BLOB, maxHeldBytes: '1000' } })
    expect((await call(port, { body: 'x'.repeat(5000) })).status).toBe(200)
    expect((await call(port, { body: Array(5).fill(Buffer.alloc(10 * KIB)) })).status).toBe(200)
  })

  test('leave a quarter to small requests while large ones are slow', async () => {
    const { port } = await started({ options: { handler: BLOB, maxHeldBytes: `${8 * KIB * KIB}` } })
    const slow = [raw(port), raw(port), raw(port)]
    for (const client of slow) client.send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${2 * KIB * KIB}\r\n\r\nx`)
    await eventually(() => slow.filter(({ state }) => state.text.includes('503')).length === 1, 'one refusal')
    expect((await call(port, { body: Buffer.alloc(500 * KIB) })).status).toBe(200)
  })

  test('refuse before the body is sent when the client asks first', async () => {
    const { port, bodies } = await started({ options: { handler: BLOB, maxRequestBytes: '10' } })
    const head = (length: number) =>
      `POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`
    const refused = raw(port)
    refused.send(head(11))
    await refused.closed()
    expect(refused.state.text).toMatch(/^HTTP\/1\.1 413/)
    const allowed = raw(port)
    allowed.send(head(5))
    await allowed.heard('100 Continue')
    allowed.send('hello')
    await allowed.heard('HTTP/1.1 200')
    expect(bodies()).toEqual(['hello'])
  })

  test('survive twenty large posts at once and store those that fit', async () => {
    const source = await started({
      options: { handler: BLOB, maxRequestBytes: `${4 * KIB * KIB}`, maxHeldBytes: `${16 * KIB * KIB}` },
      refuse: () => new Promise((resolve) => setImmediate(resolve)),
    })
    const body = Buffer.alloc(3 * KIB * KIB, 'b')
    const statuses = (await Promise.all(Array.from({ length: 20 }, () => call(source.port, { body })))).map(
      ({ status }) => status,
    )
    expect(statuses.filter((status) => status === 200).length).toBe(source.batches.length)
    expect(source.batches.length).toBeGreaterThan(0)
    expect(statuses.every((status) => status === 200 || status === 503)).toBe(true)
    expect((await call(source.port, { body })).status).toBe(200)
  })
})

describe('clients that misbehave', () => {
  test('and go away in the middle of a request leave nothing behind', async () => {
    const source = await started({ options: { maxHeldBytes: `${100 * KIB}` } })
    for (let i = 0; i < 3; i++) {
      const client = raw(source.port)
      client.send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${90 * KIB}\r\n\r\n[{"body":"x"`)
      await eventually(() => source.counters.get('OpenConnectionCount') === 1)
      client.socket.destroy()
      await eventually(() => source.counters.get('EventReadFail') === i + 1)
      await eventually(() => source.counters.get('OpenConnectionCount') === 0)
    }
    expect((await post(source.port, [{ body: 'y'.repeat(90 * KIB) }])).status).toBe(200)
    expect(source.batches).toHaveLength(1)
  })

  test('and do not wait for the answer keep their events and harm nobody', async () => {
    const open = gate()
    const source = await started({ refuse: () => open.passed })
    const client = raw(source.port)
    client.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/json\r\nContent-Length: 14\r\n\r\n[{"body":"x"}]')
    await eventually(() => source.counters.get('AppendBatchReceivedCount') === 1)
    client.socket.destroy()
    await eventually(() => source.counters.get('OpenConnectionCount') === 0)
    open.open()
    await eventually(() => source.batches.length === 1)
    expect((await post(source.port, [{ body: 'y' }])).status).toBe(200)
  })

  test('and send slowly are cut off', async () => {
    const { port } = await started({ options: { requestTimeout: '200' } })
    const slow = raw(port)
    slow.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n[')
    const slowHead = raw(port)
    slowHead.send('POST / HTTP/1.1\r\nHo')
    await Promise.all([slow.closed(), slowHead.closed()])
    expect(slowHead.state.text).toContain('408')
  })

  test('and are silent are closed after the idle time, but not while their events wait for a channel', async () => {
    const open = gate()
    const source = await started({ options: { 'ServerConnector.idleTimeout': '100' }, refuse: () => open.passed })
    const waiting = post(source.port, [{ body: 'x' }])
    await eventually(() => source.counters.get('AppendBatchReceivedCount') === 1)
    const silent = raw(source.port)
    await silent.closed()
    open.open()
    expect((await waiting).status).toBe(200)
  })

  test('and speak no HTTP get a 400', async () => {
    const { port } = await started()
    const client = raw(port)
    client.send('hello\r\n\r\n')
    await client.heard('400')
    await client.closed()
  })

  test('and pipeline are answered in order', async () => {
    const { port, bodies } = await started()
    const client = raw(port)
    const request = (body: string) =>
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    client.send(request('[{"body":"a\\n"}]') + request('broken') + request('[{"body":"b"}]'))
    await eventually(() => (client.state.text.match(/HTTP\/1\.1/g) ?? []).length === 3)
    expect(client.state.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400', 'HTTP/1.1 200'])
    expect(bodies()).toEqual(['a\n', 'b'])
  })
})

describe('start and stop', () => {
  const opens = (port: number) =>
    new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true))
      socket.on('error', () => resolve(false))
      release(() => void socket.destroy())
    })

  test('a stop waits for events on their way and answers their client', async () => {
    const open = gate()
    const source = await started({ refuse: () => open.passed })
    const idle = raw(source.port)
    const waiting = post(source.port, [{ body: 'x' }])
    await eventually(() => source.counters.get('AppendBatchReceivedCount') === 1)
    let stopped = false
    const stop = source.stop().then(() => {
      stopped = true
    })
    await idle.closed()
    expect(await opens(source.port)).toBe(false)
    expect(stopped).toBe(false)
    open.open()
    const { status, headers } = await waiting
    expect([status, headers['connection']]).toEqual([200, 'close'])
    await stop
    expect(source.bodies()).toEqual(['x'])
  })

  test('a stop is over at once when nothing is under way, and may be asked for twice', async () => {
    const source = await started()
    const agent = new Agent({ keepAlive: true })
    release(() => agent.destroy())
    await call(source.port, { agent, body: '[]' })
    await source.stop()
    await source.stop()
    expect(await opens(source.port)).toBe(false)
  })

  test('a stop does not wait for a request that never comes to an end', async () => {
    const source = await started()
    const slow = raw(source.port)
    slow.send('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n[')
    await eventually(() => source.counters.get('OpenConnectionCount') === 1)
    await source.stop()
    await slow.closed()
  })

  test('an abort cuts a stop short', async () => {
    const abort = new AbortController()
    const source = await started({ refuse: () => new Promise(() => {}), signal: abort.signal })
    const waiting = post(source.port, [{ body: 'x' }])
    await eventually(() => source.counters.get('AppendBatchReceivedCount') === 1)
    const stop = source.stop()
    abort.abort()
    await stop
    await expect(waiting).rejects.toThrow()
  })

  test('a start rejects while the port is taken and works once it is free', async () => {
    const first = await started()
    const options = { port: `${first.port}` }
    await expect(started({ options })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await first.stop()
    expect((await post((await started({ options })).port, [{ body: 'x' }])).status).toBe(200)
  })
})
