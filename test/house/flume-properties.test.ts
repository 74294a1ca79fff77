// Every property that Flume 1.11 knows for a component that exists here is an option of it, with Flume's default.
// test/fixtures/flume-properties.tsv: kind, type, property, required, default.
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import type { Kind } from '../../src/kinds.ts'
import type { Option } from '../../src/options/option.ts'
import { findType } from '../../src/registry.ts'

interface Row {
  readonly kind: Kind
  readonly type: string
  readonly property: string
  readonly required: string
  readonly preset: string
}

const rows: readonly Row[] = readFileSync('test/fixtures/flume-properties.tsv', 'utf8')
  .trim()
  .split('\n')
  .map((line) => {
    const [kind = '', type = '', property = '', required = '', preset = ''] = line.split('\t')
    return { kind: kind as Kind, type, property, required, preset }
  })

/** Defaults that differ in writing or on purpose. */
const OTHER_DEFAULTS: Readonly<Record<string, string>> = {
  'source avro threads': 'no limit is the absence of a number',
  'sink avro maxIoWorkers': 'depends on the machine',
  'source seq totalEvents': 'the largest long is shown in words',
  'source http excludeProtocols': 'an old name has no default of its own',
  'source http enableSSL': 'an old name has no default of its own',
  'channel memory byteCapacity': 'a budget for the process stands in the place of the Java heap',
}

async function optionOf({ kind, type, property }: Row): Promise<Option<unknown> | undefined> {
  const definition = await findType(kind, type)?.load()
  const name = property.replace(/\.(\*|CODE)$/, '')
  return definition?.options[name]
}

test('the table is there', () => {
  expect(rows.length).toBeGreaterThan(120)
})

test('every property of an existing component is an option', async () => {
  const missing: string[] = []
  for (const row of rows) if (!(await optionOf(row))) missing.push(`${row.kind} ${row.type} ${row.property}`)
  expect(missing).toEqual([])
})

test('required properties are required, and defaults are Flume’s', async () => {
  const other: string[] = []
  for (const row of rows) {
    const option = await optionOf(row)
    const name = `${row.kind} ${row.type} ${row.property}`
    if (!option || name in OTHER_DEFAULTS) continue
    if ((row.required === 'yes') !== option.required) other.push(`${name}: required ${option.required}`)
    if (!sameDefault(row, option))
      other.push(`${name}: ${String(option.default ?? option.defaultText)}, not ${row.preset}`)
  }
  expect(other).toEqual([])
})

function sameDefault({ preset }: Row, option: Option<unknown>): boolean {
  if (preset === '-' || option.prefix) return true
  if (!/^[\w.^$*]+$/.test(preset) || preset.startsWith('javax')) return true
  const shown = option.default ?? option.defaultText ?? ''
  const text = Array.isArray(shown) ? shown.join(' ') : nameOf(shown)
  return text.toLowerCase() === preset.toLowerCase()
}

function nameOf(value: unknown): string {
  return typeof value === 'object' && value !== null && 'name' in value ? String(value.name) : String(value)
}
