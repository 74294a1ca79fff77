// Dates by the pattern letters of java.text.SimpleDateFormat, as commons-text's `${date:pattern}` prints them (that is,
// with commons-lang's FastDateFormat): local time, English names, weeks as in the United States.

type Part = (date: Date, width: number) => string

const TOKEN = /''|'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'/g
const WEEK_DAYS = 7
const DAY_MS = 86_400_000

const PARTS: Readonly<Record<string, Part>> = {
  G: (date) => (date.getFullYear() > 0 ? 'AD' : 'BC'),
  y: (date, width) => year(date.getFullYear(), width),
  Y: (date, width) => year(weekYear(date), width),
  M: (date, width) =>
    width < 3 ? padded(date.getMonth() + 1, width) : named(date, { month: width === 3 ? 'short' : 'long' }),
  d: (date, width) => padded(date.getDate(), width),
  D: (date, width) => padded(dayOfYear(date), width),
  E: (date, width) => named(date, { weekday: width < 4 ? 'short' : 'long' }),
  u: (date, width) => padded(date.getDay() || WEEK_DAYS, width),
  F: (date, width) => padded(Math.floor((date.getDate() - 1) / WEEK_DAYS) + 1, width),
  w: (date, width) => padded(weekOfYear(date), width),
  W: (date, width) => padded(weekAt(date.getDate(), date), width),
  a: (date) => (date.getHours() < 12 ? 'AM' : 'PM'),
  H: (date, width) => padded(date.getHours(), width),
  k: (date, width) => padded(date.getHours() || 24, width),
  K: (date, width) => padded(date.getHours() % 12, width),
  h: (date, width) => padded(date.getHours() % 12 || 12, width),
  m: (date, width) => padded(date.getMinutes(), width),
  s: (date, width) => padded(date.getSeconds(), width),
  S: (date, width) => padded(date.getMilliseconds(), width),
  z: zoneName,
  Z: (date, width) => (width === 2 ? isoOffset(date, 3) : offset(date, width === 1 ? '' : ':')),
  X: isoOffset,
}

/** The date as text, or undefined when the pattern has a letter that means nothing or a quote without its end. */
export function formatDate(pattern: string, date: Date): string | undefined {
  let text = ''
  for (const [token, quoted, letter] of pattern.matchAll(TOKEN)) {
    if (letter !== undefined) {
      const part = PARTS[letter]
      if (part === undefined || (letter === 'X' && token.length > 3)) return undefined
      text += part(date, token.length)
    } else if (token === "'") return undefined
    else text += (quoted ?? token).replaceAll("''", "'")
  }
  return text
}

function padded(value: number, width: number): string {
  return String(value).padStart(width, '0')
}

function year(value: number, width: number): string {
  return width === 2 ? padded(value % 100, 2) : padded(value, Math.max(width, 4))
}

function named(date: Date, format: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat('en-US', format).format(date)
}

function zoneName(date: Date, width: number): string {
  const format = new Intl.DateTimeFormat('en-US', { timeZoneName: width < 4 ? 'short' : 'long' })
  return format.formatToParts(date).find((part) => part.type === 'timeZoneName')?.value ?? ''
}

function dayOfYear(date: Date): number {
  const at = (monthIndex: number, day: number) => Date.UTC(date.getFullYear(), monthIndex, day)
  return (at(date.getMonth(), date.getDate()) - at(0, 1)) / DAY_MS + 1
}

// Which week, from 1, the day is in when a week begins on Sunday and the first day of the count is in week 1.
function weekAt(day: number, date: Date): number {
  const weekdayOfFirst = (((date.getDay() - (day - 1)) % WEEK_DAYS) + WEEK_DAYS) % WEEK_DAYS
  return Math.floor((day - 1 + weekdayOfFirst) / WEEK_DAYS) + 1
}

// The Saturday of the week: its year is the year to which the week belongs.
function weekYear(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 6 - date.getDay()).getFullYear()
}

function weekOfYear(date: Date): number {
  return weekYear(date) > date.getFullYear() ? 1 : weekAt(dayOfYear(date), date)
}

function offset(date: Date, colon: string): string {
  const minutes = -date.getTimezoneOffset()
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${padded(Math.floor(size / 60), 2)}${colon}${padded(size % 60, 2)}`
}

function isoOffset(date: Date, width: number): string {
  if (date.getTimezoneOffset() === 0) return 'Z'
  const whole = offset(date, width === 3 ? ':' : '')
  return width === 1 ? whole.slice(0, 3) : whole
}
