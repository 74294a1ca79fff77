// What the command line says to an agent.

export interface AgentOptions {
  /** Name of the agent in the configuration (-n). */
  readonly name: string
  /** Paths as they were given, in order; later files win (-f, and -u with a file). */
  readonly confFiles: readonly string[]
  /** URIs (-u) that are not files. */
  readonly confUris: readonly string[]
  /** Directory of flume-env.sh and flume.opts (-c). */
  readonly confDir?: string | undefined
  /** Seconds between looks at the configuration (-i); absent: the default. */
  readonly pollIntervalSeconds?: number | undefined
  /** Whether the configuration is watched (--no-reload-conf). */
  readonly reload: boolean
  /** Where the last resolved configuration is kept (-b). */
  readonly backupDirectory?: string | undefined
  readonly zkConnString?: string | undefined
  readonly zkBasePath?: string | undefined
  readonly confUser?: string | undefined
  /** Secret: never log it. */
  readonly confPassword?: string | undefined
  /** Java system properties: -D, then FLUME_JAVA_OPTS, then JAVA_OPTS. */
  readonly system: ReadonlyMap<string, string>
  readonly dryRun: boolean
  /** The words behind the verb, as they were given. May hold secrets. */
  readonly argv: readonly string[]
}
