import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'

test('the script for Windows has lines that end as cmd needs them and hands on all words', () => {
  const text = readFileSync('bin/flume-ng.cmd', 'latin1')
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
  expect(text).toContain('"%FLUME_NG_MAIN%" %*')
})
