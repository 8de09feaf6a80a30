/** What an ETag rests on. */
import { sql } from 'drizzle-orm'
import type { Instant } from '../facts.ts'
import { type Db, rows } from './database.ts'

export interface Revision {
  /** Counts the transactions that changed anything. */
  revision: number
  /** Newest successful collection or write of any source. */
  asOf: Instant | null
}

export async function readRevision(db: Db): Promise<Revision> {
  const [row] = await rows<Revision>(db, sql`select revision, as_of as "asOf" from meta`)
  return row ?? { revision: 0, asOf: null }
}
