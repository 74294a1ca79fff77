// Command lines are pasted from slides and web pages, where programs have turned hyphens into dashes, straight quotes
// into curly ones and blanks into ones that do not break. Flume takes such words for values; here they mean what their
// author typed.

const DASH = '\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d'
const OPTION_WORD = new RegExp(`^[-${DASH}]+[A-Za-z][^=]*`)
const ANY_DASH = new RegExp(`[${DASH}]`, 'g')
const INVISIBLE_ENDS = /^[\u00a0\u200b\u2060\ufeff]+|[\u00a0\u200b\u2060\ufeff]+$/g
const CURLY_QUOTED = /^[\u201c\u201d\u201e\u00ab\u2018\u2019\u201a]([\s\S]*)[\u201c\u201d\u00bb\u2018\u2019]$/

/** The word with plain hyphens when it looks like an option; its value, behind `=`, keeps its dashes. */
export function straightWord(word: string): string {
  const bare = withoutCurlyQuotes(word.replace(INVISIBLE_ENDS, ''))
  return bare.replace(OPTION_WORD, (name) => name.replace(ANY_DASH, '-'))
}

/** A value without the curly quotes around it, and without a pair of straight ones, as commons-cli has it. */
export function bareValue(text: string): string {
  const bare = withoutCurlyQuotes(text.replace(INVISIBLE_ENDS, ''))
  const inner = bare.slice(1, -1)
  return bare.length > 1 && bare.startsWith('"') && bare.endsWith('"') && !inner.includes('"') ? inner : bare
}

export function withoutCurlyQuotes(text: string): string {
  return CURLY_QUOTED.exec(text)?.[1] ?? text
}
