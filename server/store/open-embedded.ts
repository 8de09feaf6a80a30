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

/**
 * Opens the database in the data folder, creating it if need be. Throws ShiplogError `conflict` where another process has it,
 * `unavailable` where the folder cannot be used.
 */
export async function openEmbedded(dataDir: string | null): Promise<Store> {
  if (dataDir === null) return storeOn(await PGlite.create({ startParams: embeddedParameters }))
  const folder = join(dataDir, 'database')
  const lock = await withAdvice(folder, () => lockFolder(dataDir))
  try {
    await withAdvice(folder, () => createEmbedded(folder))
    const client = await withAdvice(folder, () => PGlite.create({ dataDir: folder, startParams: embeddedParameters }))
    return await storeOn(client, lock)
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** The store on a PGlite that is open; the store closes it, then releases the lock. */
export async function storeOn(client: PGlite, lock: FolderLock | null = null): Promise<Store> {
  const drizzled = drizzle({ client, casing: 'snake_case' })
  const db = drizzled as unknown as Db
  try {
    await migrate(drizzled, { migrationsFolder })
    await ensureSalt(db)
  } catch (error) {
    await client.close()
    throw error
  }
  const running = new Set<string>()
  return {
    kind: 'pglite',
    db,
    transaction: (work) => runTransaction(db, work),
    withSourceLock: (sourceId, work) => withLocalLock(running, sourceId, work),
    announce: async (url) => lock?.announce(url),
    async close() {
      if (!client.closed) await client.close()
      await lock?.release()
    },
  }
}

async function withAdvice<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof ShiplogError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ShiplogError(
      'unavailable',
      `The embedded database in ${folder} cannot be opened: ${reason}. Check that the folder can be written and its disk is sound, or name another folder with --data.`,
      null,
      { cause },
    )
  }
}
