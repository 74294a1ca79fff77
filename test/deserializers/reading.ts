// Reads files through a deserializer, as a source does.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Deserializer, DeserializerContext, Event } from '../../src/component.ts'
import { contextFor, type RecordingLog } from '../support/context.ts'

export type Place = Partial<Omit<DeserializerContext, 'log'>>

/** Writes a file into a folder of its own. */
export function fileOf(content: string | Uint8Array, name = 'x.log'): string {
  const path = join(mkdtempSync(join(tmpdir(), 'deserializer-')), name)
  writeFileSync(path, content)
  return path
}

export function contextOf(path: string, place: Place = {}): DeserializerContext & { log: RecordingLog } {
  return {
    ...contextFor('source'),
    path,
    position: 0,
    inputCharset: 'UTF-8',
    decodeErrorPolicy: 'FAIL',
    ...place,
  }
}

/** All events, with the position after each read. */
export async function readAll(reader: Deserializer, max = 100): Promise<{ events: Event[]; positions: number[] }> {
  const events: Event[] = []
  const positions: number[] = []
  for (;;) {
    const batch = await reader.read(max)
    if (batch.length === 0) break
    if (batch.length > max) throw new Error(`${batch.length} events where ${max} were asked for`)
    events.push(...batch)
    positions.push(reader.position)
  }
  await reader.close()
  return { events, positions }
}
