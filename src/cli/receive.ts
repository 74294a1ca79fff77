// `flume-ng receive`: the streaming receiver on a terminal. Listens for what an agent's avro sink sends and prints it batch by
// batch, as the receiver of the lectures on Spark Streaming does with pprint; with --raw the bodies alone, for pipes.
// Listens on localhost unless told otherwise, because whoever reaches the port can write to this terminal.
import type { Argv } from 'yargs'
import { ConfigurationError, codeOf, reasonOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { FlumeUtils, StreamingContext } from '../streaming/index.ts'
import { AvroBodies, SCHEMA_HEADER } from './avro-bodies.ts'
import { straightWord } from './pasted.ts'
import { catchSignals } from './signals.ts'

interface ReceiveOptions {
  readonly host: string
  readonly port: number
  readonly batchMs: number
  readonly num: number
  readonly raw: boolean
  readonly headers: boolean
}

const WRITE_BYTES = 256 * 1024
const HELP: ReadonlySet<string> = new Set(['--help', '-help', '-h'])
const NEWLINE = Buffer.from('\n')

/** Receives until it is told to stop; resolves with the exit status. */
export async function receive(argv: readonly string[]): Promise<number> {
  let options: ReceiveOptions | string
  try {
    options = await parse(argv)
  } catch (error) {
    const reason = reasonOf(error).replace(/\.?$/, '.')
    process.stderr.write(`Error: ${reason} flume-ng receive --help lists the options.\n`)
    return 1
  }
  if (typeof options !== 'string') return run(options)
  process.stdout.write(options)
  return 0
}

// ---- the words ------------------------------------------------------------------------------------------------------

/** What the words say, or the help text when they ask for it. Throws a sentence when they make no sense. */
async function parse(argv: readonly string[]): Promise<ReceiveOptions | string> {
  const { default: yargs } = await import('yargs')
  const straight = argv.map(straightWord)
  if (straight.some((word) => HELP.has(word))) return plain(await declare(yargs([])).getHelp())
  const words = await declare(yargs(straight)).parseAsync()
  if (words.port === undefined) throw new ConfigurationError('--port is missing, such as --port 4444')
  const { host, raw, headers } = words
  if (raw && headers) throw new ConfigurationError('--raw prints bodies only, so --headers cannot be given with it')
  const port = wholeNumber('port', words.port, 65535)
  const num = wholeNumber('num', words.num, Number.MAX_SAFE_INTEGER)
  return { host, port, batchMs: batchMsOf(words.batch), num, raw, headers }
}

function declare(parser: Argv) {
  return parser
    .scriptName('flume-ng receive')
    .usage('usage: $0 -p <port> [options]\n\nTakes events from avro sinks on a port and prints them batch by batch.')
    .option('port', { alias: 'p', type: 'string', requiresArg: true, describe: 'port to listen on; 0: any free one' })
    .option('host', {
      alias: 'H',
      type: 'string',
      requiresArg: true,
      default: 'localhost',
      describe: 'address to listen on; 0.0.0.0: open to other machines',
    })
    .option('batch', {
      type: 'string',
      requiresArg: true,
      default: '1s',
      describe: 'interval of the batches: 500ms, 2s, 1m; a number: seconds',
    })
    .option('num', { type: 'string', requiresArg: true, default: '10', describe: 'events to print of each batch' })
    .option('headers', { type: 'boolean', default: false, describe: 'print headers too' })
    .option('raw', {
      type: 'boolean',
      default: false,
      describe: 'print every body as it is, one per line, and nothing else',
    })
    .example('$0 --port 4444', 'for a sink with hostname = localhost, port = 4444')
    .example('$0 --port 4444 --raw | grep ERROR', 'for another command')
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'duplicate-arguments-array': false,
      'short-option-groups': false,
    })
    .locale('en')
    .wrap(null)
    .version(false)
    .help('help', 'print this text')
    .alias('help', 'h')
    .exitProcess(false)
    .strict()
    .fail((message, error) => {
      throw error ?? new ConfigurationError(message)
    })
}

// Types in brackets tell a user nothing.
function plain(help: string): string {
  return `${help.replace(/ *\[(?:string|boolean|default: false)\]/g, '').trimEnd()}\n`
}

function wholeNumber(name: string, text: string, most: number): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number <= most) return number
  const range = most < Number.MAX_SAFE_INTEGER ? ` from 0 to ${most}` : ''
  throw new ConfigurationError(`--${name} takes a whole number${range}, which '${text}' is not`)
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, '': 1000, m: 60_000, min: 60_000 }

function batchMsOf(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/.exec(text) ?? []
  const ms = Math.round(Number(number) * (UNIT_MS[unit] ?? Number.NaN))
  if (ms >= 1 && ms < 2 ** 31) return ms
  throw new ConfigurationError(`--batch takes an interval such as 1s or 500ms, which '${text}' is not`)
}

// ---- the work -------------------------------------------------------------------------------------------------------

async function run(options: ReceiveOptions): Promise<number> {
  const signals = catchSignals()
  let readerGone = false
  const onError = (error: Error) => {
    readerGone ||= codeOf(error) === 'EPIPE'
  }
  process.stdout.on('error', onError)
  const log = terminalLog(() => readerGone)
  const ssc = new StreamingContext({ batchDurationMs: options.batchMs, log })
  const stream = FlumeUtils.createStream(ssc, options.host, options.port)
  if (options.raw) stream.foreachBatch(writeBodies)
  else if (options.headers) stream.pprint(options.num)
  else {
    const avro = new AvroBodies()
    stream.map((event) => (event.headers.has(SCHEMA_HEADER) ? avro.show(event) : event.body)).pprint(options.num)
  }
  try {
    await ssc.start()
  } catch (error) {
    log.error(reasonOf(error))
    return 1
  }
  const every = options.batchMs % 1000 === 0 ? `${options.batchMs / 1000} s` : `${options.batchMs} ms`
  process.stderr.write(`Listening on ${options.host}:${stream.port}, a batch every ${every}. Stop with Ctrl-C.\n`)
  let status = 0
  signals.first.then((request) => {
    status = request.status
    return ssc.stop()
  })
  // What a reader that has stalled has not taken would hold the process.
  signals.onSecond(() => ssc.stop({ graceful: false }).then(() => process.exit(status)))
  try {
    await ssc.awaitTermination()
    return status
  } catch {
    return readerGone ? 0 : 1
  }
}

async function writeBodies(events: readonly { readonly body: Buffer }[]): Promise<void> {
  let parts: Buffer[] = []
  let bytes = 0
  for (const { body } of events) {
    parts.push(body, NEWLINE)
    bytes += body.length + 1
    if (bytes < WRITE_BYTES) continue
    await write(Buffer.concat(parts))
    parts = []
    bytes = 0
  }
  if (bytes > 0) await write(Buffer.concat(parts))
}

function write(bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()))
  })
}

// Sentences for a terminal instead of lines for a log; none for a reader that went away.
function terminalLog(isMute: () => boolean): Log {
  const at = (level: string) => (message: string) => {
    if (!isMute()) process.stderr.write(`${level}: ${message}\n`)
  }
  const nothing = () => {}
  return { debugEnabled: false, debug: nothing, info: nothing, warn: at('Warning'), error: at('Error') }
}
