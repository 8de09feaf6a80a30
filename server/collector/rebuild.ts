/** Derives everything anew from the facts. */
import { clearDerived } from '../store/derived.ts'
import { correctNames } from '../store/fact-names.ts'
import { readFactPages, servicesOfRepositories } from '../store/facts.ts'
import { writeRules } from '../store/meta.ts'
import type { StoreLocation } from '../store/open.ts'
import { allRepositories } from '../store/repositories.ts'
import { readRevision } from '../store/revision.ts'
import { allServices, type ServiceKey, stampServices } from '../store/services.ts'
import type { Store } from '../store/store.ts'
import { inGroups } from './derive-services.ts'
import { graphsOf } from './graphs.ts'
import { inLanes } from './in-lanes.ts'
import { inTurn, outOfTurn } from './in-turn.ts'
import type { ChangeContext } from './ingest.ts'
import { rebuildGroup } from './rebuild-group.ts'
import { rebuildTallies } from './rebuild-tallies.ts'
import { startThreads, type Threads } from './rebuild-threads.ts'
import { rulesOf } from './rules.ts'
import { namesOf } from './save-facts.ts'
import { fileUnassigned } from './unassigned.ts'

/**
 * A few services at a time, each in one transaction; the result is the same as what was derived as the facts came. With the place of a
 * PostgreSQL threads of their own derive there.
 */
export async function rebuild(store: Store, context: ChangeContext, place: StoreLocation | null = null): Promise<{ services: number }> {
  const threads = place === null ? null : await startThreads({ place, context })
  try {
    return await rebuildWith(store, context, threads)
  } finally {
    await threads?.end()
  }
}

async function rebuildWith(store: Store, context: ChangeContext, threads: Threads | null): Promise<{ services: number }> {
  graphsOf(store).forget()
  await inTurn(store, async (tx) => {
    for (const kind of ['deployment', 'incident', 'artifact'] as const) {
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
  const groups = (isLinked: boolean) =>
    inGroups(
      store.db,
      services.filter(({ id }) => linked.has(id) === isLinked),
    )
  // One is derived while the database writes another.
  const here = (group: ServiceKey[]) => outOfTurn(store, rebuildGroup(store, group, context))
  await inLanes(await groups(false), threads?.derive ?? [here, here])
  // What graphs are read for has to wait its turn.
  for (const group of await groups(true)) await inTurn(store, rebuildGroup(store, group, context))
  await inTurn(store, async (tx) => {
    for await (const page of readFactPages(tx, 'incident')) await fileUnassigned(tx, page, context.config)
    await stampServices(
      tx,
      services.map(({ id }) => id),
      (await readRevision(tx)).revision + 1,
    )
    await rebuildTallies(tx, context.config, context.now, threads?.sum)
    // Written last: one that is cut short is begun again by the next start.
    await writeRules(tx, rulesOf(context.config))
  })
  return { services: services.length }
}
