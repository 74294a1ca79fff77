// One agent process for a measurement: a directory of its own, a configuration, its metrics, its memory.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A free TCP port of this machine. */
export async function freePort() {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

export async function waitFor(check, seconds, what) {
  const end = performance.now() + seconds * 1000
  for (;;) {
    const value = await check()
    if (value) return value
    if (performance.now() > end) throw new Error(`${what} not within ${seconds} s`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** A flow's configuration: source and sink as `key = value` lines, a memory channel as large as real ones are. */
export function configuration(source, sink) {
  const own = (prefix, lines) => lines.map((line) => `a1.${prefix}.${line}`)
  return [
    'a1.sources = r1',
    'a1.channels = c1',
    'a1.sinks = k1',
    ...own('sources.r1', [...source, 'channels = c1']),
    ...own('channels.c1', ['type = memory', 'capacity = 100000', 'transactionCapacity = 10000']),
    ...own('sinks.k1', [...sink, 'channel = c1']),
    '',
  ].join('\n')
}

export class BenchAgent {
  constructor(command) {
    this.command = command
    this.directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
  }

  path(name) {
    return join(this.directory, name)
  }

  makeDirectory(name) {
    mkdirSync(this.path(name))
    return this.path(name)
  }

  /** Starts it; `log` is where standard error goes, a file in its directory by default. */
  async start(text, log = this.path('agent.log')) {
    this.metricsPort = await freePort()
    writeFileSync(this.path('flume.conf'), text)
    const output = openSync(log, 'a')
    const words = ['agent', '-n', 'a1', '-f', this.path('flume.conf'), '-Dflume.monitoring.type=http']
    const env = { ...process.env, FLUME_JAVA_OPTS: process.env.FLUME_JAVA_OPTS ?? '-Xmx1g' }
    this.startedAt = performance.now()
    this.process = spawn(this.command, [...words, `-Dflume.monitoring.port=${this.metricsPort}`], {
      cwd: this.directory,
      env,
      stdio: ['ignore', output, output],
    })
  }

  async taken() {
    try {
      const answer = await fetch(`http://127.0.0.1:${this.metricsPort}/metrics`)
      return Number((await answer.json())['CHANNEL.c1']?.EventTakeSuccessCount ?? 0)
    } catch {
      return 0
    }
  }

  /** Events taken from the channel per second, over `seconds` after `warmSeconds` of load. */
  async rate(warmSeconds, seconds) {
    await waitFor(async () => (await this.taken()) > 0, 30, 'first event')
    await new Promise((resolve) => setTimeout(resolve, warmSeconds * 1000))
    const [from, began] = [await this.taken(), performance.now()]
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
    return ((await this.taken()) - from) / ((performance.now() - began) / 1000)
  }

  /** Bytes of all files in a folder of its directory. */
  bytesIn(name) {
    return readdirSync(this.path(name)).reduce((sum, file) => sum + statSync(join(this.path(name), file)).size, 0)
  }

  /** Resident memory now and at its peak, in MiB. */
  memory() {
    const status = readFileSync(`/proc/${this.process.pid}/status`, 'utf8')
    const mib = (key) => Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024
    return { now: mib('VmRSS'), peak: mib('VmHWM') }
  }

  /** Ends it and resolves with the ms that took. */
  async stop(signal = 'SIGTERM') {
    const began = performance.now()
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const exit = once(this.process, 'exit')
      this.process.kill(signal)
      await exit
    }
    return performance.now() - began
  }

  async close() {
    if (this.process) await this.stop('SIGKILL')
    rmSync(this.directory, { recursive: true, force: true })
  }
}
