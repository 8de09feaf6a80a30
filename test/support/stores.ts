/** Stores for tests, of either kind, empty at the start of each test; and a configuration to go with them. */
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { graphsOf } from '../../server/collector/graphs.ts'
import type { Config } from '../../server/config.ts'
import { defineMetrics } from '../../server/definition.ts'
import { rows } from '../../server/store/database.ts'
import { openStore, type Store } from '../../server/store/open.ts'
import { forgetServices } from '../../server/store/services.ts'
import { forgetTallies } from '../../server/store/tally-cache.ts'
import { openPlaces, type Places, type StoreKind } from './places.ts'

const tables = [
  'facts',
  'awaited',
  'fact_names',
  'services',
  'identities',
  'repositories',
  'commits',
  'deployments',
  'changes',
  'incidents',
  'verdicts',
  'sources',
  'runs',
  'reports',
  'inbox',
  'blocks',
  'tallies',
  'overlapping_services',
]

/** Opens one store for the tests of the enclosing block. */
export function testStore(kind: StoreKind): () => Store {
  let places: Places | undefined
  let store: Store | undefined
  beforeAll(async () => {
    places = await openPlaces(kind)
    store = await openStore(await places.next())
  })
  beforeEach(async () => {
    if (store) await emptyStore(store)
  })
  afterAll(async () => {
    await store?.close()
    await places?.end()
  })
  return () => {
    if (!store) throw new Error('the store is open only while tests run')
    return store
  }
}

export async function emptyStore(store: Store): Promise<void> {
  const { db } = store
  graphsOf(store).forget()
  forgetServices(db)
  forgetTallies(db)
  await rows(db, sql.raw(`truncate ${tables.join(', ')} restart identity`))
  await rows(db, sql`update meta set revision = 0, as_of = null, rules = null, catalogue = null`)
}

export function configOf(parts: Partial<Config> = {}): Config {
  return { timeZone: 'UTC', definition: defineMetrics(), sources: [], services: [], teams: [], demo: false, file: null, ...parts }
}
