// `flume-ng avro-client` (Flume 1.11, AvroCLIClient): lines of a file, a directory or standard input as events to an
// Avro source, with Flume's texts.
// Exit status: as in Flume 0 after a missing host or port and after a connection that could not be opened. Different on
// purpose: 1 for other wrong words, for input that could not be read and for events that were not delivered.
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { type Batch, batchOf } from '../batch.ts'
import { ConfigurationError, EventDeliveryError, reasonOf } from '../errors.ts'
import { createEvent, type Headers, NO_HEADERS } from '../event.ts'
import { createLog } from '../log.ts'
import { type Connection, openConnection, type Target, targetOf } from './avro-connection.ts'
import { asSentence } from './fatal.ts'
import { lineBatches } from './line-batches.ts'
import { configureLogFrom } from './logging.ts'
import { normalise } from './normalise.ts'
import { AVRO_CLIENT } from './option-tables.ts'
import { parse, type Words } from './parse.ts'
import { grouped, Progress } from './progress.ts'
import { sendDirectory } from './spool-directory.ts'
import { systemProperties } from './system-properties.ts'
import { usageOf } from './usage.ts'

const log = createLog('main', AVRO_CLIENT.javaClass)

export type Connect = (target: Target) => Promise<Connection>

/** Sends everything and ends; resolves with the exit status. */
export async function avroClient(argv: readonly string[], connect: Connect = openConnection): Promise<number> {
  const given = normalise(AVRO_CLIENT.options, argv)
  if (given.problem !== undefined) return refuse(given.problem, 1)
  const words = await parse(AVRO_CLIENT.options, given)
  if (words.has('help')) {
    process.stdout.write(usageOf(AVRO_CLIENT))
    return 0
  }
  configureLogFrom(systemProperties(given.properties, process.env), process.cwd())
  if (given.strays.length > 0) log.warn(`These words belong to no option and are ignored: ${given.strays.join(' ')}`)
  if (words.has('filename') && words.has('dirname')) {
    return refuse('--filename and --dirname options cannot be used simultaneously', 1)
  }
  const target = await targetOf(words)
  return 'problem' in target ? refuse(target.problem, target.status) : connectAndSend(target, words, connect)
}

function refuse(problem: string, status: number): number {
  log.error(`Unable to parse command line options - ${problem}`)
  return status
}

async function connectAndSend(target: Target, words: Words, connect: Connect): Promise<number> {
  const headers = await headersOf(words.value('headerFile'))
  let connection: Connection
  try {
    connection = await connect(target)
  } catch (error) {
    log.error(`Unable to open connection to Flume. ${reasonOf(error)}`)
    return error instanceof ConfigurationError ? 1 : 0
  }
  const delivery = new Delivery(connection, target, headers)
  try {
    return (await sendInput(delivery, words)) ? 0 : 1
  } catch (error) {
    const what = error instanceof EventDeliveryError ? 'deliver events' : 'send data'
    log.error(`Unable to ${what} to Flume. ${asSentence(reasonOf(error))} ${delivery.delivered} were delivered before.`)
    return 1
  } finally {
    delivery.progress.end()
    await connection.close().catch((error: unknown) => log.warn(`The connection did not close: ${reasonOf(error)}`))
  }
}

async function sendInput(delivery: Delivery, words: Words): Promise<boolean> {
  const filename = words.value('filename')
  const dirname = words.value('dirname')
  if (dirname !== undefined) return sendDirectory(dirname, (path) => delivery.sendFile(path), log)
  await delivery.sendLines(filename === undefined ? process.stdin : createReadStream(filename))
  return true
}

/** A missing header file is told about and does not stop the work, as in Flume. */
async function headersOf(file: string | undefined): Promise<Headers> {
  if (file === undefined) return NO_HEADERS
  try {
    const { parsePairs } = await import('../config/properties.ts')
    return parsePairs(await readFile(file))
  } catch (error) {
    log.error(
      `Unable to load headerFile ${file}: ${asSentence(reasonOf(error))} Events are sent without these headers.`,
    )
    return NO_HEADERS
  }
}

class Delivery {
  readonly progress = new Progress(process.stderr)
  readonly #connection: Connection
  readonly #target: Target
  readonly #headers: Headers
  #warned = false

  constructor(connection: Connection, target: Target, headers: Headers) {
    this.#connection = connection
    this.#target = target
    this.#headers = headers
  }

  get delivered(): string {
    return `${grouped(this.progress.count)} events`
  }

  /** Resolves with the number of events. */
  async sendLines(input: Readable): Promise<number> {
    const before = this.progress.count
    const onPiece = () => {
      if (!this.#warned) log.warn('Lines of more than 4 MiB are sent as several events.')
      this.#warned = true
    }
    const { batchSize, inFlight } = this.#target
    const underWay: Promise<void>[] = []
    for await (const batch of lineBatches(input, { headers: this.#headers, batchSize, onPiece })) {
      if (underWay.length >= inFlight) await underWay.shift()
      const sending = this.#send(batch)
      // A failure ends the reading at once, also while it waits for input.
      sending.catch((error) => input.destroy(error))
      underWay.push(sending)
    }
    await Promise.all(underWay)
    return this.progress.count - before
  }

  /** A file of a spooling directory: an empty one is one empty event, as the spooling directory source has it. */
  async sendFile(path: string): Promise<void> {
    const sent = await this.sendLines(createReadStream(path))
    if (sent > 0) return
    await this.#send(batchOf([createEvent('', this.#headers)]))
  }

  async #send(batch: Batch): Promise<void> {
    await this.#connection.send(batch)
    this.progress.add(batch.length)
  }
}
