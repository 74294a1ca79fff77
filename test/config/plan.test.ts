import { describe, expect, test } from '@jest/globals'
import { loadDefinitions } from '../../src/config/load-definitions.ts'
import { planAgent } from '../../src/config/plan.ts'
import { formatProblem, summarise } from '../../src/config/problem.ts'
import { parseProperties } from '../../src/config/properties.ts'
import { settingsOf } from '../../src/config/settings.ts'

async function planText(text: string, agent = 'a1') {
  const settings = settingsOf(parseProperties(Buffer.from(text, 'latin1'), 'x.conf').properties)
  return planAgent(settings, agent, await loadDefinitions(settings.agents.get(agent)))
}

async function said(text: string, agent = 'a1') {
  return (await planText(text, agent)).problems.map(formatProblem)
}

const GOOD = `
a1.sources = r1
a1.channels = c1
a1.sinks = k1
a1.sources.r1.type = seq
a1.sources.r1.channels = c1
a1.channels.c1.type = memory
a1.sinks.k1.type = null
a1.sinks.k1.channel = c1
`

const names = (list: readonly { readonly name: string }[] | undefined) => list?.map((one) => one.name)

describe('a plan', () => {
  test('of a good file has every component with typed options and no problem', async () => {
    const { plan, problems } = await planText(`${GOOD}a1.channels.c1.capacity = 500\na1.sources.r1.batchSize = 10\n`)
    expect(problems).toEqual([])
    expect(plan).toMatchObject({
      agent: 'a1',
      channels: [{ name: 'c1', options: { capacity: 500, transactionCapacity: 100, 'keep-alive': 3 } }],
      sources: [{ name: 'r1', channels: ['c1'], options: { batchSize: 10 } }],
      sinks: [{ name: 'k1', channel: 'c1' }],
      groups: [{ name: 'k1', sinks: ['k1'] }],
    })
  })

  test('takes only the agent that is asked for, whatever else the file holds', async () => {
    const { plan, problems } = await planText(`${GOOD}b1.sources = x\nb1.sources.x.type = no.such.Type\n`)
    expect(names(plan?.sources)).toEqual(['r1'])
    expect(problems).toEqual([])
  })

  test('knows types by alias in any case and by Java class name', async () => {
    const text = GOOD.replace('= seq', '= org.apache.flume.source.SequenceGeneratorSource').replace('= null', '= NULL')
    expect(await said(text)).toEqual([])
  })

  test('gives the same for the same text, because planning has no effects', async () => {
    const text = `${GOOD}a1.sources.r1.oops = 1\n`
    expect((await planText(text)).problems).toEqual((await planText(text)).problems)
  })
})

describe('every problem at once, with file and line:', () => {
  test('a missing property names the type that needs it', async () => {
    const text = GOOD.replace('a1.sinks.k1.type = null', 'a1.sinks.k1.type = file_roll')
    expect(await said(text)).toContain(
      'x.conf:8  error    a1.sinks.k1.sink.directory is missing; sink type file_roll needs it.',
    )
  })

  test('an unknown property comes with the one that may be meant, and is ignored', async () => {
    const { plan, problems } = await planText(`${GOOD}a1.channels.c1.transacionCapacity = 50\n`)
    expect(problems.map(formatProblem)).toEqual([
      'x.conf:10  warning  a1.channels.c1.transacionCapacity is not an option of channel type memory. Did you mean transactionCapacity? Ignored.',
    ])
    expect(names(plan?.channels)).toEqual(['c1'])
  })

  test('an unknown type leaves out that component only, and says which types there are', async () => {
    const { plan, problems } = await planText(
      `${GOOD}a1.sinks = k1 k2\na1.sinks.k2.type = nosuchsink\na1.sinks.k2.channel = c1\n`,
    )
    expect(names(plan?.sinks)).toEqual(['k1'])
    const [problem] = problems.filter((p) => p.code === 'unknown-type')
    expect(problem && formatProblem(problem)).toMatch(/x\.conf:11 .*there is no sink type nosuchsink\. It has: .*avro/)
    expect(summarise(problems, true)).toMatch(/Left out: sink k2\. The agent runs with the rest\.$/)
  })

  test('a type of Flume that is not here is told apart from a mistyped one', async () => {
    const type = async (name: string) => (await said(GOOD.replace('c1.type = memory', `c1.type = ${name}`))).join()
    expect(await type('file')).toMatch(/channel type file is one of Flume's that this version does not have/)
    expect(await type('org.apache.flume.channel.kafka.KafkaChannel')).toMatch(/is one of Flume's/)
    expect(await type('memry')).toMatch(/there is no channel type memry\. Did you mean memory\?/)
  })

  test('a value that came out of a configuration filter is never shown', async () => {
    const text = `${GOOD}a1.sources.r1.batchSize = s3cret\n`
    const settings = settingsOf(parseProperties(Buffer.from(text), 'x.conf').properties)
    const definitions = await loadDefinitions(settings.agents.get('a1'))
    const { problems } = planAgent(settings, 'a1', definitions, new Set(['a1.sources.r1.batchSize']))
    expect(problems.map((problem) => problem.code)).toContain('invalid-value')
    expect(problems.map(formatProblem).join()).not.toContain('s3cret')
  })

  test('a value that cannot be read drops the component, or means the default where Flume has it so', async () => {
    const { plan, problems } = await planText(`${GOOD}a1.channels.c1.capacity = many\na1.sources.r1.batchSize = few\n`)
    expect(plan?.sources).toEqual([])
    expect(plan?.channels[0]?.options).toMatchObject({ capacity: 100 })
    expect(problems.map((p) => `${p.severity} ${p.line} ${p.code}`)).toEqual([
      'warning 10 invalid-value',
      'error 11 invalid-value',
    ])
  })

  test('a batch that no transaction could hold drops its sink', async () => {
    const { plan, problems } = await planText(`${GOOD}a1.sinks.k1.batchSize = 101\n`)
    expect(plan?.sinks).toEqual([])
    expect(problems.map((p) => p.code)).toContain('batch-over-transaction-capacity')
  })

  test('a source keeps the channels that are there and is told of the others', async () => {
    const { plan, problems } = await planText(GOOD.replace('r1.channels = c1', 'r1.channels = c1 nowhere'))
    expect(plan?.sources[0]?.channels).toEqual(['c1'])
    expect(problems.map((p) => `${p.severity} ${p.code}`)).toEqual(['warning unknown-channel'])
  })

  test('sources without a usable channel, sinks of unknown channels and unused channels are left out', async () => {
    const text = `${GOOD}
a1.sources = r1 r2 r3
a1.sources.r2.type = seq
a1.sources.r3.type = seq
a1.sources.r3.channels = nowhere
a1.sinks = k1 k2 k3
a1.sinks.k2.type = null
a1.sinks.k3.type = null
a1.sinks.k3.channel = nowhere
a1.channels = c1 c2
a1.channels.c2.type = memory
`
    const { plan, problems } = await planText(text)
    expect([names(plan?.sources), names(plan?.sinks), names(plan?.channels)]).toEqual([['r1'], ['k1'], ['c1']])
    const codes = problems.map((p) => p.code).filter((code) => code !== 'duplicate-key')
    expect(codes.sort()).toEqual(
      ['dead-end', 'missing-channel', 'missing-channel', 'unknown-channel', 'unknown-channel'].sort(),
    )
  })

  test('components that are listed without settings, or have settings without being listed, are named', async () => {
    const all = (await said(`${GOOD}a1.sources = r1 ghost\na1.sinks.other.type = null\n`)).join('\n')
    expect(all).toMatch(/a1\.sources\.ghost is listed, but has no settings/)
    expect(all).toMatch(/a1\.sinks\.other has settings, but a1\.sinks does not list other/)
  })

  test('keys that fit nowhere are warnings with a reason', async () => {
    const all = await said(`${GOOD}NC_PORT = 1\na1.nonsense.x.y = 2\na1.sources.r1.batchSize =\n`)
    expect(all).toHaveLength(3)
    expect(all[0]).toMatch(/NC_PORT has no dot/)
    expect(all[1]).toMatch(/none of a1\.sources/)
    expect(all[2]).toMatch(/has no value/)
  })

  test('a key that is set twice to different values tells where', async () => {
    expect(await said(`${GOOD}a1.channels.c1.capacity = 200\na1.channels.c1.capacity = 300\n`)).toEqual([
      'x.conf:11  warning  a1.channels.c1.capacity is set before in line 10 to something else. The last one counts.',
    ])
  })

  test('a sink that says channels instead of channel is told the right key', async () => {
    expect((await said(GOOD.replace('k1.channel =', 'k1.channels ='))).join()).toMatch(
      /the key is channel, not channels/,
    )
  })

  test('a broken interceptor drops its source', async () => {
    const { plan } = await planText(
      `${GOOD}a1.sources.r1.interceptors = i\na1.sources.r1.interceptors.i.type = no.such.Interceptor\n`,
    )
    expect(plan?.sources).toEqual([])
  })

  test('an agent that is not defined, or has nothing to run, gives no plan and says why', async () => {
    expect(await planText(GOOD, 'other')).toMatchObject({ plan: undefined, problems: [{ code: 'empty-agent' }] })
    expect((await said('a1.sources = r1\n')).join()).toMatch(/Agent a1 has nothing to run: a1\.channels is missing/)
    expect((await said('', 'a1')).join()).toMatch(/no agent is defined at all/)
  })
})
