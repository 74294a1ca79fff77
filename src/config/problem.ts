// What is wrong with a configuration, as data: where, which key, what, what follows from it, and what to do.

export type ProblemCode =
  | 'malformed-key'
  | 'malformed-text'
  | 'unknown-property'
  | 'undeclared-component'
  | 'unknown-channel'
  | 'missing-type'
  | 'missing-channel'
  | 'missing-property'
  | 'missing-settings'
  | 'invalid-value'
  | 'unknown-type'
  | 'duplicate-key'
  | 'duplicate-name'
  | 'deprecated-property'
  | 'batch-over-transaction-capacity'
  | 'dead-end'
  | 'empty-agent'
  | 'group-member'

export interface Problem {
  readonly severity: 'error' | 'warning'
  readonly code: ProblemCode
  readonly file?: string | undefined
  readonly line?: number | undefined
  /** The key as the file has it, or the one that is missing. */
  readonly key: string
  readonly message: string
  /** What is left out because of it, such as `sink k1`. */
  readonly leavesOut?: string | undefined
  readonly hint?: string | undefined
}

/** `conf/web.conf:14  error    a1.sinks.k1.hostname is missing; sink type avro needs it.` */
export function formatProblem(problem: Problem): string {
  const place = problem.file === undefined ? '' : `${problem.file}${problem.line ? `:${problem.line}` : ''}  `
  const hint = problem.hint ? ` ${problem.hint}` : ''
  return `${place}${problem.severity.padEnd(8)} ${problem.message}${hint}`
}

/** `2 errors, 1 warning. Left out: sink k1, source r1. The agent runs with the rest.` */
export function summarise(problems: readonly Problem[], running: boolean): string {
  const errors = problems.filter((problem) => problem.severity === 'error').length
  const out = new Set(problems.map((problem) => problem.leavesOut).filter((name) => name !== undefined))
  const parts = [count(errors, 'error'), count(problems.length - errors, 'warning')].filter((text) => text !== '')
  const left = out.size > 0 ? ` Left out: ${[...out].join(', ')}.` : ''
  return `${parts.join(', ')}.${left}${left && running ? ' The agent runs with the rest.' : ''}`
}

function count(n: number, what: string): string {
  return n === 0 ? '' : `${n} ${what}${n === 1 ? '' : 's'}`
}
