// Events from the lines that a command writes (Flume 1.11, ExecSource). Different on purpose: a channel that is full makes
// the command wait instead of ending it and losing its lines; a stop ends all that the command has started and brings in
// what was written until then; the last lines of standard error are not lost.
import { setTimeout as sleep } from 'node:timers/promises'
import { defineSource, type SourceContext } from '../component.ts'
import { reasonOf } from '../errors.ts'
import { Pump } from '../net/pump.ts'
import { charset } from '../options/charset.ts'
import { boolean, integer, long, string } from '../options/make.ts'
import type { Values } from '../options/option.ts'
import { RunningCommand, wordsOf } from './exec-command.ts'
import { ExecOutput } from './exec-output.ts'
import { logStderr } from './exec-stderr.ts'

/** What Flume logs as the exit code of a command that could not be started. */
const NEVER_STARTED = -1073741824
/** How long a stop tries to bring the last lines into the channels. */
const STOP_DELIVERY_MS = 5000
/** How long it then still waits for the put that is under way. */
const LAST_PUT_MS = 1000

const options = {
  command: string({ required: true, doc: 'Command to run; each line that it writes becomes an event.' }),
  shell: string({
    doc: 'Shell that gets the command as one argument, such as /bin/sh -c; without it, no quotes or pipes.',
  }),
  restart: boolean({ default: false, doc: 'Run the command again when it has ended.' }),
  restartThrottle: long({ default: 10_000, min: 0, unit: 'ms', doc: 'Pause before the command is run again.' }),
  logStdErr: boolean({ default: false, doc: 'Log what the command writes on its standard error.' }),
  batchSize: integer({ default: 20, min: 1, doc: 'Lines per transaction.' }),
  batchTimeout: long({
    default: 3000,
    min: 0,
    unit: 'ms',
    doc: 'Longest time that a line waits for its batch to fill.',
  }),
  charset: charset({ default: 'UTF-8', doc: 'Charset of the output and of the bodies.' }),
}

export const execSource = defineSource({
  type: 'exec',
  aliases: ['org.apache.flume.source.ExecSource'],
  summary: 'Runs a command and makes an event of each line that it writes.',
  options,
  batchSize: (values) => values.batchSize,
  create(values, context) {
    let run: ExecRun | undefined
    return {
      async start() {
        context.log.info(`Exec source starting with command: ${values.command}`)
        run ??= new ExecRun(values, context)
      },
      async stop() {
        const running = run
        run = undefined
        if (!running) return
        context.log.info(`Stopping exec source with command: ${values.command}`)
        await running.stop()
      },
    }
  },
})

/** The command, again and again when it is to be restarted, from start to stop of the source. */
class ExecRun {
  readonly #values: Values<typeof options>
  readonly #context: SourceContext
  readonly #output: ExecOutput
  readonly #stopping = new AbortController()
  readonly #over: Promise<void>
  #command: RunningCommand | undefined

  constructor(values: Values<typeof options>, context: SourceContext) {
    this.#values = values
    this.#context = context
    this.#output = new ExecOutput(values, context)
    this.#over = this.#runAll()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    void this.#command?.terminate()
    if (await this.#overWithin(STOP_DELIVERY_MS)) return
    this.#output.giveUp()
    this.#command?.abandon()
    await this.#overWithin(LAST_PUT_MS)
    const lost = this.#output.undelivered
    if (lost > 0) this.#context.log.warn(`${lost} lines of output were not taken by the channels before the stop.`)
  }

  #overWithin(ms: number): Promise<boolean> {
    const deadline = new AbortController()
    const late = sleep(ms, false, { signal: deadline.signal }).catch(() => false)
    return Promise.race([this.#over.then(() => true), late]).finally(() => deadline.abort())
  }

  async #runAll(): Promise<void> {
    const { command, restart, restartThrottle } = this.#values
    const { log } = this.#context
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const code = await this.#runOnce()
      if (!restart || signal.aborted) {
        log.info(`Command [${command}] exited with ${code}`)
        return
      }
      log.info(`Restarting in ${restartThrottle}ms, exit code ${code}`)
      await sleep(Math.min(restartThrottle, 2 ** 31 - 1), undefined, { signal }).catch(() => {})
    }
  }

  async #runOnce(): Promise<number> {
    const { command, shell, logStdErr, charset } = this.#values
    const { log } = this.#context
    let running: RunningCommand
    try {
      running = await RunningCommand.start(wordsOf(command, shell), logStdErr)
    } catch (error) {
      log.error(`Failed while running command: ${command}. ${reasonOf(error)}`)
      return NEVER_STARTED
    }
    this.#command = running
    if (this.#stopping.signal.aborted) void running.terminate()
    const stderrLogged = running.stderr && logStderr(running.stderr, charset, log)
    await new Pump(running.stdout, (chunk) => this.#output.read(chunk)).done
    await this.#output.end()
    const code = await running.finished()
    await stderrLogged?.()
    this.#command = undefined
    return code
  }
}
