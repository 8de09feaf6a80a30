/** Derives everything anew from the facts. */
import type { Db } from '../store/database.ts'
import { clearDerived } from '../store/derived.ts'
import { correctNames } from '../store/fact-names.ts'
import { readFactPages, servicesOfRepositories } from '../store/facts.ts'
import { writeRules } from '../store/meta.ts'
import { allRepositories } from '../store/repositories.ts'
import { readRevision } from '../store/revision.ts'
import { allServices, type ServiceKey, stampServices } from '../store/services.ts'
import type { Store } from '../store/store.ts'
import { deriveServices, inGroups } from './derive-services.ts'
import { graphsOf } from './graphs.ts'
import { inTurn, outOfTurn } from './in-turn.ts'
import type { ChangeContext } from './ingest.ts'
import { rebuildTallies } from './rebuild-tallies.ts'
import { rulesOf } from './rules.ts'
import { namesOf } from './save-facts.ts'
import { patchBlocks } from './settle.ts'
import { fileUnassigned } from './unassigned.ts'

/** A few services at a time, each in one transaction; the result is the same as what was derived as the facts came. */
export async function rebuild(store: Store, context: ChangeContext): Promise<{ services: number }> {
  graphsOf(store).forget()
  await inTurn(store, async (tx) => {
    for (const kind of ['deployment', 'incident'] as const) {
      for await (const page of readFactPages(tx, kind)) {
        await correctNames(
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
    const { written } = await deriveServices(tx, ids, { ...context, graphs: graphsOf(store) })
    await patchBlocks(tx, written, context.config)
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
    await stampServices(
      tx,
      services.map(({ id }) => id),
      (await readRevision(tx)).revision + 1,
    )
    await rebuildTallies(tx, context.config, context.now)
    // Written last: one that is cut short is begun again by the next start.
    await writeRules(tx, rulesOf(context.config))
  })
  return { services: services.length }
}
