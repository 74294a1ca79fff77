// The options of Flume's commands as data: parsing, `--help` and `help` all read these tables.
// Flume 1.11: Application (agent), AvroCLIClient (avro-client), and what its wrapper script takes out of the words
// before Java sees them (`wrapper`).

export interface CommandOption {
  /** The long name, which is also the key of its values. */
  readonly name: string
  /** One letter, or a few: Flume has -prov, -user, -pwd. */
  readonly short?: string
  /** What the value is, for the usage text; an option without it is a flag. */
  readonly value?: string
  readonly doc: string
  /** Taken by the wrapper script: no abbreviation, no glued value. The last one counts, for all others the first. */
  readonly wrapper?: true
}

export interface Command {
  readonly verb: string
  readonly javaClass: string
  readonly options: readonly CommandOption[]
}

export const WRAPPER_OPTIONS: readonly CommandOption[] = [
  {
    name: 'conf',
    short: 'c',
    value: 'dir',
    doc: 'directory whose flume-env.sh and flume.opts are used',
    wrapper: true,
  },
  { name: 'classpath', short: 'C', value: 'cp', doc: 'accepted; there is no Java class path', wrapper: true },
  {
    name: 'dryrun',
    short: 'd',
    doc: 'print the command line that would run and end',
    wrapper: true,
  },
  { name: 'plugins-path', value: 'dirs', doc: 'accepted; Java plugins are not loaded', wrapper: true },
  {
    name: 'property',
    value: 'n=v;n=v',
    doc: "system properties, as Flume's PowerShell script takes them",
    wrapper: true,
  },
]

const HELP: CommandOption = { name: 'help', short: 'h', doc: 'print this text' }

export const AGENT: Command = {
  verb: 'agent',
  javaClass: 'org.apache.flume.node.Application',
  options: [
    { name: 'name', short: 'n', value: 'name', doc: 'name of the agent in the configuration (required)' },
    { name: 'conf-file', short: 'f', value: 'file', doc: 'configuration file; may be repeated, later files win' },
    {
      name: 'conf-uri',
      short: 'u',
      value: 'uri',
      doc: 'configuration as a file: URI; may be repeated, replaces --conf-file',
    },
    { name: 'no-reload-conf', doc: 'read the configuration once; do not wait for it, do not watch it' },
    {
      name: 'poll-interval',
      short: 'i',
      value: 'seconds',
      doc: 'how often the file is looked at while it does not define the agent (30)',
    },
    {
      name: 'backup-directory',
      short: 'b',
      value: 'dir',
      doc: 'not in this version: where the last good configuration is kept',
    },
    {
      name: 'zkConnString',
      short: 'z',
      value: 'host:port',
      doc: 'not in this version: ZooKeeper with the configuration',
    },
    {
      name: 'zkBasePath',
      short: 'p',
      value: 'path',
      doc: 'not in this version: node of the configurations in ZooKeeper',
    },
    {
      name: 'conf-user',
      short: 'user',
      value: 'user',
      doc: 'not in this version: user for a configuration read over HTTP',
    },
    {
      name: 'conf-password',
      short: 'pwd',
      value: 'password',
      doc: 'not in this version: password for a configuration read over HTTP',
    },
    {
      name: 'auth-provider',
      short: 'a',
      value: 'class',
      doc: 'not in this version: authorization for a configuration read over HTTP',
    },
    {
      name: 'conf-provider',
      short: 'prov',
      value: 'class',
      doc: 'not in this version: another way to get the configuration',
    },
    HELP,
  ],
}

export const AVRO_CLIENT: Command = {
  verb: 'avro-client',
  javaClass: 'org.apache.flume.client.avro.AvroCLIClient',
  options: [
    { name: 'rpcProps', short: 'P', value: 'file', doc: 'RPC client properties, instead of --host and --port' },
    { name: 'host', short: 'H', value: 'host', doc: 'host to which events are sent' },
    { name: 'port', short: 'p', value: 'port', doc: 'port of its Avro source' },
    { name: 'filename', short: 'F', value: 'file', doc: 'file whose lines are sent (default: standard input)' },
    { name: 'dirname', value: 'dir', doc: 'directory whose files are sent and renamed to *.COMPLETED' },
    { name: 'headerFile', short: 'R', value: 'file', doc: 'properties file with the headers of every event' },
    HELP,
  ],
}
