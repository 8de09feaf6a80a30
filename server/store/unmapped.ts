/** Deployments to environments that no rule maps to a tier: listed, in no metric. */
import { sql } from 'drizzle-orm'
import type { Instant } from '../facts.ts'
import { type Db, rows } from './database.ts'
import { type EvidenceQuestion, windowSet, windows } from './page.ts'

const mostOfSource = 50

export interface Unmapped {
  environment: string
  deployments: number
}

/** Those since an instant, by source, the most frequent first; of each source the first fifty. */
export async function readUnmappedOfSources(db: Db, since: Instant): Promise<Map<string, Unmapped[]>> {
  const read = await rows<Unmapped & { source: string }>(
    db,
    sql`select source, environment, deployments from (
        select source, environment, count(*)::int as deployments,
          row_number() over (partition by source order by count(*) desc, environment collate "C") as place
        from deployments where tier is null and at >= ${since} group by source, environment) counted
      where place <= ${mostOfSource} order by source collate "C", place`,
  )
  const bySource = new Map<string, Unmapped[]>()
  for (const { source, ...unmapped } of read) bySource.set(source, [...(bySource.get(source) ?? []), unmapped])
  return bySource
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
