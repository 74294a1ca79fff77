// Configuration files -> resolved properties, in the order of the command line (Flume 1.11, UriConfigurationProvider).
// `.ini` files are ours; what Flume takes for JSON, YAML or XML is skipped with a warning, as there. Different on purpose:
// a file that cannot be read is one sentence that names it.
import { createReadStream } from 'node:fs'
import { isAbsolute } from 'node:path'
import { ConfigurationError } from '../errors.ts'
import { interpolate } from './interpolate.ts'
import type { World } from './lookups.ts'
import { mergeProperties, type Parsed, parseProperties } from './properties.ts'

export { type FileWatch, watchFiles } from './watch.ts'

const MAX_BYTES = 64 * 1024 * 1024
const UNSUPPORTED = ['json', 'yaml', 'xml']
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'its links lead in a circle',
}

/**
 * Reads, merges (later files override) and interpolates. Rejects with ConfigurationError, naming the path as it was
 * given, when a file cannot be read; whatever is wrong inside the files is in the problems.
 */
export async function loadConfiguration(files: readonly string[], world: World): Promise<Parsed> {
  const parts: Parsed[] = []
  for (const file of files) parts.push(await parse(await read(file), file))
  const merged = mergeProperties(parts.map((part) => part.properties))
  const { properties, problems } = interpolate(merged, world)
  return { properties, problems: [...parts.flatMap((part) => part.problems), ...problems] }
}

async function read(file: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of createReadStream(file)) {
      chunks.push(chunk)
      size += chunk.length
      if (size > MAX_BYTES) break
    }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    throw new ConfigurationError(`Unable to read ${file}: ${REASONS[code] ?? code}`)
  }
  if (size > MAX_BYTES) throw new ConfigurationError(`Unable to read ${file}: it is larger than 64 MiB`)
  return Buffer.concat(chunks)
}

async function parse(bytes: Buffer, file: string): Promise<Parsed> {
  if (file.toLowerCase().endsWith('.ini')) {
    const { parseIni } = await import('./ini.ts')
    return parseIni(bytes, file)
  }
  const extension = extensionOf(file)
  if (!UNSUPPORTED.includes(extension)) return parseProperties(bytes, file)
  const message = `File extension type ${extension} is unsupported. The file is skipped.`
  const hint = 'Rename the file if it is a properties file.'
  return {
    properties: new Map(),
    problems: [{ file, line: 1, severity: 'warning', code: 'unsupported-file', message, hint }],
  }
}

// Flume's rule: what follows the first dot of the whole absolute path, unless that dot is among its first two characters.
function extensionOf(file: string): string {
  const path = isAbsolute(file) ? file : `${process.cwd()}/${file}`
  const dot = path.indexOf('.')
  return dot > 1 ? path.slice(dot + 1) : 'properties'
}
