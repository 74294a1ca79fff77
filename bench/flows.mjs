// What is measured. Each flow takes an agent that has not been started and resolves with its figure; higher is better
// unless the flow says `lower`. Every flow checks that what came out is what went in.
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, linkSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configuration, freePort, waitFor } from './agent.mjs'
import { sendLines } from './lines-load.mjs'

const LINES = Number(process.env.BENCH_LINES ?? 1_500_000)
const LINE_BYTES = 200
const WARM_S = Number(process.env.BENCH_WARM ?? 3)
const MEASURE_S = Number(process.env.BENCH_MEASURE ?? 4)

const NULL_SINK = ['type = null', 'batchSize = 100']
const roll = (agent) => [
  'type = file_roll',
  `sink.directory = ${agent.makeDirectory('out')}`,
  'sink.rollInterval = 0',
  'sink.batchSize = 1000',
]

export const FLOWS = {
  'seq-null-b1': { unit: 'events/s', run: (agent) => seqInto(agent, 1) },
  'seq-null-b100': { unit: 'events/s', run: (agent) => seqInto(agent, 100) },
  'seq-logger': { unit: 'events/s', run: seqLogger },
  'spooldir-roll': { unit: 'lines/s', run: spooldirRoll },
  'exec-roll': { unit: 'lines/s', run: execRoll },
  'netcat-noack': { unit: 'lines/s', run: (agent) => netcat(agent, false) },
  'netcat-ack': { unit: 'lines/s', run: (agent) => netcat(agent, true) },
  'first-event': { unit: 'ms', lower: true, run: firstEvent },
  'idle-memory': { unit: 'MiB', lower: true, run: idleMemory },
  'idle-stop': { unit: 'ms', lower: true, run: idleStop },
  'memory-1m': { unit: 'MiB', lower: true, run: millionEvents },
}

async function seqInto(agent, batchSize) {
  await agent.start(configuration(['type = seq', `batchSize = ${batchSize}`], NULL_SINK))
  return agent.rate(WARM_S, MEASURE_S)
}

async function seqLogger(agent) {
  await agent.start(configuration(['type = seq'], ['type = logger']), '/dev/null')
  return agent.rate(WARM_S, MEASURE_S)
}

async function spooldirRoll(agent) {
  const input = inputFile()
  linkSync(input, join(agent.makeDirectory('spool'), 'in.log'))
  await agent.start(configuration(['type = spooldir', `spoolDir = ${agent.path('spool')}`], roll(agent)))
  return wholeFile(agent, input)
}

async function execRoll(agent) {
  const input = inputFile()
  await agent.start(configuration(['type = exec', `command = cat ${input}`], roll(agent)))
  return wholeFile(agent, input)
}

// The rate from a tenth of the file to its end, so that starting up is not in it.
async function wholeFile(agent, input) {
  const total = LINES * LINE_BYTES
  let [began, from] = [0, 0]
  await waitFor(
    () => {
      const bytes = agent.bytesIn('out')
      if (began === 0 && bytes > total / 10) [began, from] = [performance.now(), bytes]
      return bytes >= total
    },
    120,
    'the whole file',
  )
  const rate = (total - from) / LINE_BYTES / ((performance.now() - began) / 1000)
  const [out] = readdirSync(agent.path('out'))
  if ((await digest(join(agent.path('out'), out))) !== (await digest(input))) throw new Error('the output differs')
  return rate
}

async function netcat(agent, acks) {
  const port = await freePort()
  const source = ['type = netcat', 'bind = 127.0.0.1', `port = ${port}`, `ack-every-event = ${acks}`]
  await agent.start(configuration(source, NULL_SINK))
  const load = await sendLines({ port, acks, seconds: WARM_S + MEASURE_S + 1, lineBytes: LINE_BYTES })
  const rate = await agent.rate(WARM_S, MEASURE_S)
  const { sent, answered } = await load.done
  await waitFor(async () => (await agent.taken()) >= sent, 20, 'every line taken')
  if (acks && answered !== sent) throw new Error(`${answered} answers for ${sent} lines`)
  return rate
}

async function firstEvent(agent) {
  const sink = ['type = file_roll', `sink.directory = ${agent.makeDirectory('out')}`, 'sink.rollInterval = 0']
  await agent.start(configuration(['type = seq'], sink))
  await waitFor(() => agent.bytesIn('out') > 0, 30, 'first event')
  return performance.now() - agent.startedAt
}

async function idle(agent) {
  const port = await freePort()
  await agent.start(configuration(['type = avro', 'bind = 127.0.0.1', `port = ${port}`], NULL_SINK))
  await waitFor(() => fetch(`http://127.0.0.1:${agent.metricsPort}/`).then(Boolean, () => false), 30, 'start')
  await new Promise((resolve) => setTimeout(resolve, 2000))
}

async function idleMemory(agent) {
  await idle(agent)
  return agent.memory().now
}

async function idleStop(agent) {
  await idle(agent)
  return agent.stop('SIGTERM')
}

// A million lines of 500 bytes into a channel that nobody empties: all memory of the process.
async function millionEvents(agent) {
  const port = await freePort()
  const text = configuration(
    ['type = netcat', 'bind = 127.0.0.1', `port = ${port}`],
    ['type = avro', 'hostname = 127.0.0.1', `port = ${await freePort()}`],
  ).replace('capacity = 100000', 'capacity = 1000000')
  await agent.start(`${text}a1.channels.c1.saveOnStop = false\na1.sources.r1.max-line-length = 1000\n`)
  const load = await sendLines({ port, acks: true, lines: 1_000_000, lineBytes: 501 })
  const { answered } = await load.done
  if (answered !== 1_000_000) throw new Error(`${answered} lines accepted`)
  return agent.memory().peak
}

function inputFile() {
  const folder = join(tmpdir(), 'millrace-bench-input')
  const path = join(folder, `${LINES}x${LINE_BYTES}.log`)
  if (existsSync(path)) return path
  mkdirSync(folder, { recursive: true })
  const parts = []
  for (let i = 0; i < LINES; i++) parts.push(`${String(i).padEnd(LINE_BYTES - 1, ' abcdefghijklmnopqrstuvwxyz')}\n`)
  writeFileSync(path, parts.join(''))
  return path
}

async function digest(path) {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}
