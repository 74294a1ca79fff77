// Every component is listed under the names that its definition gives, and its options are fit for people.
import { expect, test } from '@jest/globals'
import type { Definition } from '../../src/component.ts'
import { KINDS, type Kind } from '../../src/kinds.ts'
import { findType, LISTINGS } from '../../src/registry.ts'

async function all(): Promise<{ kind: Kind; listed: readonly string[]; definition: Definition }[]> {
  const found = []
  for (const kind of KINDS) {
    for (const listing of LISTINGS[kind]) {
      found.push({ kind, listed: [listing.type, ...listing.aliases], definition: await listing.load() })
    }
  }
  return found
}

test('the index of each kind says the same names as the definitions', async () => {
  for (const { kind, listed, definition } of await all()) {
    expect([definition.kind, definition.type, ...definition.aliases]).toEqual([kind, ...listed])
  }
})

test('every component and every option is documented in a sentence', async () => {
  const bare: string[] = []
  for (const { kind, definition } of await all()) {
    if (!/^[A-Z].*\.$/s.test(definition.summary)) bare.push(`${kind} ${definition.type}`)
    for (const [name, option] of Object.entries(definition.options)) {
      if (!/^[A-Z`a-z].*\.$/s.test(option.doc)) bare.push(`${kind} ${definition.type} ${name}`)
    }
  }
  expect(bare).toEqual([])
})

test('a default is a value that the option itself would accept', async () => {
  const odd: string[] = []
  for (const { definition } of await all()) {
    for (const [name, option] of Object.entries(definition.options)) {
      if (typeof option.default === 'number' && option.default < 2 ** 53) {
        const parsed = option.parse(String(option.default))
        if (!('value' in parsed) || parsed.value !== option.default) odd.push(`${definition.type} ${name}`)
      }
    }
  }
  expect(odd).toEqual([])
})

test('types are found by alias in any letter case and by class name', () => {
  expect(findType('source', 'NetCat')?.type).toBe('netcat')
  expect(findType('sink', 'org.apache.flume.sink.NullSink')?.type).toBe('null')
  expect(findType('sink', 'netcat')).toBeUndefined()
})
