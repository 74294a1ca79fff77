// bin/flume-ng itself: a copy in a home whose main.js tells what it got.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, delimiter, dirname, join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { eventually } from '../support/eventually.ts'

const SCRIPT = resolve('bin/flume-ng')
const MAIN = `
if (process.argv[3] === 'stay') setInterval(() => {}, 1000)
const { env, argv } = process
const { JAVA_OPTS, FLUME_JAVA_OPTS, FLUME_CLASSPATH, FLUME_HOME, FROM_SCRIPT, conf, node } = env
process.stdout.write(JSON.stringify({
  main: argv[1], words: argv.slice(2), cwd: process.cwd(), pid: process.pid, left: env.FLUME_NG_IN_BASH,
  env: { JAVA_OPTS, FLUME_JAVA_OPTS, FLUME_CLASSPATH, FLUME_HOME, FROM_SCRIPT, conf, node },
}) + '\\n')
`
const APPLICATION = 'org.apache.flume.node.Application'

const present = (command: string) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0
const SHELLS = ['sh', 'dash', 'bash', 'bash --posix', 'busybox sh'].filter((shell) =>
  present(shell.split(' ')[0] ?? ''),
)

let top: string
let home: string

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'flume ng-'))
  home = makeHome(join(top, 'a home'))
})

function makeHome(dir: string): string {
  mkdirSync(join(dir, 'bin'), { recursive: true })
  mkdirSync(join(dir, 'lib', 'cli'), { recursive: true })
  copyFileSync(SCRIPT, join(dir, 'bin', 'flume-ng'))
  chmodSync(join(dir, 'bin', 'flume-ng'), 0o755)
  writeFileSync(join(dir, 'lib', 'cli', 'main.js'), MAIN)
  return dir
}

function confDir(script: string): string {
  const dir = mkdtempSync(join(top, 'a conf-'))
  writeFileSync(join(dir, 'flume-env.sh'), script)
  return dir
}

interface Seen {
  readonly main: string
  readonly words: readonly string[]
  readonly cwd: string
  readonly left?: string
  readonly env: Readonly<Record<string, string | undefined>>
}

interface Settings {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly shell?: string
}

function call(command: string, words: readonly string[], settings: Settings = {}) {
  const [program = command, ...before] = settings.shell ? [...settings.shell.split(' '), command] : [command]
  const env = { ...process.env, NODE: undefined, ...settings.env }
  const ended = spawnSync(program, [...before, ...words], { cwd: settings.cwd ?? top, env, encoding: 'utf8' })
  return { status: ended.status, stdout: ended.stdout, stderr: ended.stderr }
}

function see(command: string, words: readonly string[], settings: Settings = {}): Seen & { stderr: string } {
  const { stdout, stderr } = call(command, words, settings)
  if (!stdout.startsWith('{')) throw new Error(`main.js was not reached: ${stderr}`)
  return { ...(JSON.parse(stdout) as Seen), stderr }
}

describe('finding its home', () => {
  const places: readonly (readonly [string, (at: { home: string; top: string }) => [string, Settings?]])[] = [
    ['by its full path', ({ home }) => [join(home, 'bin', 'flume-ng')]],
    ['by a relative path', ({ home }) => ['bin/flume-ng', { cwd: home }]],
    ['from its own directory', ({ home }) => ['./flume-ng', { cwd: join(home, 'bin') }]],
    ['from an unrelated directory', ({ home, top }) => [`${basename(home)}/bin/flume-ng`, { cwd: top }]],
    [
      'through the PATH',
      ({ home }) => ['flume-ng', { env: { PATH: `${join(home, 'bin')}${delimiter}${process.env['PATH']}` } }],
    ],
    ['through CDPATH', ({ home, top }) => ['bin/flume-ng', { cwd: home, env: { CDPATH: `${top}/elsewhere:/` } }]],
    ['as a file that a shell reads', ({ home }) => ['flume-ng', { cwd: join(home, 'bin'), shell: 'sh' }]],
  ]

  test.each(places)('%s', (_, place) => {
    const [command, settings] = place({ home, top })
    expect(see(command, ['help'], settings).main).toBe(join(home, 'lib', 'cli', 'main.js'))
  })

  test('through a chain of links, absolute and relative', () => {
    const links = mkdtempSync(join(top, 'links '))
    symlinkSync(join(home, 'bin', 'flume-ng'), join(links, 'one'))
    mkdirSync(join(links, 'deep er'))
    symlinkSync('../one', join(links, 'deep er', 'two'))
    symlinkSync(join('deep er', 'two'), join(links, 'three'))
    for (const name of ['one', 'deep er/two', 'three']) {
      expect(see(join(links, name), ['help'], { cwd: '/' }).main).toBe(join(home, 'lib', 'cli', 'main.js'))
    }
    expect(see('./three', ['help'], { cwd: links }).main).toBe(join(home, 'lib', 'cli', 'main.js'))
  })

  test('as npm link lays it out, where the package itself is a link', () => {
    const prefix = mkdtempSync(join(top, 'prefix-'))
    mkdirSync(join(prefix, 'lib', 'node_modules'), { recursive: true })
    mkdirSync(join(prefix, 'bin'))
    symlinkSync(home, join(prefix, 'lib', 'node_modules', 'millrace'))
    symlinkSync('../lib/node_modules/millrace/bin/flume-ng', join(prefix, 'bin', 'flume-ng'))
    expect(see(join(prefix, 'bin', 'flume-ng'), ['help']).main).toBe(join(home, 'lib', 'cli', 'main.js'))
  })

  test('as node_modules/.bin has it', () => {
    const project = mkdtempSync(join(top, 'project-'))
    const inside = makeHome(join(project, 'node_modules', 'millrace'))
    mkdirSync(join(project, 'node_modules', '.bin'))
    symlinkSync('../millrace/bin/flume-ng', join(project, 'node_modules', '.bin', 'flume-ng'))
    expect(see('node_modules/.bin/flume-ng', ['help'], { cwd: project }).main).toBe(
      join(inside, 'lib', 'cli', 'main.js'),
    )
  })

  test('FLUME_HOME of another installation changes nothing', () => {
    const seen = see(join(home, 'bin', 'flume-ng'), ['help'], { env: { FLUME_HOME: '/opt/apache-flume-1.11.0-bin' } })
    expect(seen.main).toBe(join(home, 'lib', 'cli', 'main.js'))
    expect(seen.env['FLUME_HOME']).toBe('/opt/apache-flume-1.11.0-bin')
  })
})

describe.each(SHELLS)('run by %s', (shell) => {
  const run = (words: readonly string[], settings: Settings = {}) =>
    see(join(home, 'bin', 'flume-ng'), words, { ...settings, shell })

  test('quoting survives', () => {
    const words = ['-n', 'a 1', '-f', 'it\'s "x".conf', '-Da=b c', '', '*', '$HOME', 'a\\b', '\u2013n', 'x\ny']
    expect(run(['agent', ...words]).words).toEqual([APPLICATION, ...words])
  })

  test('flume-env.sh is sourced, and its options reach main.js', () => {
    const dir = confDir(
      'export FROM_SCRIPT=yes\nJAVA_OPTS="-Xmx100m -Da=b"\nFLUME_JAVA_OPTS=-Dc=d\nFLUME_CLASSPATH="$FLUME_HOME/x"\n',
    )
    const seen = run(['agent', '-n', 'a1', '-c', dir, '-f', 'x'], { env: { FLUME_HOME: undefined } })
    expect(seen.env).toEqual({
      FROM_SCRIPT: 'yes',
      JAVA_OPTS: '-Xmx100m -Da=b',
      FLUME_JAVA_OPTS: '-Dc=d',
      FLUME_CLASSPATH: `${home}/x`,
    })
    expect(seen.words).toEqual([APPLICATION, '-n', 'a1', '-c', dir, '-f', 'x'])
    expect(seen.stderr).toBe(`Info: Sourcing environment configuration script ${dir}/flume-env.sh\n`)
    expect(seen.left).toBeUndefined()
  })

  test('a script that plays with words and options does no harm', () => {
    const dir = confDir(
      'set -eu\nset -- other words\nshift\nself=x home=y conf=z verb=v node=n\nexport FROM_SCRIPT=yes\n',
    )
    expect(run(['agent', '-c', dir]).words).toEqual([APPLICATION, '-c', dir])
  })
})

describe('the conf directory', () => {
  const script = 'export FROM_SCRIPT=yes\n'
  const run = (words: readonly string[], settings: Settings = {}) => see(join(home, 'bin', 'flume-ng'), words, settings)

  test.each([
    ['-c DIR', ['-c', 'DIR']],
    ['--conf DIR', ['--conf', 'DIR']],
    ['-conf DIR', ['-conf', 'DIR']],
    ['--conf=DIR', ['--conf=DIR']],
    ['pasted dashes', ['\u2014conf', 'DIR']],
    ['the last one', ['-c', '/nowhere', '-n', 'a1', '-c', 'DIR']],
  ])('is given by %s', (_, words) => {
    const dir = confDir(script)
    expect(run(['agent', ...words.map((word) => word.replace('DIR', dir))]).env['FROM_SCRIPT']).toBe('yes')
  })

  test('may be relative, a dot, or begin with a hyphen', () => {
    const dir = confDir(script)
    expect(run(['agent', '-c', basename(dir)], { cwd: dirname(dir) }).env['FROM_SCRIPT']).toBe('yes')
    expect(run(['agent', '-c', '.'], { cwd: dir }).env['FROM_SCRIPT']).toBe('yes')
    mkdirSync(join(top, '-odd'))
    writeFileSync(join(top, '-odd', 'flume-env.sh'), script)
    expect(run(['agent', '-c', '-odd'], { cwd: top }).env['FROM_SCRIPT']).toBe('yes')
  })

  test('may lack flume-env.sh, or not exist', () => {
    expect(run(['agent', '-c', top]).stderr).toBe('')
    expect(run(['agent', '-c', '/nowhere']).words).toEqual([APPLICATION, '-c', '/nowhere'])
  })

  test('without it nothing is sourced, and JAVA_OPTS and FLUME_CLASSPATH of the environment are dropped as in Flume', () => {
    const env = { JAVA_OPTS: '-Da=env', FLUME_CLASSPATH: '/env', FLUME_JAVA_OPTS: '-Db=env' }
    expect(run(['agent', '-n', 'a1'], { env }).env).toMatchObject({
      JAVA_OPTS: '',
      FLUME_CLASSPATH: '',
      FLUME_JAVA_OPTS: '-Db=env',
    })
  })

  test('variables of the environment keep their values, whatever the script calls its own', () => {
    const seen = run(['agent', '-c', confDir(script)], { env: { conf: 'mine', node: 'host17' } })
    expect(seen.env).toMatchObject({ conf: 'mine', node: 'host17' })
  })

  test('version says nothing about it, and a verb of ours may use -c for itself', () => {
    const dir = confDir(script)
    expect(run(['version', '-c', dir]).stderr).toBe('')
    expect(run(['receive', '-c', dir]).env['FROM_SCRIPT']).toBeUndefined()
  })

  test('a script with words of bash works, because Flume runs it in bash', () => {
    if (!present('bash')) return
    const dir = confDir('parts=(a b)\nif [[ b == [a-c] ]]; then export FROM_SCRIPT="$(echo "$' + '{parts[@]}")"; fi\n')
    const seen = run(['agent', '-c', dir, '-n', 'a b', ''])
    expect(seen.env['FROM_SCRIPT']).toBe('a b')
    expect(seen.words).toEqual([APPLICATION, '-c', dir, '-n', 'a b', ''])
  })
})

describe('the verb', () => {
  test.each([
    ['agent', APPLICATION],
    ['node', APPLICATION],
    ['avro-client', 'org.apache.flume.client.avro.AvroCLIClient'],
    ['version', 'org.apache.flume.tools.VersionInfo'],
    ['tool', 'org.apache.flume.tools.FlumeToolsMain'],
    ['help', 'help'],
    ['receive', 'receive'],
    ['frobnicate', 'frobnicate'],
  ])('%s becomes %s', (verb, word) => {
    expect(see(join(home, 'bin', 'flume-ng'), [verb, 'x']).words).toEqual([word, 'x'])
  })

  test('may be missing', () => {
    expect(see(join(home, 'bin', 'flume-ng'), []).words).toEqual([''])
  })

  test('node is deprecated', () => {
    expect(call(join(home, 'bin', 'flume-ng'), ['node']).stderr).toContain('"node" command is deprecated')
  })

  test('the process shows the class name and its words, and is the one that was started', async () => {
    const child = spawn(join(home, 'bin', 'flume-ng'), ['agent', 'stay', '-n', 'a1'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let said = ''
    child.stdout.on('data', (chunk) => {
      said += chunk
    })
    await eventually(() => said.endsWith('\n'))
    expect((JSON.parse(said) as { pid: number }).pid).toBe(child.pid)
    const shown = spawnSync('ps', ['-o', 'args=', '-p', String(child.pid)], { encoding: 'utf8' }).stdout
    expect(shown).toContain(`main.js ${APPLICATION} stay -n a1`)
    child.kill('SIGTERM')
    const [, signal] = await once(child, 'exit')
    expect(signal).toBe('SIGTERM')
  })
})

describe('Node', () => {
  function bin(...programs: string[]): string {
    const dir = mkdtempSync(join(top, 'bin-'))
    for (const program of programs) {
      const found = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim()
      symlinkSync(found, join(dir, program))
    }
    return dir
  }

  test('is NODE when that can be run, even with blanks in its path', () => {
    const node = join(top, 'my node')
    symlinkSync(process.execPath, node)
    const env = { NODE: node, PATH: bin('readlink') }
    expect(see('/bin/sh', [join(home, 'bin', 'flume-ng'), 'help'], { env }).words).toEqual(['help'])
  })

  test('is the one of the PATH when NODE is something else', () => {
    expect(see(join(home, 'bin', 'flume-ng'), ['help'], { env: { NODE: 'host17' } }).words).toEqual(['help'])
  })

  test('is asked for in one sentence when it is nowhere', () => {
    const env = { PATH: bin(), NODE: '/no/node' }
    const { status, stderr } = call('/bin/sh', [join(home, 'bin', 'flume-ng'), 'help'], { env })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^Error: Node.js was not found.*20\.19.*NODE=\/no\/node cannot be run\.\n$/)
  })
})

test('before it is built it says what to do', () => {
  const bare = mkdtempSync(join(top, 'bare-'))
  mkdirSync(join(bare, 'bin'))
  copyFileSync(SCRIPT, join(bare, 'bin', 'flume-ng'))
  const { status, stderr } = call('sh', [join(bare, 'bin', 'flume-ng'), 'help'])
  expect(status).toBe(1)
  expect(stderr).toMatch(/^Error: .*run npm ci first.*\n$/)
})
