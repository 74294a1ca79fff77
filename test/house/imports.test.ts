// The direction of imports: a file may import from its own rank's folder or from lower ranks, never upwards, and the
// kinds of components never one another.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from '@jest/globals'

const SRC = resolve('src')

const RANKS: readonly (readonly string[])[] = [
  ['event', 'errors', 'log', 'kinds', 'home', 'charset', 'charset-forms', 'java-regex', 'java-regex-classes'],
  ['avro', 'batch', 'batch-builder'],
  ['options', 'metrics', 'net'],
  ['component'],
  ['rpc'],
  ['sources', 'channels', 'sinks', 'interceptors', 'selectors', 'processors', 'serializers', 'deserializers'],
  ['registry'],
  ['config'],
  ['agent'],
  ['embedded', 'streaming', 'cli'],
  ['index'],
]

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
}

/** The first part of a path below src, without extension: `sinks`, `batch`. */
function roomOf(file: string): string {
  return (relative(SRC, file).split('/')[0] ?? '').replace(/\.ts$/, '')
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const found = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g)
  return [...found].map((match) => resolve(dirname(file), match[1] ?? ''))
}

const files = filesBelow(SRC)
const rankOf = (room: string) => RANKS.findIndex((rank) => rank.includes(room))
const edges = files.flatMap((file) => importsOf(file).map((target) => ({ file, target })))
const show = ({ file, target }: { file: string; target: string }) =>
  `${relative(SRC, file)} -> ${relative(SRC, target)}`

test('every folder and file of src has a rank', () => {
  expect(files.map(roomOf).filter((room) => rankOf(room) < 0)).toEqual([])
})

test('imports never go upwards', () => {
  const upwards = edges.filter(({ file, target }) => rankOf(roomOf(target)) > rankOf(roomOf(file)))
  expect(upwards.map(show)).toEqual([])
})

test('kinds of components never import one another', () => {
  const kinds = RANKS[5] ?? []
  const across = edges.filter(({ file, target }) => {
    const [from, to] = [roomOf(file), roomOf(target)]
    return kinds.includes(from) && kinds.includes(to) && from !== to
  })
  expect(across.map(show)).toEqual([])
})

test('the agent knows no component: only the registry names them', () => {
  const kinds = RANKS[5] ?? []
  const known = edges.filter(
    ({ file, target }) => ['agent', 'config', 'embedded'].includes(roomOf(file)) && kinds.includes(roomOf(target)),
  )
  expect(known.map(show)).toEqual([])
})

test('there is no cycle of imports that are loaded at start', () => {
  const next = new Map<string, string[]>()
  for (const file of files) {
    const text = readFileSync(file, 'utf8')
    const found = text.matchAll(/^(?:import|export) (?!type\b)[^'"]*?from '(\.[^']+)'/gm)
    next.set(
      file,
      [...found].map((match) => resolve(dirname(file), match[1] ?? '')),
    )
  }
  const cycles: string[] = []
  const done = new Set<string>()
  const visit = (file: string, trail: readonly string[]) => {
    if (trail.includes(file))
      cycles.push([...trail.slice(trail.indexOf(file)), file].map((f) => relative(SRC, f)).join(' -> '))
    else if (!done.has(file)) {
      for (const target of next.get(file) ?? []) visit(target, [...trail, file])
      done.add(file)
    }
  }
  for (const file of files) visit(file, [])
  expect(cycles).toEqual([])
})

test('no folder or file has a name that takes in everything', () => {
  expect(files.filter((file) => /(^|\/)(utils?|common|helpers?|core|misc)(\.ts|\/)/.test(relative(SRC, file)))).toEqual(
    [],
  )
})
