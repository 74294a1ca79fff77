// The client protocols that this process has been told, by hash: a client that announced its text once is known on every
// later connection, as with Flume. Bounded, because anybody may announce anything; and a text is remembered only under
// the hash that it really has, so that nobody can put his own in another's place.
import type { HandshakeRequest } from '../avro/handshake.ts'
import { FLUME_HASH, hashOf } from '../avro/protocol.ts'
import { FLUME_REMOTE, type RemoteProtocol, resolveProtocol } from '../avro/protocol-resolve.ts'

const MAX_REMEMBERED = 200
const remembered = new Map<string, RemoteProtocol>()

/** The protocol of the client that opens with this handshake; undefined when it has to be asked for its text. */
export function protocolOf({ clientHash, clientProtocol }: HandshakeRequest): RemoteProtocol | undefined {
  if (clientHash.equals(FLUME_HASH)) return FLUME_REMOTE
  const key = clientHash.toString('latin1')
  const known = remembered.get(key)
  if (known !== undefined) {
    // Those in use stay: a Map gives its keys in order of insertion.
    remembered.delete(key)
    remembered.set(key, known)
    return known
  }
  if (clientProtocol === undefined) return undefined
  const protocol = resolveProtocol(clientProtocol)
  if (hashOf(clientProtocol).equals(clientHash)) remember(key, protocol)
  return protocol
}

function remember(key: string, protocol: RemoteProtocol): void {
  remembered.set(key, protocol)
  if (remembered.size <= MAX_REMEMBERED) return
  const oldest = remembered.keys().next()
  if (!oldest.done) remembered.delete(oldest.value)
}
