// Writes events into files of a directory and begins a new one at intervals (Flume 1.11, RollingFileSink with
// DefaultPathManager and RollTimePathManager). A new file is begun at the interval's end even when no event comes; a file
// that exists is not overwritten; what a failed write left is cut off, so that trying again writes nothing twice.
import { choice, component, defineSink, integer, long, type Nested, string } from '../component.ts'
import { realFiles } from './file-roll-file.ts'
import { RollingWriter } from './file-roll-writer.ts'

const DEFAULT_MANAGER = 'org.apache.flume.formatter.output.DefaultPathManager$Builder'
const ROLL_TIME_MANAGER = 'org.apache.flume.formatter.output.RollTimePathManager$Builder'

// Batches that come during a write go out together in the next one: a trip to the system for each would halve the rate.
const IN_FLIGHT = 8

/**
 * Events that are taken at once when so many are there: nobody can tell one large transaction from the small ones that it
 * stands for, and a channel gives no more than its transaction capacity.
 */
const LARGEST_TAKE = 1000

export const fileRollSink = defineSink({
  type: 'file_roll',
  aliases: ['org.apache.flume.sink.RollingFileSink'],
  summary: 'Writes events into files of a directory, a new one at intervals.',
  options: {
    'sink.directory': string({ required: true, doc: 'Directory of the files. It must exist.' }),
    'sink.rollInterval': long({ default: 30, unit: 's', doc: 'Begin a new file after this time; 0: never.' }),
    'sink.batchSize': integer({ default: 100, min: 1, doc: 'Events per transaction.' }),
    'sink.pathManager': choice(['DEFAULT', 'ROLLTIME', DEFAULT_MANAGER, ROLL_TIME_MANAGER], {
      default: 'DEFAULT',
      doc: 'Names of files: DEFAULT <prefix><start in ms>-<n>, ROLLTIME <prefix><yyyyMMddHHmmss>-<n>.',
    }),
    'sink.pathManager.prefix': string({ default: '', doc: 'What names begin with.' }),
    'sink.pathManager.extension': string({ default: '', doc: 'Extension of names, without its dot.' }),
    'sink.serializer': component<Nested<'serializer'>>('serializer', {
      default: 'TEXT',
      doc: 'How events are written.',
    }),
  },
  batchSize: (options) => options['sink.batchSize'],
  create(options, context) {
    const { name, log, counters } = context
    const prefix = options['sink.pathManager.prefix']
    const extension = options['sink.pathManager.extension']
    const created = Date.now()
    const manager = options['sink.pathManager']
    const rollTime = manager === 'ROLLTIME' || manager === ROLL_TIME_MANAGER
    const rollInterval = options['sink.rollInterval']
    const writer = new RollingWriter({
      directory: options['sink.directory'],
      stem: () => `${prefix}${rollTime ? secondOf(new Date()) : created}`,
      suffix: extension === '' ? '' : `.${extension}`,
      rollIntervalMs: Math.max(0, rollInterval) * 1000,
      serializer: () => options['sink.serializer'].create(context),
      files: realFiles,
      counters,
      log,
    })
    if (rollInterval <= 0) log.info('RollInterval is not valid, file rolling will not happen.')
    return {
      batchSize: Math.max(options['sink.batchSize'], LARGEST_TAKE),
      inFlight: IN_FLIGHT,
      write: (batch) => writer.write(batch),
      async start() {
        await writer.start()
        log.info(`RollingFileSink ${name} started.`)
      },
      async stop() {
        await writer.stop()
        log.info(`RollingFile sink ${name} stopped.`)
      },
    }
  },
})

/** Local time as yyyyMMddHHmmss. */
function secondOf(time: Date): string {
  const parts = [time.getMonth() + 1, time.getDate(), time.getHours(), time.getMinutes(), time.getSeconds()]
  return `${time.getFullYear()}${parts.map((part) => String(part).padStart(2, '0')).join('')}`
}
