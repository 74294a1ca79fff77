// Rules that accept or refuse connections by the peer's address or host name (Flume 1.11, AvroSource's ipFilterRules):
//
//   rules = rule { "," rule }     rule = ("allow" | "deny") ":" ("ip" | "name") ":" pattern
//
// Patterns are globs over the whole text: `*` is any run, `?` one character. The first rule that matches decides; a
// connection that none matches is accepted. `name:localhost` is any loopback address.
import { lookupService } from 'node:dns/promises'
import { isIPv4 } from 'node:net'

export interface IpFilter {
  /** Whether a peer may connect. Its name is looked up only when a name rule has to be asked. */
  accepts(address: string): boolean | Promise<boolean>
}

/** Gives the host name of an address; rejects when it has none. */
export type NameOf = (address: string) => Promise<string>

interface Rule {
  readonly allow: boolean
  readonly by: 'ip' | 'name'
  readonly pattern: string
}

/** Reads rules, or says what is wrong with the first that is malformed. */
export function parseIpFilter(text: string, nameOf: NameOf = systemName): IpFilter | { readonly wrong: string } {
  const rules: Rule[] = []
  for (const part of text.replace(/(,\s*)+$/, '').split(',')) {
    const rule = parseRule(part.trim())
    if (rule === undefined) {
      const shape = "<'allow' or 'deny'>:<'ip' or 'name'>:<pattern>"
      return { wrong: `Invalid ipFilter patternRule '${part.trim()}' should look like ${shape}` }
    }
    rules.push(rule)
  }
  return { accepts: (address) => decide(rules, address, nameOf) }
}

function parseRule(text: string): Rule | undefined {
  const [, access, by, pattern] = /^(allow|deny):(ip|name):(.+)$/.exec(text) ?? []
  if (access === undefined || by === undefined || pattern === undefined) return undefined
  return { allow: access === 'allow', by: by === 'ip' ? 'ip' : 'name', pattern }
}

// Each star is widened only as far as needed, and never again once a later one is reached, so that time stays bounded
// by pattern times text; a regular expression of many stars would take for ever.
function matches(pattern: string, text: string): boolean {
  let at = 0
  let star = -1
  let resume = 0
  let place = 0
  while (place < text.length) {
    if (pattern[at] === '*') {
      star = at++
      resume = place
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[place])) {
      at++
      place++
    } else if (star >= 0) {
      at = star + 1
      place = ++resume
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}

function decide(rules: readonly Rule[], address: string, nameOf: NameOf): boolean | Promise<boolean> {
  for (const [index, rule] of rules.entries()) {
    const certain = withoutName(rule, address)
    if (certain === undefined) return decideByName(rules.slice(index), address, nameOf)
    if (certain) return rule.allow
  }
  return true
}

// What can be said without asking for the host name; undefined when that has to be asked.
function withoutName(rule: Rule, address: string): boolean | undefined {
  if (rule.by === 'ip') return matches(rule.pattern, address)
  if (rule.pattern === 'localhost') return isLoopback(address)
  return rule.pattern === '*' ? true : undefined
}

async function decideByName(rules: readonly Rule[], address: string, nameOf: NameOf): Promise<boolean> {
  // An address without a name is matched by its text, as Java names it.
  const name = await nameOf(address).catch(() => address)
  const rule = rules.find((each) => withoutName(each, address) ?? matches(each.pattern, name))
  return rule?.allow ?? true
}

function isLoopback(address: string): boolean {
  return address === '::1' || (isIPv4(address) && address.startsWith('127.'))
}

async function systemName(address: string): Promise<string> {
  return (await lookupService(address, 0)).hostname
}
