// Nesting: at most three blocks of control flow inside one another in a function (lengths and parameters are the linter's).
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { expect, test } from '@jest/globals'
import { parseSync } from '@swc/core'

const DEEPEST = 3
const NESTING = new Set([
  'IfStatement',
  'ForStatement',
  'ForOfStatement',
  'ForInStatement',
  'WhileStatement',
  'DoWhileStatement',
  'SwitchStatement',
  'TryStatement',
])
const FUNCTIONS = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassMethod',
  'PrivateMethod',
  'MethodProperty',
  'Constructor',
])

function deepest(node: unknown, depth = 0): number {
  if (Array.isArray(node)) return Math.max(depth, ...node.map((child) => deepest(child, depth)))
  if (typeof node !== 'object' || node === null) return depth
  const { type, ...children } = node as { type?: string }
  let inside = depth
  if (type !== undefined && FUNCTIONS.has(type)) inside = 0
  else if (type !== undefined && NESTING.has(type)) inside = depth + 1
  let most = inside
  for (const [key, child] of Object.entries(children)) {
    // `else if` stands beside its `if`, not inside it.
    const beside =
      type === 'IfStatement' && key === 'alternate' && (child as { type?: string } | null)?.type === 'IfStatement'
    most = Math.max(most, deepest(child, beside ? depth : inside))
  }
  return most
}

test('no function nests control flow more than three deep', () => {
  const tooDeep: string[] = []
  for (const entry of readdirSync('src', { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue
    const file = join(entry.parentPath, entry.name)
    const tree = parseSync(readFileSync(file, 'utf8'), { syntax: 'typescript', target: 'es2022' })
    const depth = deepest(tree)
    if (depth > DEEPEST) tooDeep.push(`${relative(resolve('.'), file)}: ${depth}`)
  }
  expect(tooDeep).toEqual([])
})

test('the measure itself counts as it should', () => {
  const depthOf = (text: string) => deepest(parseSync(text, { syntax: 'typescript' }))
  expect(depthOf('function f() { if (a) { for (;;) { while (b) { try { c() } catch {} } } } }')).toBe(4)
  expect(depthOf('function f() { if (a) {} else if (b) {} else if (c) { if (d) {} } }')).toBe(2)
  expect(depthOf('function f() { if (a) { g(() => { if (b) {} }) } }')).toBe(1)
})
