import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { CounterGroup } from '../../src/metrics/counters.ts'
import { type MetricsServer, metricsJson, serveMetrics } from '../../src/metrics/json-server.ts'
import { recordingLog } from '../support/context.ts'

const open: MetricsServer[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

async function serve(groups: () => Iterable<CounterGroup> = () => [], port = 0) {
  const server = await serveMetrics({ host: '127.0.0.1', port, groups, log: recordingLog() })
  open.push(server)
  return server
}

function call(port: number, path: string, method = 'GET', agent?: Agent) {
  return new Promise<{ status: number; type: string; body: string }>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, agent: agent ?? false }, (answer) => {
      let body = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        body += part
      })
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, type: `${answer.headers['content-type']}`, body }),
      )
    })
    sent.on('error', reject).end()
  })
}

function channel(size: number, capacity: number, fill = (size / capacity) * 100) {
  const group = new CounterGroup('channel', 'c1')
  group.gauges.set('ChannelSize', () => size)
  group.gauges.set('ChannelCapacity', () => capacity)
  group.gauges.set('ChannelFillPercentage', () => fill)
  return group
}

const fillOf = (group: CounterGroup) => JSON.parse(metricsJson([group]))['CHANNEL.c1'].ChannelFillPercentage

describe('the JSON metrics server', () => {
  test('serves every group under type and name with text values', async () => {
    const source = new CounterGroup('source', 'r1')
    source.add('EventReceivedCount', 5)
    source.startTime = 1_700_000_000_000
    const { port } = await serve(() => [source, channel(10, 40)])
    const { status, type, body } = await call(port, '/metrics')
    expect([status, type]).toEqual([200, 'application/json;charset=utf-8'])
    const all = JSON.parse(body)
    expect(all['SOURCE.r1']).toMatchObject({
      EventReceivedCount: '5',
      EventAcceptedCount: '0',
      StartTime: '1700000000000',
      StopTime: '0',
      Type: 'SOURCE',
    })
    expect(all['CHANNEL.c1']).toMatchObject({ ChannelSize: '10', ChannelCapacity: '40', ChannelFillPercentage: '25.0' })
  })

  test('asks for the groups at each request', async () => {
    const source = new CounterGroup('source', 'r1')
    const { port } = await serve(() => [source])
    await call(port, '/metrics')
    source.add('EventAcceptedCount', 7)
    expect(JSON.parse((await call(port, '/metrics')).body)['SOURCE.r1'].EventAcceptedCount).toBe('7')
  })

  test('prints the fill percentage as Java prints a double', () => {
    expect(fillOf(channel(0, 100))).toBe('0.0')
    expect(fillOf(channel(100, 100))).toBe('100.0')
    expect(fillOf(channel(1, 3))).toBe('33.33333333333333')
    expect(fillOf(channel(1, 12_500_000))).toBe('8.0E-6')
    expect(fillOf(channel(0, 0, 0.00015))).toBe('1.5E-4')
    expect(fillOf(channel(0, 0))).toBe('1.7976931348623157E308')
    expect(fillOf(channel(0, 0, Number.MAX_VALUE))).toBe('1.7976931348623157E308')
  })

  test('takes the path in any letter case, but not with a slash behind it', async () => {
    const { port } = await serve()
    expect((await call(port, '/METRICS?pretty=1')).status).toBe(200)
    expect((await call(port, '/metrics/')).status).toBe(404)
    expect((await call(port, '/nosuch')).status).toBe(404)
  })

  test('links to the metrics from the root', async () => {
    const { port } = await serve()
    const { status, type, body } = await call(port, '/')
    expect([status, type]).toEqual([200, 'text/html;charset=utf-8'])
    expect(body).toContain('<a href = "./metrics">')
  })

  test('forbids TRACE and OPTIONS and treats other methods like GET', async () => {
    const { port } = await serve()
    expect((await call(port, '/metrics', 'OPTIONS')).status).toBe(403)
    expect((await call(port, '/metrics', 'TRACE')).status).toBe(403)
    expect(await call(port, '/metrics', 'DELETE')).toMatchObject({ status: 200, body: '{}' })
    expect(await call(port, '/metrics', 'HEAD')).toMatchObject({ status: 200, body: '' })
  })

  test('says so when the counters cannot be read, and goes on', async () => {
    let broken = true
    const { port } = await serve(() => {
      if (broken) throw new Error('gauge broken')
      return []
    })
    expect((await call(port, '/metrics')).status).toBe(500)
    broken = false
    expect((await call(port, '/metrics')).status).toBe(200)
  })

  test('rejects when the port is taken', async () => {
    const { port } = await serve()
    await expect(serve(() => [], port)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  test('closes while a client keeps its connection, and frees the port', async () => {
    const { port, close } = await serve()
    const agent = new Agent({ keepAlive: true })
    await call(port, '/metrics', 'GET', agent)
    const idle = connect(port, '127.0.0.1')
    await new Promise((resolve) => idle.once('connect', resolve))
    idle.on('error', () => {})
    await close()
    await close()
    expect((await serve(() => [], port)).port).toBe(port)
    agent.destroy()
    idle.destroy()
  })

  test('refuses headers beyond 8 KB', async () => {
    const { port } = await serve()
    const socket = connect(port, '127.0.0.1')
    const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())))
    socket.on('error', () => {})
    socket.write(`GET /metrics HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(9000)}\r\n\r\n`)
    expect(await answer).toContain('431')
    socket.destroy()
  })
})
