// The monitoring server that `-Dflume.monitoring.type=http` asks for (Flume 1.11, HTTPMetricsServer). A server that cannot
// start is said and harmless, as in Flume.
import { reasonOf } from '../errors.ts'
import { createLog } from '../log.ts'
import type { CounterGroup } from '../metrics/counters.ts'

const DEFAULT_PORT = 41414

export async function startMonitoring(
  system: ReadonlyMap<string, string>,
  groups: () => Iterable<CounterGroup>,
): Promise<{ close(): Promise<void> } | undefined> {
  const type = system.get('flume.monitoring.type')
  if (type === undefined) return undefined
  const log = createLog('monitoring', 'org.apache.flume.instrumentation.http.HTTPMetricsServer')
  if (type.toLowerCase() !== 'http') {
    log.warn(`flume.monitoring.type ${type} is not part of this version; http is. The agent runs without monitoring.`)
    return undefined
  }
  const text = system.get('flume.monitoring.port') ?? String(DEFAULT_PORT)
  const port = Number(text)
  try {
    if (!/^\d+$/.test(text) || port > 65535) throw new Error(`flume.monitoring.port ${text} is no port`)
    const { serveMetrics } = await import('../metrics/json-server.ts')
    const server = await serveMetrics({ port, groups, log })
    log.info(`Metrics are at http://localhost:${server.port}/metrics, on all addresses of this host.`)
    return server
  } catch (error) {
    log.error(`JSON Metrics may not be available: ${reasonOf(error)}`)
    return undefined
  }
}
