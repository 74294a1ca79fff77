import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rename, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { World } from '../../src/config/interpolate.ts'
import { type FileWatch, loadConfiguration, watchFiles } from '../../src/config/source.ts'
import { ConfigurationError } from '../../src/errors.ts'
import { eventually } from '../support/eventually.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-source-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text, 'latin1')
  return path
}

describe('loading', () => {
  const world: World = { system: new Map(), env: { PORT: '4444' }, now: new Date(0) }

  test('merges files in order, whatever their form, and then resolves references', async () => {
    const one = await file('one.conf', `a1.sources.r1.type = seq\na1.sources.r1.port = \${env:PORT}\na1.x = \${dir}/x`)
    const two = await file('two.INI', '[a1.sources.r1]\ntype = netcat')
    const three = await file('three', 'dir = /var')
    const { properties, problems } = await loadConfiguration([one, two, three], world)
    expect(problems).toEqual([])
    expect([...properties.values()]).toEqual([
      {
        key: 'a1.sources.r1.type',
        value: 'netcat',
        file: two,
        line: 2,
        shadowed: [{ value: 'seq', file: one, line: 1 }],
      },
      { key: 'a1.sources.r1.port', value: '4444', file: one, line: 2 },
      { key: 'a1.x', value: '/var/x', file: one, line: 3 },
      { key: 'dir', value: '/var', file: three, line: 1 },
    ])
  })

  test('gathers the problems of all files', async () => {
    const one = await file('one.conf', 'a = \\u12')
    const two = await file('two.conf', `b = \${b2}\nb2 = \${b}`)
    const { problems } = await loadConfiguration([one, two], world)
    expect(problems).toMatchObject([
      { file: one, line: 1, code: 'malformed-escape' },
      { file: two, line: 1, code: 'cycle' },
    ])
  })

  test.each(['json', 'yaml', 'xml'])('skips what ends with .%s with a warning', async (extension) => {
    const path = await file(`a.${extension}`, 'a = 1')
    const { properties, problems } = await loadConfiguration([path], world)
    expect(properties.size).toBe(0)
    const message = `File extension type ${extension} is unsupported. The file is skipped.`
    expect(problems).toMatchObject([{ file: path, severity: 'warning', code: 'unsupported-file', message }])
  })

  test('takes the extension from the first dot of the path, as Flume does', async () => {
    await mkdir(join(folder, 'v1.0'))
    const inFolder = await file('v1.0/a.json', 'a = 1')
    const twoDots = await file('a.b.json', 'b = 1')
    expect([...(await loadConfiguration([inFolder, twoDots], world)).properties.keys()]).toEqual(['a', 'b'])
  })

  test('reads what is no regular file, such as a pipe', async () => {
    const pipe = join(folder, 'pipe')
    await promisify(execFile)('mkfifo', [pipe])
    const [{ properties }] = await Promise.all([loadConfiguration([pipe], world), writeFile(pipe, 'a = 1\n')])
    expect(properties.get('a')?.value).toBe('1')
  })

  test('says in one sentence, with the path as it was given, that a file cannot be read', async () => {
    const fine = await file('fine.conf', 'a = 1')
    const within = join(fine, 'x')
    const relativeFolder = relative(process.cwd(), folder)
    const cases: readonly [path: string, reason: string][] = [
      ['no/such/file.conf', 'no such file'],
      ['', 'no such file'],
      [within, 'no such file'],
      [relativeFolder, 'it is a folder'],
    ]
    for (const [path, reason] of cases) {
      const failure = loadConfiguration([fine, path], world)
      await expect(failure).rejects.toThrow(ConfigurationError)
      await expect(failure).rejects.toThrow(new RegExp(`^Unable to read ${path}: ${reason}$`))
    }
  })
})

describe('watching', () => {
  const NEVER_S = 3600
  let watch: FileWatch | undefined
  let calls = 0
  const count = () => void calls++

  function start(path: string, pollSeconds: number, onChange: () => void | Promise<void> = count): void {
    calls = 0
    watch = watchFiles([path], pollSeconds, onChange)
  }

  afterEach(async () => {
    await watch?.close()
    watch = undefined
  })

  const change = async (act: () => Promise<unknown>, what: string) => {
    const before = calls
    await act()
    await eventually(() => calls > before, what, 5_000)
  }

  test.each([
    ['events', NEVER_S],
    ['events and polling', 0.05],
  ])('by %s tells of a rewrite, a replacement, an older file and a return', async (_how, pollSeconds) => {
    const path = await file('a.conf', 'a = 1')
    start(path, pollSeconds)
    await change(() => writeFile(path, 'a = 2'), 'rewrite')
    await change(async () => rename(await file('new', 'a = 3'), path), 'replacement')
    await change(async () => rename(await file('new', 'a = 4'), path), 'second replacement')
    await change(() => utimes(path, 1, 1), 'older time')
    await change(async () => {
      await unlink(path)
      await file('a.conf', 'a = 5')
    }, 'return')
    await change(() => writeFile(path, 'a = 6'), 'rewrite after all that')
  })

  test('in a folder of many files watches the file and nothing else of it', async () => {
    const path = await file('a.conf', 'a = 1')
    await Promise.all(Array.from({ length: 600 }, (_, i) => file(`other-${i}`, '')))
    start(path, NEVER_S)
    await change(() => writeFile(path, 'a = 2'), 'rewrite')
    await change(async () => rename(await file('new', 'a = 3'), path), 'replacement')
    await change(() => writeFile(path, 'a = 4'), 'rewrite after the replacement')
  })

  test('by polling alone tells of a file in a folder that came later', async () => {
    start(join(folder, 'late', 'a.conf'), 0.05)
    await change(async () => {
      await mkdir(join(folder, 'late'))
      await file('late/a.conf', 'a = 1')
    }, 'appearance')
    await change(() => file('late/a.conf', 'a = 22'), 'rewrite')
  })

  test('follows links that are exchanged above the file, as Kubernetes does', async () => {
    for (const version of ['v1', 'v2', 'v3']) {
      await mkdir(join(folder, version))
      await file(`${version}/a.conf`, 'a = 1')
    }
    const turnTo = async (version: string) => {
      await symlink(version, join(folder, '..data_tmp'))
      await rename(join(folder, '..data_tmp'), join(folder, '..data'))
    }
    await turnTo('v1')
    await symlink('..data/a.conf', join(folder, 'a.conf'))
    start(join(folder, 'a.conf'), NEVER_S)
    await change(() => turnTo('v2'), 'first exchange')
    await change(() => turnTo('v3'), 'second exchange')
    await change(() => file('v3/a.conf', 'a = 2'), 'rewrite behind the links')
  })

  test('tells nothing of other files, of a deletion, or of nothing at all', async () => {
    const path = await file('a.conf', 'a = 1')
    const other = await file('b.conf', 'b = 1')
    let looked = 0
    const ofOther = watchFiles([other], NEVER_S, () => void looked++)
    start(path, 0.05)
    await unlink(path)
    await writeFile(other, 'b = 2')
    await eventually(() => looked > 0, 'the change of the other file')
    await ofOther.close()
    expect(calls).toBe(0)
  })

  test('gathers writes that follow one another and never calls while a call has not settled', async () => {
    const path = await file('a.conf', 'a = 0')
    let under = 0
    let most = 0
    let release = () => {}
    start(path, 0.05, async () => {
      calls++
      most = Math.max(most, ++under)
      await new Promise<void>((resolve) => {
        release = resolve
      })
      under--
    })
    for (let i = 1; i <= 20; i++) await writeFile(path, `a = ${i}`)
    await eventually(() => calls === 1, 'first call')
    let elsewhere = 0
    const other = watchFiles([path], 0.05, () => void elsewhere++)
    await writeFile(path, 'a = a later text')
    await eventually(() => elsewhere === 1, 'another watch telling of it')
    await writeFile(path, 'a = the last text')
    await eventually(() => elsewhere === 2, 'another watch telling of that too')
    await other.close()
    expect(calls).toBe(1)
    release()
    await eventually(() => calls === 2, 'second call')
    release()
    await eventually(() => under === 0)
    expect(most).toBe(1)
  })

  test('goes on after a call that failed, with a process warning', async () => {
    const path = await file('a.conf', 'a = 0')
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    start(path, NEVER_S, () => {
      calls++
      throw new Error('no good')
    })
    await change(() => writeFile(path, 'a = 1'), 'first')
    await change(() => writeFile(path, 'a = 22'), 'second')
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('no good'))
    warn.mockRestore()
  })

  test('calls nobody after it is closed, and may be closed at once and twice', async () => {
    const path = await file('a.conf', 'a = 0')
    start(path, 0.02)
    const closed = watch?.close()
    await writeFile(path, 'a = 1')
    await closed
    await watch?.close()
    let later = 0
    const second = watchFiles([path], 0.02, () => void later++)
    await writeFile(path, 'a = 22')
    await eventually(() => later > 0)
    await second.close()
    expect(calls).toBe(0)
  })
})
