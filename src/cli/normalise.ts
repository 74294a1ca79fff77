// Command line words into options. Follows commons-cli 1.5 (DefaultParser), as Flume 1.11 uses it: -n x, -nx, --name x,
// --name=x, -name x, -namex, unambiguous abbreviations; `-bogus` is `-b ogus`; words that belong to nothing are ignored.
// What Flume's wrapper script takes out of the words (-c, -C, -d, -D..., -X...) is taken here.
// More lenient on purpose: names in other spellings (-confFile, --conf_file), --n for -n, pasted dashes and quotes.
import { nearest } from '../config/nearest.ts'
import { type CommandOption, WRAPPER_OPTIONS } from './option-tables.ts'
import { bareValue, straightWord } from './pasted.ts'
import { type Property, propertiesOfList, propertyOf } from './system-properties.ts'

export interface Given {
  readonly option: CommandOption
  /** Absent for a flag. */
  readonly value?: string
}

export interface Normalised {
  /** In the order of the words. */
  readonly given: readonly Given[]
  /** From -D and -property, in the order of the words. */
  readonly properties: readonly Property[]
  /** Words that belong to no option. */
  readonly strays: readonly string[]
  /** The first thing that is wrong, in commons-cli's words. */
  readonly problem?: string
}

/** Sorts the words behind the verb. Pure; wrong words end as `problem`. */
export function normalise(options: readonly CommandOption[], words: readonly string[]): Normalised {
  const given: Given[] = []
  const properties: Property[] = []
  const strays: string[] = []
  const names = new Names([...options, ...WRAPPER_OPTIONS])
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const read = names.read(straightWord(word))
    const last = read.options.at(-1)
    if (read.kind === 'wrong') return { given, properties, strays, problem: read.problem }
    if (read.kind === 'end') strays.push(...rest.splice(0))
    else if (read.kind === 'stray') strays.push(word)
    else if (read.kind === 'property') properties.push(...propertyOf(read.text || pair(rest)))
    else if (read.kind === 'options' && last) {
      const value = last.value === undefined ? undefined : (read.value ?? argument(rest, names))
      if (last.value !== undefined && value === undefined) return { given, properties, strays, problem: missing(last) }
      given.push(...read.options.slice(0, -1).map((option) => ({ option })))
      if (last.name === 'property') properties.push(...propertiesOfList(bareValue(value ?? '')))
      else given.push(value === undefined ? { option: last } : { option: last, value: bareValue(value) })
    }
  }
  return { given, properties, strays }
}

// The next word, if it may be a value: commons-cli takes one that begins with a hyphen only when it is no option.
function argument(rest: string[], names: Names): string | undefined {
  const next = rest[0]
  return next === undefined || names.isOption(straightWord(next)) ? undefined : rest.shift()
}

// `-D name=value` in two words.
function pair(rest: string[]): string {
  return rest[0]?.includes('=') && !rest[0].startsWith('-') ? (rest.shift() ?? '') : ''
}

function missing(option: CommandOption): string {
  if (option.wrapper) return `Option --${option.name} requires an argument`
  return `Missing argument for option: ${option.short ?? option.name}`
}

interface Read {
  readonly kind: 'options' | 'property' | 'jvm' | 'stray' | 'end' | 'wrong'
  /** Flags, and one option at the end that may take a value. */
  readonly options: readonly CommandOption[]
  readonly value?: string | undefined
  readonly text: string
  readonly problem: string
}

const NOTHING = { options: [], text: '', problem: '' }
const JVM = /^-(X|agentlib|agentpath|javaagent)/

class Names {
  readonly #options: readonly CommandOption[]

  constructor(options: readonly CommandOption[]) {
    this.#options = options
  }

  /** What one word means by itself. */
  read(word: string): Read {
    if (word === '--') return { ...NOTHING, kind: 'end' }
    if (!word.startsWith('-') || word === '-') return { ...NOTHING, kind: 'stray' }
    if (JVM.test(word)) return { ...NOTHING, kind: 'jvm' }
    if (word.startsWith('-D')) return { ...NOTHING, kind: 'property', text: word.slice(2) }
    const equals = word.indexOf('=')
    const name = (equals < 0 ? word : word.slice(0, equals)).replace(/^-+/, '')
    const value = equals < 0 ? undefined : word.slice(equals + 1)
    const found = this.#find(name, word.startsWith('--'))
    if (found.length > 1) return wrong(`Ambiguous option: '${word}'  (could be: ${quoted(found)})`)
    const [option] = found
    if (option) {
      const fits = value === undefined || option.value !== undefined
      return fits ? { ...NOTHING, kind: 'options', options: [option], value } : this.#unknown(word, name)
    }
    return (word.startsWith('--') ? undefined : this.#glued(word.slice(1))) ?? this.#unknown(word, name)
  }

  /** Whether commons-cli would rather end the option before it than take the word for its value. */
  isOption(word: string): boolean {
    if (!word.startsWith('-') || word === '-') return false
    if (JVM.test(word) || word.startsWith('-D')) return true
    const name = word.replace(/^-+/, '').replace(/=[\s\S]*/, '')
    if (this.#find(name, word.startsWith('--')).length > 0) return true
    return (
      !word.startsWith('--') && (this.#longPrefix(name) !== undefined || this.#letter(name.charAt(0)) !== undefined)
    )
  }

  // All options that a whole name can mean.
  #find(name: string, twoHyphens: boolean): readonly CommandOption[] {
    const short = this.#options.filter((option) => option.short === name)
    if (!twoHyphens && short.length > 0) return short
    const exact = this.#options.filter((option) => option.name === name)
    if (exact.length > 0) return exact
    const begun = name === '' ? [] : this.#options.filter((option) => !option.wrapper && option.name.startsWith(name))
    if (begun.length === 1) return begun
    if (short.length > 0) return short
    const alike = this.#options.filter((option) => name.length > 1 && plain(option.name) === plain(name))
    return alike.length > 0 ? alike : begun
  }

  // -n1 and -namex, and flags of one letter before it.
  #glued(text: string): Read | undefined {
    const prefixed = text.includes('=') ? undefined : this.#longPrefix(text)
    if (prefixed) {
      return { ...NOTHING, kind: 'options', options: [prefixed], value: text.slice(prefixed.name.length) }
    }
    const options: CommandOption[] = []
    for (let i = 0; i < text.length; i++) {
      const option = this.#letter(text.charAt(i))
      if (!option) return undefined
      options.push(option)
      if (option.value !== undefined) {
        return { ...NOTHING, kind: 'options', options, value: i + 1 < text.length ? text.slice(i + 1) : undefined }
      }
    }
    return { ...NOTHING, kind: 'options', options }
  }

  #letter(letter: string): CommandOption | undefined {
    return this.#options.find((option) => !option.wrapper && letter !== '' && option.short === letter)
  }

  #longPrefix(text: string): CommandOption | undefined {
    const fits = (option: CommandOption) =>
      !option.wrapper && option.value !== undefined && text.length > option.name.length && text.startsWith(option.name)
    return this.#options.filter(fits).sort((a, b) => b.name.length - a.name.length)[0]
  }

  #unknown(word: string, name: string): Read {
    const near =
      name.length > 2
        ? nearest(
            name,
            this.#options.map((option) => option.name),
          )
        : undefined
    // Without what follows `=`, which may be a password.
    return wrong(
      `Unrecognized option: ${word.replace(/=[\s\S]*/, '')}${near && near !== name ? `. Did you mean --${near}?` : ''}`,
    )
  }
}

function wrong(problem: string): Read {
  return { ...NOTHING, kind: 'wrong', problem }
}

function quoted(options: readonly CommandOption[]): string {
  return options.map((option) => `'${option.name}'`).join(', ')
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, '')
}
