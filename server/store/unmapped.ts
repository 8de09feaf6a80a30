/** Deployments to environments that no rule maps to a tier: listed, in no metric. */
import { sql } from 'drizzle-orm'
import { type Db, rows } from './database.ts'
import { type EvidenceQuestion, windowSet, windows } from './page.ts'

export interface Unmapped {
  environment: string
  deployments: number
}

/** Those of a window, by environment. */
export async function readUnmapped(db: Db, question: Pick<EvidenceQuestion, 'services' | 'from' | 'to'>): Promise<Unmapped[]> {
  const found = await windows(db, question)
  if (found.length === 0) return []
  return rows<Unmapped>(
    db,
    sql`select d.environment, count(*)::int as deployments from ${windowSet(found)}
      join deployments d on d.service_id = t.s and d.at >= t.f and d.at < t.t
      where d.tier is null group by d.environment order by d.environment collate "C"`,
  )
}
