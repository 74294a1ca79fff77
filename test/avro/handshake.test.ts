import { expect, test } from '@jest/globals'
import {
  afterHandshake,
  handshakeResponse,
  readHandshakeRequest,
  readHandshakeResponse,
  writeHandshakeRequest,
} from '../../src/avro/handshake.ts'
import { FLUME_HASH, FLUME_PROTOCOL } from '../../src/avro/protocol.ts'

const own = { clientHash: FLUME_HASH, serverHash: FLUME_HASH }

test('requests are read as they were written, with and without the protocol text', () => {
  for (const withText of [false, true]) {
    const bytes = Buffer.concat([writeHandshakeRequest(withText), Buffer.from('behind')])
    const clientProtocol = withText ? FLUME_PROTOCOL : undefined
    expect(readHandshakeRequest(bytes, 0, bytes.length)).toEqual({ ...own, clientProtocol })
    expect(bytes.toString('utf8', afterHandshake())).toBe('behind')
  }
})

test('responses are read as they were written', () => {
  for (const match of ['BOTH', 'CLIENT', 'NONE'] as const) {
    const bytes = handshakeResponse(match)
    const told = match === 'BOTH' ? [undefined, undefined] : [FLUME_PROTOCOL, FLUME_HASH]
    expect(readHandshakeResponse(bytes, 0, bytes.length)).toEqual({
      match,
      serverProtocol: told[0],
      serverHash: told[1],
    })
    expect(afterHandshake()).toBe(bytes.length)
  }
})

test('a record that is cut anywhere is malformed', () => {
  const request = writeHandshakeRequest(true)
  for (let end = 0; end < request.length; end++) expect(readHandshakeRequest(request, 0, end)).toBeUndefined()
  const response = handshakeResponse('CLIENT')
  for (let end = 0; end < response.length; end++) expect(readHandshakeResponse(response, 0, end)).toBeUndefined()
})

test('an unknown match or branch is malformed', () => {
  expect(readHandshakeResponse(Buffer.of(6, 0, 0, 0), 0, 4)).toBeUndefined()
  expect(readHandshakeResponse(Buffer.of(0, 4, 0, 0), 0, 4)).toBeUndefined()
})
