// Config filter `external` (Flume 1.11, ExternalProcessConfigFilter): a program, started without a shell and with the key
// as its last argument, prints the value in its first line. Different on purpose: output is read while the program runs,
// so that much of it blocks nothing, and after a time limit the program is ended. What it prints is in no message.
import { spawn } from 'node:child_process'
import type { TextDecoder } from 'node:util'

/** What a filter has for a key. Without a value the remark tells why. */
export interface Answer {
  readonly value?: string
  readonly remark?: string
  readonly severity?: 'error' | 'warning'
}

export interface ExternalProcess {
  /** Program and arguments, separated by white space. */
  readonly command: string
  readonly decoder: TextDecoder
  readonly env: Readonly<Record<string, string | undefined>>
  readonly limitMs: number
}

interface End {
  readonly output: Buffer
  readonly exitCode?: number
  readonly failure?: string
}

const KEPT_BYTES = 1 << 16
/** How long output may stay open after the exit, because something that the program started still holds it. */
const LINGER_MS = 500

/** Never rejects. */
export async function askProcess(process: ExternalProcess, key: string): Promise<Answer> {
  const { output, exitCode, failure } = await run(process, key).catch(notStarted)
  if (failure !== undefined) return failed(failure)
  if (exitCode !== 0) return failed(`ended with exit code ${exitCode}`)
  const text = process.decoder.decode(output)
  if (text === '') return { severity: 'warning', remark: 'External process has not produced any output.' }
  const [value = '', ...others] = text.split(/\r\n|\r|\n/)
  if (others.length === 0 || (others.length === 1 && others[0] === '')) return { value }
  const remark = 'External process has more than one line of output. Only the first line is used.'
  return { value, severity: 'warning', remark }
}

function failed(what: string): Answer {
  return { severity: 'error', remark: `External process ${what}.` }
}

// Without the error's own text, which may show the arguments.
function notStarted(error: NodeJS.ErrnoException): End {
  return { output: Buffer.alloc(0), failure: `could not be started (${error.code})` }
}

function run({ command, env, limitMs }: ExternalProcess, key: string): Promise<End> {
  const [program = '', ...words] = command.trim().split(/\s+/)
  return new Promise((resolve) => {
    const child = spawn(program, [...words, key], { env, stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true })
    const chunks: Buffer[] = []
    let kept = 0
    child.stdout.on('data', (chunk: Buffer) => {
      if (kept < KEPT_BYTES) chunks.push(chunk)
      kept += chunk.length
    })
    const finish = (end: Omit<End, 'output'>) => {
      clearTimeout(limit)
      clearTimeout(linger)
      child.stdout.destroy()
      resolve({ output: Buffer.concat(chunks), ...end })
    }
    const ended = (exitCode: number | null, signal: NodeJS.Signals | null) =>
      finish(exitCode === null ? { failure: `was ended by ${signal}` } : { exitCode })
    let linger: NodeJS.Timeout | undefined
    const limit = setTimeout(() => {
      child.kill('SIGKILL')
      finish({ failure: `did not end within ${limitMs / 1000} s` })
    }, limitMs)
    child.once('error', (error) => finish(notStarted(error)))
    child.once('exit', (exitCode, signal) => {
      linger = setTimeout(ended, LINGER_MS, exitCode, signal)
    })
    child.once('close', ended)
  })
}
