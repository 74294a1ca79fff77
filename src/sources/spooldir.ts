// Reads whole files that are put into a directory (Flume 1.11, SpoolDirectorySource) and then renames, marks or removes
// them. The parts are in spooldir/. Different on purpose: no single file ends the source (spooldir/spool.ts), a file is
// noticed when it appears instead of at the next look, and permissions are asked for instead of tried with a canary file.
import { access, constants, mkdir, stat } from 'node:fs/promises'
import { charsetOf } from '../charset.ts'
import {
  type Batch,
  boolean,
  ChannelFullError,
  ConfigurationError,
  choice,
  codeOf,
  component,
  defineSource,
  type Finding,
  integer,
  type Nested,
  reasonOf,
  type Source,
  type SourceContext,
  string,
  type Values,
} from '../component.ts'
import { javaRegex } from '../java-regex.ts'
import { Catalog, type SpoolFile } from './spooldir/catalog.ts'
import { Finisher } from './spooldir/finish.ts'
import { absolutePath, javaPath, Names } from './spooldir/names.ts'
import { Places } from './spooldir/places.ts'
import { Rest } from './spooldir/rest.ts'
import { Spool } from './spooldir/spool.ts'

const FIRST_BACKOFF_MS = 250

const options = {
  spoolDir: string({ required: true, doc: 'Directory of complete files that nobody changes any more.' }),
  fileSuffix: string({ default: '.COMPLETED', doc: 'Ends the names of files that were read; such files are skipped.' }),
  deletePolicy: choice(['never', 'immediate'], {
    default: 'never',
    doc: 'immediate removes a file when all of its events are in the channel.',
  }),
  fileHeader: boolean({ default: false, doc: 'Adds a header with the absolute path of the file.' }),
  fileHeaderKey: string({ default: 'file', doc: 'Name of that header.' }),
  basenameHeader: boolean({ default: false, doc: 'Adds a header with the name of the file.' }),
  basenameHeaderKey: string({ default: 'basename', doc: 'Name of that header.' }),
  includePattern: string({ default: '^.*$', doc: 'Regular expression that a file name must match as a whole.' }),
  ignorePattern: string({
    default: '^$',
    doc: 'Regular expression of names that are skipped, whatever includePattern says.',
  }),
  trackerDir: string({
    default: '.flumespool',
    doc: 'Directory for what must be remembered; a relative one lies inside of spoolDir.',
  }),
  trackingPolicy: choice(['rename', 'tracker_dir'], {
    default: 'rename',
    doc: 'rename gives read files the suffix; tracker_dir leaves them alone and puts an empty marker into trackerDir.',
  }),
  consumeOrder: choice(['oldest', 'youngest', 'random'], {
    default: 'oldest',
    doc: 'Which file is next, by modification time, equal ones by name; random: as the system lists them.',
  }),
  pollDelay: integer({ default: 500, min: 1, unit: 'ms', doc: 'Pause between two looks at the directory.' }),
  recursiveDirectorySearch: boolean({ default: false, doc: 'Reads the files of sub-directories too.' }),
  maxBackoff: integer({
    default: 4000,
    min: 1,
    unit: 'ms',
    doc: 'Longest pause between tries while a channel is full.',
  }),
  batchSize: integer({ default: 100, min: 1, doc: 'Events per channel transaction.' }),
  inputCharset: string({ default: 'UTF-8', doc: 'Charset of the files.' }),
  decodeErrorPolicy: choice(['FAIL', 'REPLACE', 'IGNORE'], {
    default: 'FAIL',
    doc: 'What becomes of bytes that are not of that charset: the file is left, U+FFFD is put in their place, or they are left out.',
  }),
  deserializer: component<Nested<'deserializer'>>('deserializer', {
    default: 'LINE',
    doc: 'How a file is made into events.',
  }),
  bufferMaxLines: integer({ default: 100, deprecated: 'It has no effect.', doc: 'Not used any more.' }),
  bufferMaxLineLength: integer({
    min: 1,
    unit: 'characters',
    defaultText: '5000',
    deprecated: 'Set deserializer.maxLineLength instead.',
    doc: 'When it is set, the longest event of the LINE deserializer.',
  }),
}

type Settings = Values<typeof options>

export const spooldirSource = defineSource({
  type: 'spooldir',
  aliases: ['org.apache.flume.source.SpoolDirectorySource'],
  summary: 'Reads whole files that are put into a directory.',
  options,
  check: (settings) => [
    ...patternFinding('includePattern', settings.includePattern),
    ...patternFinding('ignorePattern', settings.ignorePattern),
    ...charsetFinding(settings.inputCharset),
  ],
  batchSize: ({ batchSize }) => batchSize,
  create: (settings, context) => new SpooldirSource(settings, context),
})

function patternFinding(key: string, pattern: string): Finding[] {
  try {
    javaRegex(pattern)
    return []
  } catch (error) {
    return [{ key, message: reasonOf(error) }]
  }
}

function charsetFinding(name: string): Finding[] {
  return charsetOf(name) ? [] : [{ key: 'inputCharset', message: `${name} is not a charset that is known here.` }]
}

class SpooldirSource implements Source {
  readonly #settings: Settings
  readonly #context: SourceContext
  readonly #dir: string
  readonly #trackerDir: string
  #rest = new Rest()
  #working: Promise<void> | undefined

  constructor(settings: Settings, context: SourceContext) {
    this.#settings = settings
    this.#context = context
    this.#dir = javaPath(settings.spoolDir)
    const trackerDir = javaPath(settings.trackerDir)
    this.#trackerDir = trackerDir.startsWith('/') ? trackerDir : `${this.#dir}/${trackerDir}`
  }

  async start(): Promise<void> {
    if (this.#working) return
    const { log, signal } = this.#context
    log.info(`SpoolDirectorySource source starting with directory: ${this.#dir}`)
    await this.#checkDirectory()
    await this.#makeTrackerDir()
    const rest = new Rest()
    this.#rest = rest
    signal.addEventListener('abort', () => rest.stop(), { once: true })
    const places = new Places(this.#trackerDir, log)
    places.load()
    this.#working = this.#spool(places, rest)
      .run()
      .finally(() => places.close())
  }

  async stop(): Promise<void> {
    this.#rest.stop()
    const working = this.#working
    if (!working) return
    await working
    this.#working = undefined
    this.#context.log.info(`SpoolDir source ${this.#context.name} stopped.`)
  }

  async #checkDirectory(): Promise<void> {
    const shown = absolutePath(this.#dir)
    const stats = await stat(this.#dir).catch(() => undefined)
    if (!stats) throw new ConfigurationError(`Directory does not exist: ${shown}`)
    if (!stats.isDirectory()) throw new ConfigurationError(`Path is not a directory: ${shown}`)
    const { R_OK, W_OK, X_OK } = constants
    const wanted = this.#settings.trackingPolicy === 'rename' ? R_OK | W_OK | X_OK : R_OK | X_OK
    try {
      await access(this.#dir, wanted)
    } catch (cause) {
      throw new ConfigurationError(`Unable to read and modify files in the spooling directory: ${this.#dir}`, { cause })
    }
  }

  async #makeTrackerDir(): Promise<void> {
    try {
      await mkdir(this.#trackerDir, { recursive: true })
    } catch (cause) {
      // On a full disk the source reads on without it; it is made when there is room.
      if (codeOf(cause) !== 'ENOSPC')
        throw new ConfigurationError(`The tracker directory ${this.#trackerDir} cannot be made`, { cause })
    }
  }

  #spool(places: Places, rest: Rest): Spool {
    const { log, counters, maxBatch } = this.#context
    const { fileSuffix, trackingPolicy, deletePolicy, batchSize, pollDelay } = this.#settings
    const marks = trackingPolicy === 'tracker_dir' && deletePolicy === 'never'
    const names = new Names(this.#settings)
    const recursive = this.#settings.recursiveDirectorySearch
    const catalog = new Catalog({
      root: this.#dir,
      names,
      recursive,
      order: this.#settings.consumeOrder,
      trackerDir: this.#trackerDir,
      markerSuffix: trackingPolicy === 'tracker_dir' ? fileSuffix : undefined,
      log,
    })
    const way = deletePolicy === 'immediate' ? 'delete' : marks ? 'marker' : 'rename'
    const finisher = new Finisher({ way, suffix: fileSuffix, trackerDir: this.#trackerDir, log })
    const feed = {
      batchSize: Math.min(batchSize, maxBatch),
      open: (path: string, position: number) => this.#open(path, position),
      headersOf: (file: SpoolFile) => this.#headersOf(file),
      deliver: (batch: Batch) => this.#deliver(batch, rest),
      commit: (path: string, position: number) => places.commit(path, position),
    }
    const concerns = (name: string) => names.isFile(name) || (recursive && names.isFolder(name))
    return new Spool({ catalog, concerns, places, finisher, feed, rest, pollDelayMs: pollDelay, log, counters })
  }

  #open(path: string, position: number) {
    const { deserializer, inputCharset, decodeErrorPolicy, bufferMaxLineLength } = this.#settings
    const place = { path, position, inputCharset, decodeErrorPolicy }
    const longest = bufferMaxLineLength === undefined ? {} : { maxLineLength: bufferMaxLineLength }
    return deserializer.create({ ...this.#context, ...place, ...longest })
  }

  #headersOf({ path, name }: SpoolFile): Map<string, string> {
    const { fileHeader, fileHeaderKey, basenameHeader, basenameHeaderKey } = this.#settings
    const headers = new Map<string, string>()
    if (fileHeader) headers.set(fileHeaderKey, absolutePath(path))
    if (basenameHeader) headers.set(basenameHeaderKey, name)
    return headers
  }

  /** Tries until the batch is taken; false when the source stops before that. */
  async #deliver(batch: Batch, rest: Rest): Promise<boolean> {
    const { maxBackoff } = this.#settings
    for (let pauseMs = Math.min(FIRST_BACKOFF_MS, maxBackoff); ; pauseMs = Math.min(pauseMs * 2, maxBackoff)) {
      if (rest.stopped) return false
      try {
        await this.#context.deliver(batch)
        return true
      } catch (error) {
        if (rest.stopped) return false
        const what = error instanceof ChannelFullError ? 'The channel is full' : 'The channel threw an exception'
        this.#context.log.warn(
          `${what}, and cannot write data now. The source will try again after ${pauseMs} milliseconds`,
        )
        await rest.pause(pauseMs)
      }
    }
  }
}
