import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { interpolate, type World } from '../../src/config/interpolate.ts'
import { parseProperties } from '../../src/config/properties.ts'

interface Given {
  readonly system?: Record<string, string>
  readonly env?: Record<string, string>
}

function resolve(text: string, { system = {}, env = {} }: Given = {}) {
  const world: World = { system: new Map(Object.entries(system)), env, now: new Date(2024, 0, 5, 13, 4, 5) }
  const { properties, problems } = interpolate(parseProperties(Buffer.from(text, 'latin1'), 'a.conf').properties, world)
  return { values: Object.fromEntries([...properties].map(([key, { value }]) => [key, value])), properties, problems }
}

const valueOfK = (value: string, given?: Given) => resolve(`k = ${value}`, given).values.k

const given: Given = {
  system: { which: 'PORT', word: 'from system' },
  env: { PORT: '4444', EMPTY: '', AGAIN: `\${sys:word}!` },
}

describe('references', () => {
  test.each([
    ['a system property', `\${sys:word}`, 'from system'],
    ['an environment variable', `\${env:PORT}`, '4444'],
    ['an empty environment variable', `<\${env:EMPTY:-no}>`, '<>'],
    ['a prefix in upper case', `\${ENV:PORT}`, '4444'],
    ['the date', `\${date:yyyy-MM-dd HH:mm}`, '2024-01-05 13:04'],
    ['several in one value', `\${env:PORT} and \${sys:word}`, '4444 and from system'],
    ['a default that is not needed', `\${env:PORT:-1}`, '4444'],
    ['a default', `\${env:NOPE:-fallback}`, 'fallback'],
    ['an empty default', `<\${env:NOPE:-}>`, '<>'],
    ['a default with a separator in it', `\${env:NOPE:-a:-b}`, 'a:-b'],
    ['a reference as default', `\${env:NOPE:-\${env:PORT}}`, '4444'],
    ['a reference within a name', `\${env:\${sys:which}}`, '4444'],
    ['what a value refers to', `\${env:AGAIN}`, 'from system!'],
    ['an escaped reference', `$\${env:PORT}`, `\${env:PORT}`],
    ['an escaped reference around another', `$\${a \${env:PORT}}`, `\${a 4444}`],
    ['braces that do not end', `\${env:PORT} \${env:PORT`, `4444 \${env:PORT`],
    ['other dollars and braces', `$x {y} %{z} $`, `$x {y} %{z} $`],
    ['an unknown variable', `\${env:NOPE}`, `\${env:NOPE}`],
    ['an unknown prefix', `\${nope:x}`, `\${nope:x}`],
    ['a name of every object', `\${env:constructor}\${toString}`, `\${env:constructor}\${toString}`],
    ['a bad date pattern', `\${date:b}`, `\${date:b}`],
  ])('resolve %s', (_what, value, want) => {
    expect(valueOfK(value, given)).toBe(want)
  })

  test('tell of the platform', () => {
    expect(valueOfK(`\${java:version}`)).toContain(process.versions.node)
    for (const name of ['runtime', 'vm', 'os', 'hardware', 'locale'])
      expect(valueOfK(`\${java:${name}}`)).not.toContain('$')
    expect(valueOfK(`\${sys:user.dir}`)).toBe(process.cwd())
  })

  test('in keys are left alone', () => {
    expect(Object.keys(resolve(`\${env\\:PORT}.x = 1`, given).values)).toEqual([`\${env:PORT}.x`])
  })

  test('keep file, line and history of the property', () => {
    const { properties } = resolve(`k = old\nk = \${env:PORT}`, given)
    expect(properties.get('k')).toEqual({
      key: 'k',
      value: '4444',
      file: 'a.conf',
      line: 2,
      shadowed: [{ value: 'old', file: 'a.conf', line: 1 }],
    })
  })
})

describe('bare names', () => {
  test('refer to other keys in any order, and on from there', () => {
    const { values, problems } = resolve(
      `a1.x = \${dir}/x\ndir = \${root}/data\nroot = /var\na1.y = \${a1.x}\${dir:-no}`,
    )
    expect(values).toEqual({ 'a1.x': '/var/data/x', dir: '/var/data', root: '/var', 'a1.y': '/var/data/x/var/data' })
    expect(problems).toEqual([])
  })

  test('are tried when a prefix does not know the name', () => {
    expect(resolve(`PORT = 1\nk = \${env:PORT}`).values.k).toBe('1')
    expect(resolve(`PORT = 1\nk = \${env:PORT}`, given).values.k).toBe('4444')
  })

  const bareEnvironment = { propertiesImplementation: 'org.apache.flume.node.EnvVarResolverProperties' }

  test('do not reach the environment by themselves', () => {
    expect(valueOfK(`\${PORT}`, given)).toBe(`\${PORT}`)
    expect(valueOfK(`\${PORT}`, { ...given, system: { propertiesImplementation: 'something.Else' } })).toBe(`\${PORT}`)
  })

  test('fall back to the environment when the properties implementation says so', () => {
    const with_ = { ...given, system: bareEnvironment }
    expect(valueOfK(`\${PORT}`, with_)).toBe('4444')
    expect(resolve(`PORT = 1\nk = \${PORT}`, with_).values.k).toBe('1')
    expect(resolve(`PORT = \${PORT}\nk = \${PORT}`, with_)).toMatchObject({
      values: { PORT: '4444', k: '4444' },
      problems: [],
    })
  })
})

describe('problems', () => {
  test('a circle of keys is one error, and its values stay as they are written', () => {
    const text = `x = 1\na = \${b}\nb = \${c} \${x}\nc = \${a}\nuser = <\${a}>\nfine = \${x}`
    const { values, problems } = resolve(text)
    expect(values).toEqual({
      x: '1',
      a: `\${b}`,
      b: `\${c} \${x}`,
      c: `\${a}`,
      user: `<\${a}>`,
      fine: '1',
    })
    expect(problems).toMatchObject([
      { line: 2, severity: 'error', code: 'cycle', key: 'a', message: expect.stringContaining('a -> b -> c -> a') },
      { line: 5, severity: 'warning', code: 'unresolved', key: 'user' },
    ])
  })

  test('variables that refer to themselves are an error', () => {
    const { values, problems } = resolve(`k = \${env:A}`, { env: { A: `x\${env:B}`, B: `\${env:A}` } })
    expect(values.k).toBe(`\${env:A}`)
    expect(problems).toMatchObject([{ line: 1, severity: 'error', code: 'cycle', key: 'k' }])
  })

  test('a key that refers to itself is a reference without a value', () => {
    const { values, problems } = resolve(`HOST = \${HOST}\nPORT = \${env:PORT}`)
    expect(values).toEqual({ HOST: `\${HOST}`, PORT: `\${env:PORT}` })
    expect(problems).toMatchObject([
      { code: 'unresolved', line: 1, hint: expect.stringContaining(`\${env:HOST}`) },
      { code: 'unresolved', line: 2 },
    ])
  })

  test('a reference without a value is a warning, unless it may be for a shell or a config filter', () => {
    const text = `a1.sinks.k.x = \${env:NOPE}\na1.sources.r.command = echo \${HOME}\na1.sinks.k.y = \${f1['KEY']}`
    const { problems } = resolve(text)
    expect(problems).toMatchObject([{ line: 1, severity: 'warning', code: 'unresolved', key: 'a1.sinks.k.x' }])
  })

  test('text that would grow without measure is an error', () => {
    const rows = Array.from({ length: 40 }, (_, i) => `k${i} = \${k${i + 1}}\${k${i + 1}}`)
    const { values, problems } = resolve(`${rows.join('\n')}\nk40 = 0123456789`)
    const errors = problems.filter(({ severity }) => severity === 'error')
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['too-large']))
    expect(Math.max(...Object.values(values).map((value) => value.length))).toBeLessThanOrEqual(1 << 20)
    const env = Object.fromEntries(
      Array.from({ length: 25 }, (_, i) => [`E${i}`, `\${env:E${i + 1}}\${env:E${i + 1}}`]),
    )
    expect(resolve(`k = \${env:E0}`, { env: { ...env, E25: '' } }).problems).toMatchObject([{ code: 'too-large' }])
  })

  test('neither long rows of keys nor deep nesting end the program', () => {
    const rows = Array.from({ length: 5_000 }, (_, i) => `k${i} = \${k${i + 1}}`)
    expect(resolve(rows.join('\n')).problems).toContainEqual(expect.objectContaining({ code: 'too-large' }))
    const deep = '${'.repeat(20_000) + '}'.repeat(20_000)
    expect(resolve(`k = ${deep}`)).toMatchObject({ values: { k: deep }, problems: [{ code: 'too-large' }] })
    const both = Array.from({ length: 60 }, (_, i) => `k${i} = ${'${'.repeat(28)}k${i + 1}${'}'.repeat(28)}`)
    expect(resolve(both.join('\n')).values.k59).toContain('k60')
  })

  test('the system property lookups is answered with a warning', () => {
    expect(resolve('k = 1', { system: { lookups: 'conf/lookups.properties' } }).problems).toMatchObject([
      { file: 'conf/lookups.properties', severity: 'warning', code: 'lookups' },
    ])
  })
})

test('never throws, whatever the values are', () => {
  const piece = fc.constantFrom('${', '}', '$', ':-', ':', 'env:', 'sys:', 'a', 'b', 'c', 'date:', "['x']")
  const value = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(value, value, value, (a, b, c) => {
      const { values } = resolve(`a = ${a}\nb = ${b}\nc = ${c}`, { env: { a: b, b: c }, system: { c: a } })
      expect(Object.keys(values)).toEqual(['a', 'b', 'c'])
    }),
  )
})
