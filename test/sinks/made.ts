// Components as an agent makes them, out of the texts of a configuration file.
import { instantiate } from '../../src/agent/instantiate.ts'
import type { ContextOf, InstanceOf, Kind } from '../../src/component.ts'
import type { Planned } from '../../src/config/planned.ts'
import type { Problem } from '../../src/config/problem.ts'
import { Reader } from '../../src/config/read-options.ts'
import type { ComponentSettings } from '../../src/config/settings.ts'
import { Definitions } from '../../src/registry.ts'

type Texts = Readonly<Record<string, string | number>>

/** The component with these options; throws when it cannot be planned. `nested` are types of components inside it. */
export async function made<K extends Kind>(
  kind: K,
  type: string,
  settings: { readonly texts?: Texts; readonly context: ContextOf<K> },
): Promise<InstanceOf<K>> {
  const { planned, problems } = await plannedFrom(kind, type, settings.texts)
  if (!planned) throw new Error(problems.map((problem) => problem.message).join('\n'))
  return instantiate(planned, settings.context)
}

/** What planning says about these options. */
export async function plannedFrom<K extends Kind>(
  kind: K,
  type: string,
  texts: Texts = {},
): Promise<{ readonly planned: Planned<K> | undefined; readonly problems: readonly Problem[] }> {
  const definitions = new Definitions()
  await definitions.load(kind, type)
  for (const serializer of ['TEXT', ...Object.values(texts).map(String)]) {
    await definitions.load('serializer', serializer)
  }
  const reader = new Reader(definitions)
  const place = { prefix: `a1.x.x1`, title: `${kind} x1`, name: 'x1', near: undefined }
  const definition = reader.definition(kind, type, 'a1.x.x1.type', place)
  const properties: ComponentSettings = new Map(
    Object.entries(texts).map(([key, value]) => [
      key,
      { key: `a1.x.x1.${key}`, value: String(value), file: 'test.conf', line: 1 },
    ]),
  )
  const planned = definition && reader.component(definition, properties, place)
  return { planned, problems: reader.problems }
}
