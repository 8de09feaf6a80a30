/** How many facts of each kind a source gave that stand. */
import { sql } from 'drizzle-orm'
import { type Db, rows } from './database.ts'

/** By source, then by kind: deployments, changes, incidents, commits; kinds without a fact are missing. */
export async function readFactCounts(db: Db): Promise<Map<string, Record<string, number>>> {
  const read = await rows<{ source: string; kind: string; count: number }>(
    db,
    sql`select source, kind, count(*)::int as count from facts where not withdrawn and kind <> 'commit' group by source, kind
      union all select source, 'commit', count(*)::int from commits where not withdrawn group by source`,
  )
  const counts = new Map<string, Record<string, number>>()
  for (const { source, kind, count } of read) counts.set(source, { ...counts.get(source), [`${kind}s`]: count })
  return counts
}
