// Which names of a spooling directory are read (Flume 1.11, ReliableSpoolingFileEventReader): hidden ones and those with
// the suffix never, else those that match includePattern wholly and ignorePattern not; ignorePattern also keeps out of
// sub-directories. Paths are put together as Java's File does, because tracker files and headers carry them.
import { isAbsolute } from 'node:path'
import { matchesWhole } from '../../java-regex.ts'

export interface NameRules {
  readonly fileSuffix: string
  readonly includePattern: string
  readonly ignorePattern: string
}

export class Names {
  readonly #suffix: string
  readonly #included: (name: string) => boolean
  readonly #ignored: (name: string) => boolean

  constructor({ fileSuffix, includePattern, ignorePattern }: NameRules) {
    this.#suffix = fileSuffix
    this.#included = matchesWhole(includePattern)
    this.#ignored = matchesWhole(ignorePattern)
  }

  isFile(name: string): boolean {
    return !name.startsWith('.') && !name.endsWith(this.#suffix) && this.#included(name) && !this.#ignored(name)
  }

  isFolder(name: string): boolean {
    return !name.startsWith('.') && !this.#ignored(name)
  }
}

/** A path as Java's File keeps it: no doubled and no trailing slashes, `.` and `..` left alone. */
export function javaPath(path: string): string {
  const single = path.replace(/\/+/g, '/')
  return single.length > 1 && single.endsWith('/') ? single.slice(0, -1) : single
}

/** File.getAbsolutePath. */
export function absolutePath(path: string): string {
  return isAbsolute(path) ? path : `${process.cwd()}/${path}`
}
