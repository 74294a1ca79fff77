// Requests as Flume's client sends them, and their places in tests of the server.
import { expect } from '@jest/globals'
import { writeHandshakeRequest } from '../../src/avro/handshake.ts'
import { batchOf } from '../../src/batch.ts'
import { createEvent } from '../../src/event.ts'
import { writeRequest } from '../../src/rpc/request.ts'
import { type RawClient, rawClient } from './raw-client.ts'

export const one = (body: string | Buffer) => batchOf([createEvent(body)])
export const opening = (serial: number, body: string | Buffer) =>
  Buffer.concat(writeRequest(serial, writeHandshakeRequest(false), 'append', one(body)))
export const request = (serial: number, body: string | Buffer) =>
  Buffer.concat(writeRequest(serial, undefined, 'append', one(body)))
/** Bytes of an answer with the handshake BOTH, and of one without. */
export const OPENING_ANSWER = 27
export const ANSWER = 23

/** Whether the server answers a whole call on a new connection. */
export async function serves(port: number): Promise<void> {
  const client = await rawClient(port)
  const answer = await client.ask(opening(1, 'probe'), OPENING_ANSWER)
  expect(answer.subarray(-2).toString('hex')).toBe('0000')
  client.close()
}

export async function opened(port: number): Promise<RawClient> {
  const client = await rawClient(port)
  await client.ask(opening(1, 'first'), OPENING_ANSWER)
  return client
}
