// A client that sends lines to a netcat source as fast as it takes them, in a process of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'

const LINES_PER_WRITE = 300
/** Lines that may be without an answer. */
const UNANSWERED = 1000

/** Starts the client; `done` resolves with { sent, answered }. */
export async function sendLines(options) {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk) => {
    text += chunk
  })
  const done = once(child, 'exit').then(() => JSON.parse(text.trim().split('\n').at(-1)))
  await once(child.stdout, 'data')
  return { done }
}

async function connected(port) {
  for (let attempt = 0; ; attempt++) {
    const socket = connect(port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return socket
    } catch (error) {
      if (attempt > 3000) throw error
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}

async function run({ port, acks, seconds, lines = Number.POSITIVE_INFINITY, lineBytes }) {
  const socket = await connected(port)
  process.stdout.write('connected\n')
  const chunk = Buffer.from(`${'x'.repeat(lineBytes - 1)}\n`.repeat(LINES_PER_WRITE))
  const end = performance.now() + (seconds ?? 1e9) * 1000
  let [sent, answered] = [0, 0]
  let wake = () => {}
  socket.on('data', (data) => {
    for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10, at + 1)) answered++
    wake()
  })
  while (sent < lines && performance.now() < end) {
    const now = Math.min(LINES_PER_WRITE, lines - sent)
    sent += now
    if (!socket.write(chunk.subarray(0, now * lineBytes))) await once(socket, 'drain')
    while (acks && sent - answered > UNANSWERED) await new Promise((resolve) => (wake = resolve))
  }
  while (acks && answered < sent) await new Promise((resolve) => (wake = resolve))
  socket.end()
  await once(socket, 'close')
  process.stdout.write(`${JSON.stringify({ sent, answered })}\n`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run(JSON.parse(process.argv[2]))
