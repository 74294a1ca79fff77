// `flume-ng quickstart`, which `npm start` runs: a streaming receiver and an agent with conf/quickstart.conf as two
// processes of their own, so that what is seen is what a user would start by hand. Ends with either of them, or Ctrl-C.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { homeDirectory } from '../home.ts'
import { catchSignals } from './signals.ts'

const MAIN = join(homeDirectory(), 'lib', 'cli', 'main.js')
const CONFIGURATION = join(homeDirectory(), 'conf', 'quickstart.conf')
const LOOK_FOR_PARENT_MS = 300
const INTRODUCTION = `
Agent a1 reads this machine's load once a second and hands it to a streaming receiver, which prints it below.
Send a line yourself:   nc localhost 9999      (each line is answered OK)
The configuration:      conf/quickstart.conf
Stop:                   Ctrl-C

`

export async function quickstart(): Promise<number> {
  const signals = catchSignals()
  process.stdout.write(INTRODUCTION)
  const receiver = run(['receive', '--port', '4444', '--batch', '1s'])
  const agent = run(['org.apache.flume.node.Application', '-n', 'a1', '-f', CONFIGURATION])
  const asked = signals.first.then((request) => request.status)
  const ended = await Promise.race([status(receiver), status(agent), asked, orphaned()])
  // The agent first: it delivers what it still holds while the receiver is there.
  await end(agent)
  await end(receiver)
  return ended
}

// Groups of their own, so that Ctrl-C reaches only this process and the two end in order.
function run(words: readonly string[]): ChildProcess {
  return spawn(process.execPath, [MAIN, ...words], { stdio: 'inherit', detached: true })
}

/** Resolves when the process that started this one has gone: npm ends its shell, and not what runs in it. */
function orphaned(): Promise<number> {
  const parent = process.ppid
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(timer)
      resolve(143)
    }, LOOK_FOR_PARENT_MS)
    timer.unref()
  })
}

async function status(child: ChildProcess): Promise<number> {
  await once(child, 'exit')
  return child.exitCode ?? 1
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}
