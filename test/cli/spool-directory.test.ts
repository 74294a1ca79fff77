import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { beforeEach, expect, test } from '@jest/globals'
import { sendDirectory } from '../../src/cli/spool-directory.ts'
import { EventDeliveryError } from '../../src/errors.ts'
import { type RecordingLog, recordingLog } from '../support/context.ts'

let dir: string
let log: RecordingLog

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'spool-'))
  log = recordingLog()
})

function put(name: string, seconds = 1000, text = name): void {
  writeFileSync(join(dir, name), text)
  utimesSync(join(dir, name), seconds, seconds)
}

const names = () => readdirSync(dir).sort()

test('files are sent the oldest first, ties by name, and completed by renaming', async () => {
  put('b', 1000)
  put('c', 900)
  put('a', 1000)
  const sent: string[] = []
  const all = await sendDirectory(dir, async (path) => void sent.push(basename(path)), log)
  expect([all, sent]).toEqual([true, ['c', 'a', 'b']])
  expect(names()).toEqual(['a.COMPLETED', 'b.COMPLETED', 'c.COMPLETED'])
})

test('hidden files, completed ones and folders stay out', async () => {
  put('.hidden')
  put('x.COMPLETED')
  mkdirSync(join(dir, 'folder'))
  const sent: string[] = []
  expect(await sendDirectory(dir, async (path) => void sent.push(path), log)).toBe(true)
  expect(sent).toEqual([])
  expect(names()).toEqual(['.hidden', 'folder', 'x.COMPLETED'])
})

test('a file that arrives meanwhile is sent, too', async () => {
  put('a')
  const sent: string[] = []
  await sendDirectory(
    dir,
    async (path) => {
      sent.push(basename(path))
      if (sent.length === 1) put('b')
    },
    log,
  )
  expect(sent).toEqual(['a', 'b'])
})

test('a name that was used before keeps the older file', async () => {
  put('a.COMPLETED', 1, 'old')
  put('a', 2, 'new')
  expect(await sendDirectory(dir, async () => {}, log)).toBe(true)
  expect(readFileSync(join(dir, 'a.COMPLETED'), 'utf8')).toBe('old')
  expect(readFileSync(join(dir, 'a.1.COMPLETED'), 'utf8')).toBe('new')
  expect(log.lines).toEqual(['WARN a.COMPLETED exists already, so a becomes a.1.COMPLETED.'])
})

test('a file that is written to while it is read stays, and the others go on', async () => {
  put('a', 1)
  put('b', 2)
  const send = async (path: string) => {
    if (path.endsWith('a')) appendFileSync(path, 'more')
  }
  expect(await sendDirectory(dir, send, log)).toBe(false)
  expect(names()).toEqual(['a', 'b.COMPLETED'])
  expect(log.lines.join()).toContain('File has been modified since being read')
})

test('a file that cannot be read stays, and the others go on', async () => {
  put('a', 1)
  put('b', 2)
  const send = async (path: string) => {
    if (path.endsWith('a')) throw new Error('EACCES')
  }
  expect(await sendDirectory(dir, send, log)).toBe(false)
  expect(names()).toEqual(['a', 'b.COMPLETED'])
})

test('events that are not taken end the work with the file in its place', async () => {
  put('a', 1)
  put('b', 2)
  const send = () => Promise.reject(new EventDeliveryError('refused'))
  await expect(sendDirectory(dir, send, log)).rejects.toThrow('refused')
  expect(names()).toEqual(['a', 'b'])
})

test('a directory that is not there is named', async () => {
  await expect(sendDirectory(join(dir, 'no'), async () => {}, log)).rejects.toThrow(
    `Directory does not exist: ${join(dir, 'no')}`,
  )
})
