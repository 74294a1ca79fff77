// The public door of the package: agents inside a program, and running a configuration.
export { type Batch, batchOf } from './batch.ts'
export { EmbeddedAgent } from './embedded/embedded-agent.ts'
export * from './errors.ts'
export { createEvent, type Event, type Headers } from './event.ts'
export { configureLog, type Level, type LogTarget } from './log.ts'
