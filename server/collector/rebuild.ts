/** Derives everything anew from the facts. */
import type { Db } from '../store/database.ts'
import { clearDerived } from '../store/derived.ts'
import { writeNames } from '../store/fact-names.ts'
import { readFactPages, servicesOfRepositories } from '../store/facts.ts'
import { bumpRevision } from '../store/meta.ts'
import { allRepositories } from '../store/repositories.ts'
import { allServices, type ServiceKey } from '../store/services.ts'
import type { Store } from '../store/store.ts'
import { deriveServices, inGroups } from './derive-services.ts'
import { graphsOf } from './graphs.ts'
import { inTurn, outOfTurn } from './in-turn.ts'
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
  const withCommits = (await allRepositories(store.db)).flatMap(({ id, size }) => (size > 0 ? id : []))
  const linked = new Set(await servicesOfRepositories(store.db, withCommits))
  const derive = (group: ServiceKey[]) => async (tx: Db) => {
    const ids = group.map(({ id }) => id)
    await clearDerived(tx, ids)
    await deriveServices(tx, ids, { ...context, graphs: graphsOf(store) })
  }
  // One is derived while the database writes another; what graphs are read for has to wait its turn.
  const named = (
    await inGroups(
      store.db,
      services.filter(({ id }) => !linked.has(id)),
    )
  ).values()
  const lane = async (): Promise<void> => {
    for (const group of named) await outOfTurn(store, derive(group))
  }
  // None is left behind in a transaction that the other's fault ends.
  for (const ended of await Promise.allSettled([lane(), lane()])) if (ended.status === 'rejected') throw ended.reason
  for (const group of await inGroups(
    store.db,
    services.filter(({ id }) => linked.has(id)),
  ))
    await inTurn(store, derive(group))
  await inTurn(store, async (tx) => {
    for await (const page of readFactPages(tx, 'incident')) await fileUnassigned(tx, page, context.config)
    await bumpRevision(tx, context.now)
  })
  return { services: services.length }
}
