// The blocks that Spark's pprint prints in Python, and how an element looks in them: as `print` shows it there. Texts stand
// as they are; arrays look like tuples, ('a', 1); an event like the (headers, body) of Spark's Flume stream. What has no
// counterpart is shown as JavaScript shows it (true, null, { a: 1 }).
import { isUtf8 } from 'node:buffer'
import { inspect } from 'node:util'

const ALL = Number.POSITIVE_INFINITY
const WHOLE = { breakLength: ALL, compact: true, depth: 4, maxArrayLength: ALL, maxStringLength: ALL } as const
const RULE = '-------------------------------------------'

/** The block of one batch: the first `num` elements, then `...` if there are more, then an empty line. */
export function printBlock(timeMs: number, elements: readonly unknown[], num: number): string {
  const lines = [RULE, `Time: ${localTime(timeMs)}`, RULE, ...elements.slice(0, num).map(printElement)]
  if (elements.length > num) lines.push('...')
  return `${lines.join('\n')}\n\n`
}

/** As Python prints a datetime: local time, with microseconds only when there are any. */
export function localTime(timeMs: number): string {
  const at = new Date(timeMs)
  const two = (number: number) => String(number).padStart(2, '0')
  const day = `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  const ms = at.getMilliseconds()
  const fraction = ms === 0 ? '' : `.${String(ms).padStart(3, '0')}000`
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}${fraction}`
}

/** One element on a line of its own. */
export function printElement(element: unknown): string {
  if (typeof element === 'string') return element
  return Buffer.isBuffer(element) ? printText(element) : printInner(element)
}

/** Bytes as text: UTF-8 with control characters escaped; what is not UTF-8 has every byte beyond ASCII escaped. */
export function printText(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8').replace(/(?!\t)\p{Cc}/gu, escapeCharacter)
  return bytes.toString('latin1').replace(/[^\t\x20-\x7e]/g, escapeCharacter)
}

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n'
  if (character === '\r') return '\\r'
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}

function printInner(value: unknown): string {
  if (Array.isArray(value)) return `(${value.map(printInner).join(', ')}${value.length === 1 ? ',' : ''})`
  if (Buffer.isBuffer(value)) return isUtf8(value) ? inspect(value.toString('utf8'), WHOLE) : `'${printText(value)}'`
  if (isEvent(value)) return `(${printHeaders(value.headers)}, ${printInner(value.body)})`
  return inspect(value, WHOLE)
}

function printHeaders(headers: ReadonlyMap<unknown, unknown>): string {
  return `{${Array.from(headers, ([name, value]) => `${printInner(name)}: ${printInner(value)}`).join(', ')}}`
}

function isEvent(value: unknown): value is { headers: ReadonlyMap<unknown, unknown>; body: Buffer } {
  if (typeof value !== 'object' || value === null) return false
  const { headers, body } = value as { headers?: unknown; body?: unknown }
  return headers instanceof Map && Buffer.isBuffer(body)
}
