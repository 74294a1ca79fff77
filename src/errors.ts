// The failures that cross component borders, named after Flume's exceptions. Each carries a `code` that tests and callers
// compare, because texts are for people.

import { types } from 'node:util'

export type ErrorCode =
  | 'CHANNEL'
  | 'CHANNEL_FULL'
  | 'EVENT_DELIVERY'
  | 'CONFIGURATION'
  | 'ILLEGAL_STATE'
  | 'PROTOCOL'
  | 'TIMEOUT'

export class FlumeError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** A channel could not take or give events (Flume's ChannelException). Nothing of the transaction was kept. */
export class ChannelError extends FlumeError {
  constructor(message: string, options?: ErrorOptions & { readonly code?: ErrorCode }) {
    super(options?.code ?? 'CHANNEL', message, options)
  }
}

/** A channel has no room for the whole transaction within its keep-alive (Flume's ChannelFullException). */
export class ChannelFullError extends ChannelError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, { ...options, code: 'CHANNEL_FULL' })
  }
}

/** Events could not be handed to the next hop (Flume's EventDeliveryException); they stay where they were. */
export class EventDeliveryError extends FlumeError {
  constructor(message: string, options?: ErrorOptions) {
    super('EVENT_DELIVERY', message, options)
  }
}

/** A configuration that cannot be used (Flume's ConfigurationException). */
export class ConfigurationError extends FlumeError {
  constructor(message: string, options?: ErrorOptions) {
    super('CONFIGURATION', message, options)
  }
}

/** A peer sent bytes that break the protocol or its limits; its connection is closed. */
export class ProtocolError extends FlumeError {
  constructor(message: string, options?: ErrorOptions) {
    super('PROTOCOL', message, options)
  }
}

/** The text of anything that was thrown, causes included, without a stack. */
export function reasonOf(error: unknown): string {
  if (!isError(error)) return String(error)
  const own = error.message || codeOf(error) || error.name
  if (error instanceof AggregateError && !error.message && error.errors.length > 0) return reasonOf(error.errors[0])
  return error.cause === undefined ? own : `${own}: ${reasonOf(error.cause)}`
}

/** The `code` of a system or Flume error, or undefined. */
export function codeOf(error: unknown): string | undefined {
  return isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

// Errors of Node's own may come from another realm, where instanceof does not know them.
function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value)
}
