import { describe, expect, test } from '@jest/globals'
import { normalise } from '../../src/cli/normalise.ts'
import { AGENT, AVRO_CLIENT } from '../../src/cli/option-tables.ts'

const read = (words: readonly string[], options = AGENT.options) => {
  const { given, properties, strays, problem } = normalise(options, words)
  if (problem !== undefined) return problem
  const pairs = given.map(({ option, value }) => (value === undefined ? option.name : `${option.name}=${value}`))
  return [...pairs, ...properties.map(([name, value]) => `-D${name}=${value}`), ...strays.map((word) => `?${word}`)]
}

const SPELLINGS: readonly (readonly [string, readonly string[]])[] = [
  ['-n a1', ['name=a1']],
  ['-na1', ['name=a1']],
  ['-n=a1', ['name=a1']],
  ['--name a1', ['name=a1']],
  ['--name=a1', ['name=a1']],
  ['-name a1', ['name=a1']],
  ['-name=a1', ['name=a1']],
  ['-namea1', ['name=a1']],
  ['--na a1', ['name=a1']],
  ['--n a1', ['name=a1']],
  ['-f x -f y', ['conf-file=x', 'conf-file=y']],
  ['-fx.conf', ['conf-file=x.conf']],
  ['--conf-file=a=b', ['conf-file=a=b']],
  ['-conf-file x', ['conf-file=x']],
  ['-conf-file=x', ['conf-file=x']],
  ['--conf-f x', ['conf-file=x']],
  ['-confFile x', ['conf-file=x']],
  ['--conf_file x', ['conf-file=x']],
  ['--CONF-FILE=x', ['conf-file=x']],
  ['--no-reload-conf', ['no-reload-conf']],
  ['--no-reload', ['no-reload-conf']],
  ['-no-reload', ['no-reload-conf']],
  ['--no', ['no-reload-conf']],
  ['-hn a1', ['help', 'name=a1']],
  ['-prov X -user u -pwd p', ['conf-provider=X', 'conf-user=u', 'conf-password=p']],
  ['-bogus', ['backup-directory=ogus']],
  ['-i 5', ['poll-interval=5']],
  ['-i -5', ['poll-interval=-5']],
  ['-f -weird', ['conf-file=-weird']],
  ['-f --frobnicate', ['conf-file=--frobnicate']],
  ['--p 3', ['poll-interval=3']],
  ['-z h:2181 -p /flume', ['zkConnString=h:2181', 'zkBasePath=/flume']],
  ['-c conf', ['conf=conf']],
  ['--conf conf', ['conf=conf']],
  ['-conf conf', ['conf=conf']],
  ['--conf=conf', ['conf=conf']],
  ['--conf --cp ./conf -f x', ['conf=--cp', 'conf-file=x', '?./conf']],
  ['-C a:b -d', ['classpath=a:b', 'dryrun']],
  ['--classpath a --dryrun', ['classpath=a', 'dryrun']],
  ['-classPath a -dryrun', ['classpath=a', 'dryrun']],
  ['--plugins-path p', ['plugins-path=p']],
  ['-Xmx120m -n a1 -Xss1m', ['name=a1']],
  ['-agentlib:jdwp=x -agentpath:y -javaagent:z.jar', []],
  ['-Da=b -Dc -Dd=e=f', ['-Da=b', '-Dc=', '-Dd=e=f']],
  ['-D flume.root.logger=INFO,console -n a1', ['name=a1', '-Dflume.root.logger=INFO,console']],
  ['-D -n a1', ['name=a1']],
  ['-property a=b;c=d', ['-Da=b', '-Dc=d']],
  ['-property=-Da=b', ['-Da=b']],
  ['-Dflume.root.logger=INFO,console', ['-Dflume.root.logger=INFO,console']],
  ['stray -n a1 words', ['name=a1', '?stray', '?words']],
  ['-n a1 - x', ['name=a1', '?-', '?x']],
  ['-n a1 -- -f x', ['name=a1', '?-f', '?x']],
  ['-h', ['help']],
  ['-help', ['help']],
]

describe('words of the agent command', () => {
  test.each(SPELLINGS)('%s', (line, expected) => {
    expect(read(line.split(' '))).toEqual(expected)
  })

  test.each([
    ['\u2013n a1', ['name=a1']],
    ['\u2014name a1', ['name=a1']],
    ['\u2013\u2013conf\u2010file x', ['conf-file=x']],
    ['\u2013-no\u2011reload\u2011conf', ['no-reload-conf']],
    ['\u2212f conf/a\u2013b.conf', ['conf-file=conf/a\u2013b.conf']],
    ['--conf-file=a\u2013b.conf', ['conf-file=a\u2013b.conf']],
    ['\u2013Dflume.root.logger=INFO,console', ['-Dflume.root.logger=INFO,console']],
    ['-Dflume.root.logger=\u201cINFO,console\u201d', ['-Dflume.root.logger=INFO,console']],
    ['-n \u201ca1\u201d -f \u2018x\u2019', ['name=a1', 'conf-file=x']],
    ['\u201c-n\u201d a1', ['name=a1']],
    ['-n "a1"', ['name=a1']],
    ['\u00a0-n \u00a0a1\u200b', ['name=a1']],
    ['\u2014c conf \u2014d', ['conf=conf', 'dryrun']],
  ])('pasted from a slide: %s', (line, expected) => {
    expect(read(line.split(' '))).toEqual(expected)
  })

  test('a value with blanks, dashes or an empty one survives', () => {
    expect(read(['-f', 'my conf/a b.conf', '-n', '', '--name=', '-u', 'file:///a b'])).toEqual([
      'conf-file=my conf/a b.conf',
      'name=',
      'name=',
      'conf-uri=file:///a b',
    ])
  })

  test.each([
    ['--frobnicate', 'Unrecognized option: --frobnicate'],
    ['-qx', 'Unrecognized option: -qx'],
    ['-n a1 -f x --help=yes', 'Unrecognized option: --help'],
    ['-cconf', 'Unrecognized option: -cconf. Did you mean --conf?'],
    ['--conf-fiel x', 'Unrecognized option: --conf-fiel. Did you mean --conf-file?'],
    ['-f', 'Missing argument for option: f'],
    ['-n -f x', 'Missing argument for option: n'],
    ['-n -Da=b', 'Missing argument for option: n'],
    ['--conf-file', 'Missing argument for option: f'],
    ['--conf', 'Option --conf requires an argument'],
    ['-n a1 -c -f x', 'Option --conf requires an argument'],
    ['-C', 'Option --classpath requires an argument'],
    [
      '--con x',
      "Ambiguous option: '--con'  (could be: 'conf-file', 'conf-uri', 'conf-user', 'conf-password', 'conf-provider')",
    ],
  ])('%s is refused', (line, problem) => {
    expect(read(line.split(' '))).toBe(problem)
  })

  test('a secret behind an unknown option is not repeated', () => {
    expect(read(['--conf-passwort=hunter2'])).not.toContain('hunter2')
  })
})

describe('words of the avro-client command', () => {
  test.each([
    ['-H h -p 1 -F f -R r', ['host=h', 'port=1', 'filename=f', 'headerFile=r']],
    ['-Hh -p1', ['host=h', 'port=1']],
    ['--host h --port 1 --filename f --headerFile r', ['host=h', 'port=1', 'filename=f', 'headerFile=r']],
    ['-host h -port 1 -filename f -dirname d', ['host=h', 'port=1', 'filename=f', 'dirname=d']],
    ['--rpcProps p', ['rpcProps=p']],
    ['-rpcProps p', ['rpcProps=p']],
    ['-P p', ['rpcProps=p']],
    ['--dir d', ['dirname=d']],
    ['-c conf -Xmx1g -H h', ['conf=conf', 'host=h']],
  ])('%s', (line, expected) => {
    expect(read(line.split(' '), AVRO_CLIENT.options)).toEqual(expected)
  })
})
