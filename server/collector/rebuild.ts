/** Derives everything anew from the facts. */
import { clearDerived } from '../store/derived.ts'
import { writeNames } from '../store/fact-names.ts'
import { readFactPages } from '../store/facts.ts'
import { bumpRevision } from '../store/meta.ts'
import { allServices } from '../store/services.ts'
import type { Store } from '../store/store.ts'
import { deriveServices, inGroups } from './derive-services.ts'
import { graphsOf } from './graphs.ts'
import { inTurn } from './in-turn.ts'
import type { ChangeContext } from './ingest.ts'
import { namesOf } from './save-facts.ts'
import { fileUnassigned } from './unassigned.ts'

/** A few services at a time, each in one transaction; the result is the same as what was derived as the facts came. */
export async function rebuild(store: Store, context: ChangeContext): Promise<{ services: number }> {
  graphsOf(store).forget()
  await inTurn(store, async (tx) => {
    for (const kind of ['deployment', 'incident'] as const) {
      for await (const page of readFactPages(tx, kind)) {
        await writeNames(
          tx,
          page.map((row) => ({ kind, source: row.source, id: row.id, names: namesOf(row, context.config) })),
        )
      }
    }
    await clearDerived(tx, [0])
  })
  const services = await allServices(store.db)
  for (const group of await inGroups(store.db, services)) {
    const ids = group.map(({ id }) => id)
    await inTurn(store, async (tx) => {
      await clearDerived(tx, ids)
      await deriveServices(tx, ids, { ...context, graphs: graphsOf(store) })
    })
  }
  await inTurn(store, async (tx) => {
    for await (const page of readFactPages(tx, 'incident')) await fileUnassigned(tx, page, context.config)
    await bumpRevision(tx, context.now)
  })
  return { services: services.length }
}
