/** Opens the store on PGlite, in a folder or in memory. */
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'
import { ShiplogError } from '../errors.ts'
import { createEmbedded } from './create-embedded.ts'
import type { Db } from './database.ts'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import { ensureSalt } from './meta.ts'
import { migrationsFolder, runTransaction, type Store, withLocalLock } from './store.ts'

/** 8 MB of buffers: the working set lives in the operating system's cache, and the process stays small. */
export const embeddedParameters = [...PGlite.defaultStartParams, '-c', 'shared_buffers=8MB']

/** Opens the database in the data folder; throws ShiplogError `unavailable` where the folder cannot be used, `conflict` where another process does. */
export async function openEmbedded(dataDir: string | null): Promise<Store> {
  if (dataDir === null) return storeOn(await PGlite.create({ startParams: embeddedParameters }))
  const folder = join(dataDir, 'database')
  let lock: FolderLock | null = null
  try {
    lock = await lockFolder(dataDir)
    await createEmbedded(folder)
    return await storeOn(await PGlite.create({ dataDir: folder, startParams: embeddedParameters }), lock)
  } catch (error) {
    await lock?.release()
    if (error instanceof ShiplogError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new ShiplogError(
      'unavailable',
      `The embedded database in ${folder} cannot be opened: ${reason}. Check that the folder can be written, or name another one with --data.`,
      null,
      { cause: error },
    )
  }
}

/** The store on a PGlite that is open; the store closes it. */
export async function storeOn(client: PGlite, lock: FolderLock | null = null): Promise<Store> {
  const drizzled = drizzle({ client, casing: 'snake_case' })
  await migrate(drizzled, { migrationsFolder })
  const db = drizzled as unknown as Db
  await ensureSalt(db)
  const running = new Set<string>()
  return {
    kind: 'pglite',
    db,
    transaction: (work) => runTransaction(db, work),
    withSourceLock: (sourceId, work) => withLocalLock(running, sourceId, work),
    async announce(url) {
      await lock?.announce(url)
    },
    async close() {
      if (!client.closed) await client.close()
      await lock?.release()
    },
  }
}
