// What a server takes from its clients. Flume has one limit, a tenth of its heap for the list of a frame's buffers, and is
// brought down by what passes below it; here a client that goes too far is refused, and the others go on.
import type { FrameLimits } from '../avro/framing.ts'

export interface RpcLimits extends FrameLimits {
  /**
   * Bytes of one frame. Default 128 MiB: more than a Flume agent with its usual heap of 512 MB can take, as it holds a
   * request three times over.
   */
  readonly maxFrameBytes: number
  /** Buffers of one frame. Default 65536: Avro's Java clients cut requests into buffers of 8 KiB, and so stay far below. */
  readonly maxBuffersPerFrame: number
  /** Bytes of requests, of all connections together, that have arrived and are not answered. Default 256 MiB. */
  readonly maxBytesHeld: number
  /** Calls of one connection that are handled at a time, as with Flume. Default 16. */
  readonly maxCallsPerConnection: number
  /** Connections at a time. Default 20000. */
  readonly maxConnections: number
  /** How long a request may stop in the middle while others wait for memory, in ms. Default 10000. */
  readonly stallMs: number
}

const MIB = 1024 * 1024

export const RPC_LIMITS: RpcLimits = {
  maxFrameBytes: 128 * MIB,
  maxBuffersPerFrame: 65_536,
  maxBytesHeld: 256 * MIB,
  maxCallsPerConnection: 16,
  maxConnections: 20_000,
  stallMs: 10_000,
}
