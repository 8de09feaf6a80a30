/** Opens the store: PostgreSQL by its URL, else PGlite in a folder; migrations are applied by whichever process comes first. */
import type { Store } from './store.ts'

export type { Store } from './store.ts'

export interface StoreLocation {
  databaseUrl: string | null
  /** The data folder; null with neither: a database in memory. */
  dataDir: string | null
}

/** Opens and migrates the store; throws ShiplogError `unavailable` with what to do. Only the driver that is needed is loaded. */
export async function openStore({ databaseUrl, dataDir }: StoreLocation): Promise<Store> {
  if (databaseUrl !== null) return (await import('./open-postgres.ts')).openPostgres(databaseUrl)
  return (await import('./open-embedded.ts')).openEmbedded(dataDir)
}
