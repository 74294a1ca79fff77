// The verbs. Each loads only what it needs; the first word may also be the Java class that Flume's script would have
// run, because bin/flume-ng puts that in its place.
import { codeOf } from '../errors.ts'
import { flushLog } from '../log.ts'
import { fatal } from './fatal.ts'
import { AGENT, AVRO_CLIENT, type Command } from './option-tables.ts'

type Verb = (argv: readonly string[]) => number | Promise<number>

const agent: Verb = async (argv) => (await import('./agent-command.ts')).agentCommand(argv)
const avroClient: Verb = async (argv) => (await import('./avro-client.ts')).avroClient(argv)
const receive: Verb = async (argv) => (await import('./receive.ts')).receive([...argv])
const quickstart: Verb = async () => (await import('./quickstart.ts')).quickstart()
const print = (text: string): number => {
  process.stdout.write(text)
  return 0
}
const version: Verb = async () => print((await import('./version.ts')).versionText())
const usageOfAll = async () => (await import('./usage.ts')).usage()
const usageOf = async (command: Command) => (await import('./usage.ts')).usageOf(command)

const node: Verb = (argv) => {
  process.stderr.write('Warning: The "node" command is deprecated. Please use "agent" instead.\n')
  return agent(argv)
}

const tool: Verb = () => {
  process.stderr.write('Error: The tool command is not part of this version.\n')
  return 1
}

const help: Verb = async ([topic]) => {
  if (topic === undefined || topic === 'help' || topic === 'version') return print(await usageOfAll())
  if (topic === 'agent' || topic === 'node') return print(await usageOf(AGENT))
  if (topic === 'avro-client') return print(await usageOf(AVRO_CLIENT))
  if (topic === 'quickstart')
    return print(
      'usage: flume-ng quickstart\n\nRuns an agent and a receiver; takes no options. Needs ports 4444 and 9999.\n',
    )
  return topic === 'receive' ? receive(['--help']) : unknown(topic)
}

const VERBS: ReadonlyMap<string, Verb> = new Map([
  ['help', help],
  ['-h', help],
  ['-help', help],
  ['--help', help],
  ['agent', agent],
  [AGENT.javaClass, agent],
  ['node', node],
  ['avro-client', avroClient],
  [AVRO_CLIENT.javaClass, avroClient],
  ['receive', receive],
  ['quickstart', quickstart],
  ['version', version],
  ['--version', version],
  ['-version', version],
  ['org.apache.flume.tools.VersionInfo', version],
  ['tool', tool],
  ['org.apache.flume.tools.FlumeToolsMain', tool],
])

/** Runs the command; resolves with the exit status. Rejects with what nobody foresaw. */
export async function run(argv: readonly string[]): Promise<number> {
  const [name = '', ...rest] = argv
  const verb = VERBS.get(name)
  return verb ? verb(rest) : unknown(name)
}

async function unknown(name: string): Promise<number> {
  process.stderr.write(`Error: Unknown or unspecified command '${name}'\n\n`)
  process.stdout.write(await usageOfAll())
  return 1
}

const GRACE_MS = 2000

/** Runs the command as this process: exit status, and one sentence for what goes wrong. */
export async function start(argv: readonly string[]): Promise<void> {
  // A reader that went away (`flume-ng help | head`) or a closed terminal is no reason to fall over.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreGoneReader)
  process.on('uncaughtException', (error) => process.exit(fatal(error)))
  process.exitCode = await run(argv).catch(fatal)
  flushLog()
  // The work is done: what still holds the process, such as a connection that does not close, must not keep it.
  setTimeout(() => process.exit(), GRACE_MS).unref()
}

function ignoreGoneReader(error: Error): void {
  const code = codeOf(error)
  if (code !== 'EPIPE' && code !== 'EIO') throw error
}
