import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type Listener, type ListenOptions, listen } from '../../src/net/listener.ts'
import { eventually } from '../support/eventually.ts'

const open: Listener[] = []
afterEach(async () => {
  for (const listener of open.splice(0)) await listener.close()
})

async function listening(options: Partial<ListenOptions> = {}): Promise<Listener> {
  const listener = await listen({ host: '127.0.0.1', port: 0, onConnection: (socket) => socket.resume(), ...options })
  open.push(listener)
  return listener
}

async function connected(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

describe('listen', () => {
  test('gives the port that the system chose, and connections that arrive', async () => {
    const seen: Socket[] = []
    const listener = await listening({ onConnection: (socket) => void seen.push(socket) })
    expect(listener.port).toBeGreaterThan(0)
    await connected(listener.port)
    await eventually(() => seen.length === 1 && listener.connections === 1)
  })

  test('rejects with the reason when the port is taken', async () => {
    const { port } = await listening()
    await expect(listening({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  test('rejects when the host has no address here', async () => {
    await expect(listening({ host: '192.0.2.1' })).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
    await expect(listening({ host: 'no-such-host.invalid' })).rejects.toThrow('no-such-host.invalid')
  })

  test('a host name is bound where it resolves to, 127.0.0.1 for localhost', async () => {
    const { port } = await listening({ host: 'localhost' })
    const socket = await connected(port, '127.0.0.1')
    socket.destroy()
  })

  test('closes connections above the limit and goes on when one has ended', async () => {
    const refused: string[] = []
    const listener = await listening({ maxConnections: 1, onRefused: (address) => void refused.push(address) })
    const first = await connected(listener.port)
    const second = await connected(listener.port)
    second.resume()
    await once(second, 'close')
    expect(refused).toEqual(['127.0.0.1'])
    first.destroy()
    await eventually(() => listener.connections === 0)
    await connected(listener.port)
    await eventually(() => listener.connections === 1)
  })

  test('close ends connections that remain after the grace, and is safe twice', async () => {
    const listener = await listening()
    const socket = await connected(listener.port)
    socket.resume()
    await eventually(() => listener.connections === 1)
    const closed = once(socket, 'close')
    await Promise.all([listener.close(20), listener.close(20)])
    await closed
    await expect(connected(listener.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('close does not wait for the whole grace when the connections end by themselves', async () => {
    const listener = await listening()
    const socket = await connected(listener.port)
    await eventually(() => listener.connections === 1)
    const closed = listener.close(60_000)
    socket.end()
    socket.resume()
    await closed
  })
})
