// npm run bench -- [flow...] [--rounds N]: measures whole agents. With FLUME_HOME set, real Apache Flume runs beside ours,
// one after the other in each round, and the last column is the ratio pair by pair: on a machine that is not quiet, read
// ratios and not figures.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { BenchAgent } from './agent.mjs'
import { FLOWS } from './flows.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '3' } },
})
const names = positionals.length > 0 ? positionals : Object.keys(FLOWS)
const unknown = names.filter((name) => !(name in FLOWS))
if (unknown.length > 0) {
  process.stderr.write(`There is no flow ${unknown.join(', ')}. Flows: ${Object.keys(FLOWS).join(', ')}\n`)
  process.exit(1)
}

const agents = [{ name: 'millrace', command: fileURLToPath(new URL('../bin/flume-ng', import.meta.url)) }]
const flume = process.env.FLUME_HOME && join(process.env.FLUME_HOME, 'bin', 'flume-ng')
if (flume && existsSync(flume)) agents.push({ name: 'flume', command: flume })
else process.stderr.write('FLUME_HOME is not set: only millrace is measured.\n')

async function measure(flow, command) {
  const agent = new BenchAgent(command)
  try {
    return await flow.run(agent)
  } finally {
    await agent.close()
  }
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor((list.length - 1) / 2)]
const shown = (n) => (n >= 1000 ? Math.round(n).toLocaleString('en') : n.toFixed(1))

process.stdout.write(`| flow | unit | ${agents.map(({ name }) => name).join(' | ')} | ratio, pair by pair |\n`)
process.stdout.write(`|---|---|${agents.map(() => '---:').join('|')}|---:|\n`)
for (const name of names) {
  const flow = FLOWS[name]
  const figures = agents.map(() => [])
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [i, { command }] of agents.entries()) figures[i].push(await measure(flow, command))
  }
  const [ours, theirs] = figures
  const ratios = (theirs ?? []).map((figure, i) => (flow.lower ? figure / ours[i] : ours[i] / figure))
  const ratio =
    ratios.length > 0
      ? `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)})`
      : '-'
  process.stdout.write(
    `| ${name} | ${flow.unit} | ${figures.map((list) => shown(median(list))).join(' | ')} | ${ratio} |\n`,
  )
}
