// A spooling directory source on a directory of its own, with deserializers as an agent makes them.
import { mkdirSync, mkdtempSync, readdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach } from '@jest/globals'
import { type Batch, joinBatches } from '../../src/batch.ts'
import type { DeserializerContext, Nested, Source } from '../../src/component.ts'
import { avroDeserializer } from '../../src/deserializers/avro.ts'
import { blobDeserializer } from '../../src/deserializers/blob.ts'
import { lineDeserializer } from '../../src/deserializers/line.ts'
import type { Option } from '../../src/options/option.ts'
import { spooldirSource } from '../../src/sources/spooldir.ts'
import { contextFor, type RecordingLog } from '../support/context.ts'
import { eventually } from '../support/eventually.ts'

type Options = Parameters<typeof spooldirSource.create>[0]

const DESERIALIZERS = {
  line: (context: DeserializerContext) =>
    lineDeserializer.create({ maxLineLength: 2048, outputCharset: 'UTF-8' }, context),
  avro: (context: DeserializerContext) => avroDeserializer.create({ schemaType: 'HASH' }, context),
  blob: (context: DeserializerContext) => blobDeserializer.create({ maxBlobLength: 1000 }, context),
}

export function deserializer(type: keyof typeof DESERIALIZERS): Nested<'deserializer'> {
  return { type, create: async (context) => DESERIALIZERS[type](context) }
}

export function tempDir(): string {
  return mkdtempSync(join(tmpdir(), 'spooldir-'))
}

const started: Running[] = []
afterEach(async () => {
  for (const running of started.splice(0)) await running.stop()
})

export interface Setup extends Partial<Options> {
  /** An existing directory; else a new one. */
  readonly dir?: string
  /** Plays the channel: may throw, or wait. */
  readonly channel?: (batch: Batch, count: number) => void | Promise<void>
}

export class Running {
  readonly dir: string
  readonly log: RecordingLog
  readonly batches: Batch[] = []
  readonly source: Source
  /** What a killed process would have done no more. */
  #dead = false

  constructor(
    dir: string,
    log: RecordingLog,
    make: (deliver: (batch: Batch) => Promise<void>) => Source,
    setup: Setup,
  ) {
    this.dir = dir
    this.log = log
    let count = 0
    this.source = make(async (batch) => {
      await setup.channel?.(batch, count++)
      if (this.#dead) await new Promise(() => {})
      this.batches.push(batch)
    })
  }

  bodies(): string[] {
    return [...joinBatches(this.batches)].map((event) => event.body.toString('utf8'))
  }

  headers(): Record<string, string>[] {
    return [...joinBatches(this.batches)].map((event) => Object.fromEntries(event.headers))
  }

  warnings(): string[] {
    return this.log.lines.filter((line) => line.startsWith('WARN') || line.startsWith('ERROR'))
  }

  /** Waits until so many events came, and gives them. */
  async events(count: number): Promise<string[]> {
    await eventually(() => this.bodies().length >= count, `${count} events, not ${this.bodies().length}`)
    return this.bodies()
  }

  names(folder = ''): string[] {
    return readdirSync(join(this.dir, folder))
      .filter((name) => !name.startsWith('.'))
      .sort()
  }

  /** Waits until the directory holds these names and no others but hidden ones. */
  async holds(...names: string[]): Promise<void> {
    const wanted = JSON.stringify([...names].sort())
    await eventually(() => JSON.stringify(this.names()) === wanted, `${wanted} in the directory`)
  }

  put(name: string, content: string | Uint8Array, ageSeconds = 100): string {
    return put(this.dir, name, content, ageSeconds)
  }

  stop(): Promise<void> {
    return this.#dead ? Promise.resolve() : (this.source.stop?.() ?? Promise.resolve())
  }

  /** As kill -9: nothing is delivered or written any more, nothing is closed in order. */
  kill(): void {
    this.#dead = true
  }
}

/** Puts a file in place as a whole, so old that nobody can still be writing to it. */
export function put(dir: string, name: string, content: string | Uint8Array, ageSeconds = 100): string {
  const path = join(dir, name)
  mkdirSync(dirname(path), { recursive: true })
  const temporary = join(tempDir(), 'incoming')
  writeFileSync(temporary, content)
  const time = Date.now() / 1000 - ageSeconds
  utimesSync(temporary, time, time)
  renameSync(temporary, path)
  return path
}

export function optionsOf(setup: Setup, dir: string): Options {
  const table: Readonly<Record<string, Option<unknown>>> = spooldirSource.options
  const values = Object.fromEntries(Object.entries(table).map(([name, option]) => [name, option.default]))
  const { dir: _dir, channel: _channel, ...own } = setup
  const ready = { ...values, spoolDir: dir, pollDelay: 20, deserializer: deserializer('line'), ...own }
  return ready as unknown as Options
}

export async function spooldir(setup: Setup = {}): Promise<Running> {
  const running = unstarted(setup)
  await running.source.start?.()
  return running
}

/** As `spooldir`, for what is to be there before the start. */
export function unstarted(setup: Setup = {}): Running {
  const dir = setup.dir ?? tempDir()
  const base = contextFor('source', 'r1')
  const make = (deliver: (batch: Batch) => Promise<void>) =>
    spooldirSource.create(optionsOf(setup, dir), { ...base, deliver, maxBatch: 1000 }) as Source
  const running = new Running(dir, base.log, make, setup)
  started.push(running)
  return running
}

export const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `line ${from + i}`)
export const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')
