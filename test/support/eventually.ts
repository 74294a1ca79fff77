/** Polls until `check` gives something truthy; a check that throws counts as not yet. Rejects after `timeoutMs`. */
export async function eventually<T>(check: () => T | Promise<T>, what = 'condition', timeoutMs = 10_000): Promise<T> {
  const end = Date.now() + timeoutMs
  for (;;) {
    let last: unknown
    try {
      const value = await check()
      if (value) return value
    } catch (error) {
      last = error
    }
    if (Date.now() > end) throw new Error(`${what} not within ${timeoutMs} ms`, { cause: last })
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
