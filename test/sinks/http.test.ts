import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server as NetServer, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterEach, describe, expect, test } from '@jest/globals'
import { batchOf, createEvent, reasonOf, type Sink } from '../../src/component.ts'
import { contextFor } from '../support/context.ts'
import { made, plannedFrom } from './made.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

interface Seen {
  readonly method: string | undefined
  readonly path: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
  readonly connection: Socket
}

/** A web server that answers with these statuses in turn, the last one for ever. */
async function web(answer: readonly number[] | ((request: IncomingMessage, response: ServerResponse) => void)) {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    const { method, url: path, headers, socket: connection } = request
    seen.push({ method, path, headers, body: String(await buffer(request)), connection })
    if (typeof answer === 'function') answer(request, response)
    else response.writeHead(answer[Math.min(seen.length, answer.length) - 1] ?? 500).end('some text')
  })
  const port = await listening(server)
  closing.push(() => server.closeAllConnections())
  return { seen, port, url: `http://127.0.0.1:${port}`, server }
}

async function listening(server: NetServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  return (server.address() as AddressInfo).port
}

async function sinkFor(endpoint: string, texts: Record<string, string | number> = {}) {
  const context = contextFor('sink', 'k1')
  const sink = await made('sink', 'http', { texts: { endpoint, ...texts }, context })
  closing.push(() => sink.stop?.())
  return { sink, context }
}

const post = (sink: Sink, body: string | Buffer = 'x', headers = {}) =>
  sink.write(batchOf([createEvent(body, headers)]))
const failure = async (write: Promise<unknown>) =>
  reasonOf(
    await write.then(
      () => 'no failure',
      (error) => error,
    ),
  )

describe('a request', () => {
  test('is a POST of the body with the configured headers and none of the event', async () => {
    const { seen, url } = await web([200])
    const { sink } = await sinkFor(`${url}/in?x=1`, { contentTypeHeader: 'application/json', acceptHeader: 'a/b' })
    await post(sink, 'grün', { h: 'v' })
    expect(seen).toMatchObject([
      { method: 'POST', path: '/in?x=1', body: 'grün', headers: { 'content-type': 'application/json', accept: 'a/b' } },
    ])
    expect(seen[0]?.headers).toMatchObject({ 'content-length': '5' })
    expect(seen[0]?.headers['h']).toBeUndefined()
  })

  test('is text/plain unless told otherwise', async () => {
    const { seen, url } = await web([200])
    await post((await sinkFor(url)).sink)
    expect(seen[0]?.headers).toMatchObject({ 'content-type': 'text/plain', accept: 'text/plain' })
  })

  test('uses the connection of the one before it', async () => {
    const { seen, url } = await web([200, 503, 204, 200])
    const { sink } = await sinkFor(url)
    for (let i = 0; i < 4; i++) await post(sink)
    expect(new Set(seen.map(({ connection }) => connection)).size).toBe(1)
  })

  test('is made again when the server has closed the kept connection in the meantime', async () => {
    const { seen, url } = await web((request, response) => {
      response.end()
      if (seen.length === 1) request.socket.once('data', () => request.socket.resetAndDestroy())
    })
    const { sink } = await sinkFor(url, { defaultRollback: 'false', defaultBackoff: 'false' })
    await post(sink, 'first')
    expect(await post(sink, 'second')).toMatchObject({ keep: false })
    expect(seen.at(-1)?.body).toBe('second')
  })
})

describe('rules', () => {
  const usual = { 'backoff.2XX': 'false', 'rollback.2XX': 'false', 'incrementMetrics.2XX': 'true' }

  test('are: keep, pause and do not count, for every code, 200 included', async () => {
    const { url } = await web([200, 404])
    const { sink, context } = await sinkFor(url)
    expect(await post(sink)).toEqual({ keep: true, rest: true, counted: false })
    expect(await post(sink)).toEqual({ keep: true, rest: true, counted: false })
    expect(context.log.lines).toEqual([
      'INFO Got status code 200 from HTTP server. Rolled back event and backed off.',
      'INFO Got status code 404 from HTTP server. Rolled back event and backed off.',
    ])
  })

  test('for a code win over those for its group, those over the default', async () => {
    const { url } = await web([200, 201, 503, 500, 302])
    const { sink, context } = await sinkFor(url, { ...usual, 'rollback.201': 'TRUE', 'backoff.503': 'false' })
    expect(await post(sink)).toEqual({ keep: false, rest: false, counted: true })
    expect(await post(sink)).toEqual({ keep: true, rest: false, counted: true })
    expect(await post(sink)).toEqual({ keep: true, rest: false, counted: false })
    expect(await post(sink)).toEqual({ keep: true, rest: true, counted: false })
    expect(context.log.lines.slice(0, 2)).toEqual([
      'INFO Got status code 201 from HTTP server. Rolled back event for retry.',
      'INFO Got status code 503 from HTTP server. Rolled back event for retry.',
    ])
  })

  test('hold for an error without a body', async () => {
    const { url } = await web((_, response) => response.writeHead(400, { 'content-length': 0 }).end())
    const { sink } = await sinkFor(url, { 'backoff.4XX': 'false', 'rollback.4XX': 'false' })
    expect(await post(sink)).toEqual({ keep: false, rest: false, counted: false })
  })

  test('that can never apply are warned of', async () => {
    const { planned, problems } = await plannedFrom('sink', 'http', {
      endpoint: 'http://localhost/',
      'backoff.2xx': 'false',
      'rollback.200': 'false',
    })
    expect(planned).toBeDefined()
    expect(problems).toMatchObject([{ severity: 'warning', key: 'a1.x.x1.backoff.2xx' }])
  })
})

describe('an empty body', () => {
  test('is not posted, is gone, and is said once', async () => {
    const { seen, url } = await web([200])
    const { sink, context } = await sinkFor(url)
    for (let i = 0; i < 3; i++) expect(await post(sink, '')).toEqual({ counted: false })
    expect(seen).toEqual([])
    expect(context.log.lines).toEqual(['WARN Processed empty event'])
  })
})

describe('trouble with the server', () => {
  test('away: rejects, and goes on once it is back', async () => {
    const { seen, port, url, server } = await web([200])
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    const { sink, context } = await sinkFor(url)
    expect(await failure(post(sink))).toMatch(/^Error opening connection, or request timed out.*ECONNREFUSED/)
    expect(context.counters.get('ConnectionFailedCount')).toBe(1)
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    await post(sink, 'kept')
    expect(seen.map(({ body }) => body)).toEqual(['kept'])
  })

  test('silent: rejects after requestTimeout', async () => {
    const { url } = await web(() => {})
    const { sink } = await sinkFor(url, { requestTimeout: 60 })
    expect(await failure(post(sink))).toMatch(/no answer within 60 ms/)
  })

  test('silent in the middle of an answer: the code decides', async () => {
    const { url } = await web((_, response) => response.writeHead(200, { 'content-length': 100 }).write('half'))
    const { sink } = await sinkFor(url, { requestTimeout: 60, defaultRollback: 'false' })
    expect(await post(sink)).toMatchObject({ keep: false })
  })

  test('an endless answer: the code decides, and the rest is not read', async () => {
    const { url } = await web((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65536)));
      }
      response.on('drain', more)
      more()
    })
    const { sink } = await sinkFor(url, { defaultRollback: 'false' })
    expect(await post(sink)).toMatchObject({ keep: false })
  })

  test.each([
    ['is no HTTP', 'SSH-2.0-OpenSSH_9\r\n'],
    ['ends at once', ''],
  ])('an answer that %s: rejects', async (_, text) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {}).once('data', () => socket.end(text))
    })
    const { sink } = await sinkFor(`http://127.0.0.1:${await listening(server)}`)
    expect(await failure(post(sink))).toMatch(/^Error opening connection, or request timed out/)
  })

  test('a connection that is not made: rejects after connectTimeout', async () => {
    // A TLS connection is there once the server has answered its hello, and this one never does.
    const server = createTcpServer((socket) => void socket.on('error', () => {}).resume())
    const { sink } = await sinkFor(`https://127.0.0.1:${await listening(server)}`, { connectTimeout: 60 })
    expect(await failure(post(sink))).toMatch(/no connection within 60 ms/)
  })

  test('stop ends the request that is under way', async () => {
    let arrived = () => {}
    const waiting = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const { url } = await web(() => arrived())
    const { sink } = await sinkFor(url)
    const write = failure(post(sink))
    await waiting
    await sink.stop?.()
    expect(await write).toMatch(/the sink has been stopped/)
    expect(await failure(post(sink))).toMatch(/the sink has been stopped/)
  })
})

describe('a redirect', () => {
  const redirect = (status: number, location: string) =>
    web((request, response) => {
      if (request.url === '/from') response.writeHead(status, { location }).end()
      else response.end()
    })

  test.each([301, 302, 303])('with %i is followed as Java does: with GET and without the body', async (status) => {
    const { seen, url } = await redirect(status, '/to?a=b')
    const { sink, context } = await sinkFor(`${url}/from`, { 'rollback.200': 'false' })
    expect(await post(sink, 'body')).toMatchObject({ keep: false })
    await post(sink, 'body')
    expect(seen.slice(0, 2)).toMatchObject([
      { method: 'POST', path: '/from', body: 'body' },
      { method: 'GET', path: '/to?a=b', body: '' },
    ])
    expect(context.log.lines).toEqual([expect.stringMatching(`^WARN The endpoint redirects with ${status}`)])
  })

  test('with 307 is followed with POST and the body', async () => {
    const { seen, url } = await redirect(307, '/to')
    await post((await sinkFor(`${url}/from`)).sink, 'body')
    expect(seen[1]).toMatchObject({ method: 'POST', path: '/to', body: 'body' })
  })

  test.each([
    [302, 'https://127.0.0.1:1/'],
    [302, 'http://['],
    [304, '/to'],
    [308, '/to'],
  ])('with %i to %s is not followed: its own code decides', async (status, location) => {
    const { seen, url } = await redirect(status, location)
    const { sink } = await sinkFor(`${url}/from`, { [`rollback.${status}`]: 'false' })
    expect(await post(sink)).toMatchObject({ keep: false })
    expect(seen).toHaveLength(1)
  })

  test('in a circle is given up', async () => {
    const { seen, url } = await redirect(302, '/from')
    const { sink } = await sinkFor(`${url}/from`)
    expect(await failure(post(sink))).toMatch(/redirected more than 20 times/)
    expect(seen).toHaveLength(21)
  })
})

describe('a configuration', () => {
  test.each([
    ['endpoint', 'not a url'],
    ['endpoint', 'ftp://host/'],
    ['connectTimeout', '0'],
    ['requestTimeout', '-5'],
    ['acceptHeader', 'text/pl\u0001ain'],
  ])('with %s = %s leaves the sink out', async (key, value) => {
    const { planned, problems } = await plannedFrom('sink', 'http', { endpoint: 'http://localhost/', [key]: value })
    expect(planned).toBeUndefined()
    expect(problems).toMatchObject([{ key: `a1.x.x1.${key}` }])
  })

  test('never shows the endpoint, which may hold a password', async () => {
    const { problems } = await plannedFrom('sink', 'http', { endpoint: 'ftp://user:secret@host/' })
    expect(JSON.stringify(problems)).not.toMatch(/secret/)
    const { sink, context } = await sinkFor('http://user:secret@127.0.0.1:1/?token=secret')
    expect(await failure(post(sink))).not.toMatch(/secret/)
    expect(context.log.lines.join()).not.toMatch(/secret/)
  })
})
