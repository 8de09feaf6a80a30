/** What an open store is, and what its two kinds share. */
import { fileURLToPath } from 'node:url'
import type { Db } from './database.ts'
import { driverError } from './database.ts'

export interface Store {
  kind: 'pglite' | 'postgres'
  db: Db
  /** One transaction; what the work throws rolls it back. Inside it only `tx` may be asked. */
  transaction<T>(work: (tx: Db) => Promise<T>): Promise<T>
  /** Runs the work while no other process collects this source; null: another one does. */
  withSourceLock<T>(sourceId: string, work: () => Promise<T>): Promise<T | null>
  /** Tells other processes where the server of this embedded folder listens; nothing on PostgreSQL. */
  announce(url: string): Promise<void>
  /** Ends every connection; may be called again. */
  close(): Promise<void>
}

export const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url))

export async function runTransaction<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  try {
    return await db.transaction((tx) => work(tx as unknown as Db))
  } catch (error) {
    throw driverError(error)
  }
}

/** Holds the name in this process while the work runs. */
export async function withLocalLock<T>(running: Set<string>, name: string, work: () => Promise<T>): Promise<T | null> {
  if (running.has(name)) return null
  running.add(name)
  try {
    return await work()
  } finally {
    running.delete(name)
  }
}
