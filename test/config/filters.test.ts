import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TextDecoder } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { askProcess } from '../../src/config/filter-external.ts'
import { applyFilters } from '../../src/config/filters.ts'
import { parseProperties } from '../../src/config/properties.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-filters-'))
})
afterAll(() => rm(folder, { recursive: true }))

const env = { PATH: process.env['PATH'], WORD: 's3cret', OTHER: `\${f1['WORD']}`, 'WITH-DASH_1': 'dash' }

async function apply(text: string, agent = 'a1') {
  const { properties } = parseProperties(Buffer.from(text, 'latin1'), 'a.conf')
  const filtered = await applyFilters(properties, agent, { system: new Map(), env, now: new Date(0) })
  const at = (key: string) => filtered.properties.get(key)?.value
  return { ...filtered, at }
}

const envFilter = 'a1.configfilters = f1\na1.configfilters.f1.type = env\n'

async function script(name: string, ...lines: string[]): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, lines.join('\n'))
  return path
}

const externalFilter = (command: string) =>
  `a1.configfilters = f2\na1.configfilters.f2.type = external\na1.configfilters.f2.command = ${command}\n`

describe('references', () => {
  test.each([
    ['in single quotes', `\${f1['WORD']}`, 's3cret'],
    ['in double quotes', `\${f1["WORD"]}`, 's3cret'],
    ['bare', `\${f1[WORD]}`, 's3cret'],
    ['within text, several', `x\${f1['WORD']}y\${f1[WITH-DASH_1]}z`, 'xs3crety' + 'dashz'],
    ['in quotes that differ', `\${f1['WORD"]}`, `\${f1['WORD"]}`],
    ['with a key of other letters', `\${f1['a.b']}`, `\${f1['a.b']}`],
    ['to an unknown filter', `\${f9['WORD']}`, `\${f9['WORD']}`],
    ['whose value looks like a reference', `\${f1['OTHER']}`, `\${f1['WORD']}`],
  ])('are read %s', async (_how, value, want) => {
    const { at, problems } = await apply(`${envFilter}a1.sinks.k1.password = ${value}`)
    expect(at('a1.sinks.k1.password')).toBe(want)
    expect(problems).toEqual([])
  })

  test('are replaced in sources, channels, sinks and sink groups of the agent, and nowhere else', async () => {
    const keys = [
      'sources.r.x',
      'channels.c.x',
      'sinks.k.x',
      'sinkgroups.g.x',
      'configfilters.f1.x',
      'sources',
      'other.x',
    ]
    const lines = keys.map((key) => `a1.${key} = \${f1[WORD]}\nb1.${key} = \${f1[WORD]}`)
    const { properties, secrets } = await apply(envFilter + lines.join('\n'))
    const replaced = [...properties.values()].filter(({ value }) => value === 's3cret').map(({ key }) => key)
    expect(replaced).toEqual(['a1.sources.r.x', 'a1.channels.c.x', 'a1.sinks.k.x', 'a1.sinkgroups.g.x'])
    expect([...secrets]).toEqual(replaced)
  })

  test('without a value stay, with a warning at their line and nothing secret in it', async () => {
    const { at, problems, secrets } = await apply(
      `${envFilter}a1.sinks.k.a = \${f1[NOPE]}\n\na1.sinks.k.b = \${f1[WORD]}\${f1[NOPE]}\${f1[NOPE]}`,
    )
    expect(at('a1.sinks.k.a')).toBe(`\${f1[NOPE]}`)
    expect(at('a1.sinks.k.b')).toBe(`s3cret\${f1[NOPE]}\${f1[NOPE]}`)
    expect([...secrets]).toEqual(['a1.sinks.k.b'])
    expect(problems).toMatchObject([
      { file: 'a.conf', line: 3, severity: 'warning', code: 'config-filter', key: 'a1.sinks.k.a' },
      { file: 'a.conf', line: 5, severity: 'warning', code: 'config-filter', key: 'a1.sinks.k.b' },
    ])
    expect(JSON.stringify(problems)).not.toContain('s3cret')
  })

  test('keep the line of their property', async () => {
    const { properties } = await apply(`${envFilter}a1.sinks.k.a = \${f1[WORD]}`)
    expect(properties.get('a1.sinks.k.a')).toEqual({ key: 'a1.sinks.k.a', value: 's3cret', file: 'a.conf', line: 3 })
  })
})

describe('types', () => {
  test.each(['env', 'ENV', 'org.apache.flume.configfilter.EnvironmentVariableConfigFilter'])('%s', async (type) => {
    const { at } = await apply(`a1.configfilters = f\na1.configfilters.f.type = ${type}\na1.sinks.k.a = \${f[WORD]}`)
    expect(at('a1.sinks.k.a')).toBe('s3cret')
  })

  test.each(['External', 'org.apache.flume.configfilter.ExternalProcessConfigFilter'])('%s', async (type) => {
    const { at } = await apply(
      `a1.configfilters = f\na1.configfilters.f.type = ${type}\na1.configfilters.f.command = echo got\na1.sinks.k.a = \${f[WORD]}`,
    )
    expect(at('a1.sinks.k.a')).toBe('got WORD')
  })

  test.each([
    ['hadoop', 'type = hadoop', 'error'],
    ['a type that is unknown', 'type = vault', 'error'],
    ['no type', 'other = 1', 'error'],
    ['an external filter without a command', 'type = external', 'error'],
    [
      'an unknown charset',
      'type = external\na1.configfilters.f.command = echo\na1.configfilters.f.charset = nope',
      'error',
    ],
  ])('%s is a problem with its line, and references stay', async (_what, line, severity) => {
    const { at, problems } = await apply(
      `a1.configfilters = f\n\na1.configfilters.f.${line}\na1.sinks.k.a = \${f['x']}`,
    )
    expect(at('a1.sinks.k.a')).toBe(`\${f['x']}`)
    expect(problems).toMatchObject([{ file: 'a.conf', severity, code: 'config-filter' }])
    expect(problems[0]?.line).toBe(line.includes('charset') ? 5 : 3)
  })

  test('a filter that is listed without settings is a warning at the list', async () => {
    const { problems } = await apply(`\na1.configfilters = f`)
    expect(problems).toMatchObject([{ line: 2, severity: 'warning', message: 'Configuration empty for: f. Removed.' }])
  })

  test('an agent without filters, or none at all, is left as it is', async () => {
    const text = `a1.sinks.k.a = \${f1['WORD']}`
    expect(await apply(text)).toMatchObject({ problems: [], secrets: new Set() })
    expect((await apply(envFilter + text, 'nobody')).at('a1.sinks.k.a')).toBe(`\${f1['WORD']}`)
  })
})

describe('external', () => {
  test('runs once for each key, whatever number of references there is', async () => {
    const log = join(folder, 'once.log')
    const path = await script('once.sh', `echo "$1" >> ${log}`, 'echo value of $1')
    const { at, problems } = await apply(
      `${externalFilter(`sh  ${path}`)}a1.sinks.k.a = \${f2[x]} \${f2[y]}\na1.sinks.k.b = \${f2['x']}`,
    )
    expect(at('a1.sinks.k.a')).toBe('value of x value of y')
    expect(at('a1.sinks.k.b')).toBe('value of x')
    expect((await readFile(log, 'utf8')).trim().split('\n').sort()).toEqual(['x', 'y'])
    expect(problems).toEqual([])
  })

  test('uses the first line and warns once of the others', async () => {
    const path = await script('lines.sh', 'echo first', 'echo s3cret')
    const { at, problems } = await apply(
      `${externalFilter(`sh ${path}`)}a1.sinks.k.a = \${f2[x]}\na1.sinks.k.b = \${f2[x]}`,
    )
    expect(at('a1.sinks.k.b')).toBe('first')
    expect(problems).toMatchObject([
      { line: 4, severity: 'warning', message: expect.stringContaining('more than one line') },
    ])
    expect(JSON.stringify(problems)).not.toContain('s3cret')
  })

  test.each([
    ['prints nothing', 'exit 0', 'warning', 'has not produced any output'],
    ['fails', 'echo s3cret; exit 3', 'error', 'exit code 3'],
    ['is killed', 'kill -9 $$', 'error', 'SIGKILL'],
  ])('leaves the reference when the program %s', async (what, body, severity, text) => {
    const path = await script(`${what}.sh`.replace(' ', '-'), body)
    const { at, problems } = await apply(`${externalFilter(`sh ${path}`)}a1.sinks.k.a = \${f2[x]}`)
    expect(at('a1.sinks.k.a')).toBe(`\${f2[x]}`)
    expect(problems).toMatchObject([{ line: 4, severity, message: expect.stringContaining(text) }])
    expect(JSON.stringify(problems)).not.toContain('s3cret')
  })

  test('leaves the reference when the program cannot be started', async () => {
    const { problems } = await apply(`${externalFilter('/no/such/program')}a1.sinks.k.a = \${f2[x]}`)
    expect(problems).toMatchObject([{ line: 4, severity: 'error', message: expect.stringContaining('ENOENT') }])
    const nul = await apply(`${externalFilter('echo a\\u0000b')}a1.sinks.k.a = \${f2[x]}`)
    expect(nul.problems).toMatchObject([{ line: 4, severity: 'error' }])
  })

  test('starts no shell and hands the environment on', async () => {
    const shell = await apply(`${externalFilter('echo $WORD; echo')}a1.sinks.k.a = \${f2[x]}`)
    expect(shell.at('a1.sinks.k.a')).toBe('$WORD; echo x')
    const path = await script('env.sh', 'eval echo "\\$$1"')
    const fromEnv = await apply(`${externalFilter(`sh ${path}`)}a1.sinks.k.a = \${f2[WORD]}`)
    expect(fromEnv.at('a1.sinks.k.a')).toBe('s3cret')
  })

  test('decodes by the charset', async () => {
    const path = await script('latin1.sh', "printf 'caf\\351\\n'")
    const { at } = await apply(
      `${externalFilter(`sh ${path}`)}a1.configfilters.f2.charset = ISO-8859-1\na1.sinks.k.a = \${f2[x]}`,
    )
    expect(at('a1.sinks.k.a')).toBe('caf\u00e9')
  })

  test('is not stopped by more output than a pipe holds', async () => {
    const path = await script('much.sh', 'echo first', 'head -c 1000000 /dev/zero')
    const { at } = await apply(`${externalFilter(`sh ${path}`)}a1.sinks.k.a = \${f2[x]}`)
    expect(at('a1.sinks.k.a')).toBe('first')
  })

  const ask = (command: string, limitMs: number) =>
    askProcess({ command, decoder: new TextDecoder(), env: { PATH: process.env['PATH'] }, limitMs }, 'x')

  test('ends a program that does not end', async () => {
    const path = await script('slow.sh', 'echo early', 'exec sleep 60')
    const start = Date.now()
    expect(await ask(`sh ${path}`, 200)).toMatchObject({
      severity: 'error',
      remark: expect.stringContaining('within 0.2 s'),
    })
    expect(Date.now() - start).toBeLessThan(5_000)
  })

  test('does not wait for what a program leaves running', async () => {
    const path = await script('daemon.sh', 'sleep 5 &', 'echo value')
    const start = Date.now()
    expect(await ask(`sh ${path}`, 20_000)).toEqual({ value: 'value' })
    expect(Date.now() - start).toBeLessThan(4_000)
  })
})
