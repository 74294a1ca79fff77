// The one sentence with which a command ends that cannot do its work (Flume 1.11, Application, which adds a stack trace
// and ends with status 0).
import { reasonOf } from '../errors.ts'
import { createLog, flushLog } from '../log.ts'
import { isLogOnConsole } from './logging.ts'

/** Says why, on the terminal in any case, and gives the exit status. */
export function fatal(reason: unknown): 1 {
  const sentence = `A fatal error occurred while running. ${reasonOf(reason)}`
  const log = createLog('main', 'org.apache.flume.node.Application')
  log.error(sentence)
  if (reason instanceof Error && reason.stack) log.debug(reason.stack)
  flushLog()
  if (!isLogOnConsole()) process.stderr.write(`${sentence}\n`)
  return 1
}

/** The text with a full stop, unless it has an end already, so that another sentence may follow. */
export function asSentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`
}
