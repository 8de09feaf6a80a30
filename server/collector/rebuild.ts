/** Derives everything anew from the facts. */
import { clearDerived } from '../store/derived.ts'
import { writeNames } from '../store/fact-names.ts'
import { readFactPages } from '../store/facts.ts'
import { readRevision } from '../store/revision.ts'
import { allServices, stampServices } from '../store/services.ts'
import type { Store } from '../store/store.ts'
import { deriveServices } from './derive-services.ts'
import { graphsOf } from './graphs.ts'
import { inTurn } from './in-turn.ts'
import type { ChangeContext } from './ingest.ts'
import { rebuildTallies } from './rebuild-tallies.ts'
import { namesOf } from './save-facts.ts'
import { patchBlocks } from './settle.ts'
import { fileUnassigned } from './unassigned.ts'

/** Service by service, each in one transaction; the result is the same as what was derived as the facts came. */
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
    await clearDerived(tx, 0)
  })
  const services = await allServices(store.db)
  for (const { id } of services) {
    await inTurn(store, async (tx) => {
      await clearDerived(tx, id)
      const { written } = await deriveServices(tx, [id], { ...context, graphs: graphsOf(store) })
      await patchBlocks(tx, written, context.config)
    })
  }
  await inTurn(store, async (tx) => {
    for await (const page of readFactPages(tx, 'incident')) await fileUnassigned(tx, page, context.config)
    await stampServices(
      tx,
      services.map(({ id }) => id),
      (await readRevision(tx)).revision + 1,
    )
    await rebuildTallies(tx, context.config, context.now)
  })
  return { services: services.length }
}
