import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, jest, test } from '@jest/globals'
import { configureLogFrom, isLogOnConsole, logTarget } from '../../src/cli/logging.ts'
import { configureLog, createLog, flushLog } from '../../src/log.ts'

afterEach(() => {
  jest.restoreAllMocks()
  configureLog({ level: 'INFO', console: true })
})

const target = (logger: string | undefined, more: Record<string, string> = {}) =>
  logTarget(new Map(Object.entries(logger === undefined ? more : { 'flume.root.logger': logger, ...more })), '/srv')

test.each([
  [undefined, 'INFO', true, undefined],
  ['INFO,console', 'INFO', true, undefined],
  ['DEBUG,console', 'DEBUG', true, undefined],
  ['info,console', 'INFO', true, undefined],
  ['warn, Console', 'WARN', true, undefined],
  ['TRACE,console', 'DEBUG', true, undefined],
  ['FATAL,console', 'ERROR', true, undefined],
  ['OFF', 'OFF', true, undefined],
  ['ERROR', 'ERROR', true, undefined],
  ['console', 'INFO', true, undefined],
  ['INFO;console', 'INFO', true, undefined],
  ['INFO.console', 'INFO', true, undefined],
  ['INFO\uff0cconsole', 'INFO', true, undefined],
  ['', 'INFO', true, undefined],
  ['DEBUG,LOGFILE', 'DEBUG', false, '/srv/logs/flume.log'],
  ['INFO,console,LOGFILE', 'INFO', true, '/srv/logs/flume.log'],
  ['INFO,DAILY', 'INFO', false, '/srv/logs/flume.log'],
] as const)('flume.root.logger=%s', (logger, level, console, file) => {
  expect(target(logger)).toEqual({ target: { level, console, file } })
})

test('flume.log.dir and flume.log.file say which file', () => {
  const more = { 'flume.log.dir': '/var/log', 'flume.log.file': 'a1.log' }
  expect(target('DEBUG,LOGFILE', more).target.file).toBe('/var/log/a1.log')
})

test('unknown words are named in one warning and the console stays', () => {
  const { target: found, warning } = target('INFO,cosole,x')
  expect(found).toEqual({ level: 'INFO', console: true, file: undefined })
  expect(warning).toContain('not cosole, x')
})

test('LOGFILE alone writes the file and not the console', () => {
  const dir = mkdtempSync(join(tmpdir(), 'log-'))
  const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true)
  configureLogFrom(new Map([['flume.root.logger', 'INFO,LOGFILE']]), dir)
  createLog('main', 'x').info('into the file')
  flushLog()
  expect(readFileSync(join(dir, 'logs', 'flume.log'), 'utf8')).toContain('into the file')
  expect(written).not.toHaveBeenCalled()
  expect(isLogOnConsole()).toBe(false)
})

test('a log file that cannot be opened leaves the log on the console and says so', () => {
  const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true)
  const system = new Map([
    ['flume.root.logger', 'INFO,LOGFILE'],
    ['flume.log.dir', '/dev/null/logs'],
  ])
  configureLogFrom(system, '/')
  flushLog()
  expect(existsSync('/dev/null/logs')).toBe(false)
  expect(String(written.mock.calls[0]?.[0])).toContain('/dev/null/logs/flume.log cannot be written')
  expect(isLogOnConsole()).toBe(true)
})
