/** Opens the store: PostgreSQL by its URL, else PGlite in a folder; migrations are applied by whichever process comes first. */
import { openEmbedded } from './open-embedded.ts'
import { openPostgres } from './open-postgres.ts'
import type { Store } from './store.ts'

export type { Store } from './store.ts'

export interface StoreLocation {
  databaseUrl: string | null
  /** The data folder; null with neither: a database in memory. */
  dataDir: string | null
}

/** Opens and migrates the store; throws ShiplogError `unavailable` with what to do. */
export function openStore(location: StoreLocation): Promise<Store> {
  return location.databaseUrl === null ? openEmbedded(location.dataDir) : openPostgres(location.databaseUrl)
}
