import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { EmbeddedAgent } from '../../src/embedded/embedded-agent.ts'
import { agentProperties } from '../../src/embedded/embedded-properties.ts'
import { configureLog } from '../../src/log.ts'

const GOOD = {
  'channel.type': 'memory',
  sinks: 'k1',
  'k1.type': 'avro',
  'k1.hostname': 'h1',
  'k1.port': '4141',
  'processor.type': 'default',
}

type Changes = Readonly<Record<string, string | undefined>>

function given(changes: Changes): Map<string, string> {
  const all = Object.entries({ ...GOOD, ...changes })
  return new Map(all.filter((pair): pair is [string, string] => pair[1] !== undefined))
}

const translated = (changes: Changes, name = 'a') =>
  Object.fromEntries([...agentProperties(name, given(changes))].map(([key, { value }]) => [key, value]))

describe('the properties of an embedded agent', () => {
  test('become those of an ordinary agent', () => {
    const changes = {
      sinks: 'k1 k2',
      'k2.type': 'avro',
      'source.type': 'embedded',
      'source.interceptors': 'i1',
      'source.interceptors.i1.type': 'static',
      'channel.capacity': '7',
      'processor.type': 'load_balance',
      'processor.priority.k1': '3',
    }
    expect(translated(changes, 'my agent')).toEqual({
      'myagent.sources': 'source-myagent',
      'myagent.channels': 'channel-myagent',
      'myagent.sinks': 'k1 k2',
      'myagent.sinkgroups': 'sink-group-myagent',
      'myagent.sources.source-myagent.type': 'embedded',
      'myagent.sources.source-myagent.channels': 'channel-myagent',
      'myagent.sources.source-myagent.interceptors': 'i1',
      'myagent.sources.source-myagent.interceptors.i1.type': 'static',
      'myagent.channels.channel-myagent.type': 'memory',
      'myagent.channels.channel-myagent.capacity': '7',
      'myagent.sinks.k1.type': 'avro',
      'myagent.sinks.k1.hostname': 'h1',
      'myagent.sinks.k1.port': '4141',
      'myagent.sinks.k1.channel': 'channel-myagent',
      'myagent.sinks.k2.type': 'avro',
      'myagent.sinks.k2.channel': 'channel-myagent',
      'myagent.sinkgroups.sink-group-myagent.sinks': 'k1 k2',
      'myagent.sinkgroups.sink-group-myagent.processor.type': 'load_balance',
      'myagent.sinkgroups.sink-group-myagent.processor.priority.k1': '3',
    })
  })

  test.each([['channel.type'], ['sinks'], ['k1.type'], ['processor.type']])('must have %s', (key) => {
    expect(() => translated({ [key]: undefined })).toThrow(`Required parameter not found ${key}`)
    expect(() => translated({ [key]: ' ' })).toThrow(`Required parameter not found ${key}`)
  })

  test.each([
    ['colour'],
    ['k2.type'],
    ['k1'],
    ['channel'],
    ['sink.k1.type'],
    ['a.sources.source-a.type'],
    ['__proto__.x'],
  ])('cannot have %s', (key) => {
    expect(() => translated({ [key]: 'x' })).toThrow(`Unknown configuration ${key}`)
  })

  test.each([
    ['source.type', 'netcat', 'embedded'],
    ['channel.type', 'jdbc', 'memory'],
    ['k1.type', 'logger', 'avro'],
    ['processor.type', 'random', 'failover'],
  ])('%s cannot be %s', (key, type, allowed) => {
    const text = `Component type of ${type} is not in allowed types of [${allowed}`
    expect(() => translated({ [key]: type })).toThrow(key === 'processor.type' ? text.replace('[failover', '[') : text)
  })

  test.each([
    ['source.type', 'EMBEDDED'],
    ['source.type', 'org.apache.flume.agent.embedded.EmbeddedSource'],
    ['channel.type', 'Memory'],
    ['channel.type', 'FILE'],
    ['channel.type', 'org.apache.flume.channel.MemoryChannel'],
    ['k1.type', 'Avro'],
    ['processor.type', 'Load_Balance'],
  ])('%s may be %s', (key, type) => {
    expect(() => translated({ [key]: type })).not.toThrow()
  })

  test.each([['source'], ['channel'], ['Processor']])('no sink can be called %s', (name) => {
    expect(() => translated({ sinks: `k1 ${name}` })).toThrow(
      `Sink name ${name} is one of the disallowed sink names: [source, channel, processor]`,
    )
  })
})

describe('configure', () => {
  const configured = (changes: Changes) => new EmbeddedAgent('a').configure(given(changes))

  test('takes every allowed type in any case, and blanks around a type', async () => {
    await configured({
      'channel.type': ' MEMORY ',
      'k1.type': 'Avro',
      'processor.type': 'DEFAULT',
      'source.type': 'Embedded',
    })
  })

  test.each([
    [{ 'k1.hostname': undefined }, /^a\.sinks\.k1\.hostname is missing/],
    [{ 'k1.port': 'many' }, /port/],
    [{ 'source.interceptors': 'i1' }, /i1/],
  ])('with %j is refused with a sentence that names the key', async (changes, sentence) => {
    await expect(configured(changes)).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringMatching(sentence),
    })
  })

  test('logs what it does not know about a component, and goes on', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'embedded-'))
    const file = join(directory, 'log')
    configureLog({ level: 'WARN', console: false, file })
    await configured({ 'channel.capacty': '7' })
    configureLog({ level: 'OFF', console: true })
    expect(readFileSync(file, 'utf8')).toMatch(/^.*\[WARN .*capacty.*Did you mean capacity\?.*\n$/)
    rmSync(directory, { recursive: true })
  })
})
