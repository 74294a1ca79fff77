// Starts components again and again until they can run (Flume 1.11, LifecycleSupervisor: every 3 s, for ever), so that a
// source whose port is taken starts by itself once the port is free.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Lifecycle } from '../component.ts'
import { reasonOf } from '../errors.ts'
import type { Log } from '../log.ts'
import { Complaint } from './complaint.ts'

const RETRY_MS = 3000

/**
 * Resolves after the first attempt; `started` is called when an attempt succeeds, now or later. Aborting `signal` ends
 * the attempts.
 */
export async function startSupervised(
  component: Lifecycle,
  what: { readonly title: string; readonly log: Log },
  signal: AbortSignal,
  started: () => void,
): Promise<void> {
  const complaint = new Complaint(what.log)
  const attempt = async (): Promise<boolean> => {
    try {
      await component.start?.()
    } catch (error) {
      complaint.say(`Unable to start ${what.title}, trying again every 3 s: ${reasonOf(error)}`)
      return false
    }
    if (!signal.aborted) started()
    return true
  }
  if (await attempt()) return
  const retry = async () => {
    do await sleep(RETRY_MS, undefined, { signal })
    while (!(await attempt()))
    what.log.info(`Started ${what.title}.`)
  }
  retry().catch(() => {})
}
