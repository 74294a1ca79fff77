// The usage texts: of all commands in the shape of Flume's script, and of one command in the shape of commons-cli.
import { AGENT, AVRO_CLIENT, type Command, type CommandOption, WRAPPER_OPTIONS } from './option-tables.ts'

const COMMANDS: readonly (readonly [string, string])[] = [
  ['help [command]', 'print this text, or the options of one command'],
  ['agent', 'run an agent'],
  ['avro-client', 'send lines to an Avro source'],
  ['receive', 'take events on a port and print them batch by batch'],
  ['quickstart', 'run an agent and a receiver that show what this is'],
  ['version', 'print the version'],
]

const JVM_OPTIONS: readonly (readonly [string, string])[] = [
  ['-Dproperty=value', 'sets a system property, such as -Dflume.root.logger=INFO,console'],
  ['-Xjava-opt', 'accepted; there is no Java machine'],
]

/** The text of `help`. */
export function usage(): string {
  return [
    'Usage: bin/flume-ng <command> [options]...',
    section('commands', COMMANDS),
    section('global options', [...WRAPPER_OPTIONS.map(doubled), ...JVM_OPTIONS]),
    section('agent options', AGENT.options.map(doubled)),
    section('avro-client options', AVRO_CLIENT.options.map(doubled)),
    '',
    '  Either --rpcProps or both --host and --port must be specified.',
    '',
    'flume-ng help <command> shows an example.',
    '',
  ].join('\n')
}

const SYNOPSES: Readonly<Record<string, string>> = {
  agent: '-n <name> -f <file> [options]',
  'avro-client': '(-H <host> -p <port> | -P <file>) [-F <file> | --dirname <dir>] [options]',
}
const EXAMPLES: Readonly<Record<string, string>> = {
  agent: 'flume-ng agent -n a1 -c conf -f conf/flume.conf -Dflume.root.logger=INFO,console',
  'avro-client': 'flume-ng avro-client -H localhost -p 41414 -F /var/log/messages',
}

/** The text of `<command> --help`. */
export function usageOf(command: Command): string {
  const { verb, options } = command
  const rows = [...options, ...WRAPPER_OPTIONS].map((option) => [` ${commonsCli(option)}`, option.doc] as const)
  return [
    `usage: flume-ng ${verb} ${SYNOPSES[verb]}`,
    ...table([...rows, ...JVM_OPTIONS.map(([left, right]) => [` ${left}`, right] as const)]),
    '',
    'Example:',
    `  ${EXAMPLES[verb]}`,
    '',
  ].join('\n')
}

function section(title: string, rows: readonly (readonly [string, string])[]): string {
  return ['', `${title}:`, ...table(rows.map(([left, right]) => [`  ${left}`, right] as const))].join('\n')
}

function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2
  return rows.map(([left, right]) => left.padEnd(width) + right)
}

// --conf,-c <dir>
function doubled(option: CommandOption): readonly [string, string] {
  const short = option.short === undefined ? '' : `,-${option.short}`
  return [`--${option.name}${short}${placeholderOf(option)}`, option.doc]
}

// -c,--conf <dir>
function commonsCli(option: CommandOption): string {
  const short = option.short === undefined ? '   ' : `-${option.short},`
  return `${short}--${option.name}${placeholderOf(option)}`
}

function placeholderOf(option: CommandOption): string {
  return option.value === undefined ? '' : ` <${option.value}>`
}
