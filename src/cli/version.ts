// `flume-ng version`. The first line begins as Flume's does, because scripts look at it; the second says what this is.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { homeDirectory } from '../home.ts'

/** The text of `version`. */
export function versionText(): string {
  return [
    `Flume 1.11.0 compatible: millrace ${packageVersion()}`,
    "millrace runs Apache Flume's configuration files and command lines. It is not Apache Flume.",
    `Node.js ${process.versions.node} on ${process.platform} ${process.arch}`,
    '',
  ].join('\n')
}

function packageVersion(): string {
  const text = readFileSync(join(homeDirectory(), 'package.json'), 'utf8')
  const { version } = JSON.parse(text) as { readonly version: string }
  return version
}
