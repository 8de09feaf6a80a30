/** Which deployments happened in a window. */
import { sql } from 'drizzle-orm'
import type { Ref } from '../facts.ts'
import type { LinkedDeployment } from '../linked.ts'
import { type Db, rows } from './database.ts'
import { type EvidenceQuestion, inEnvironment, limitTo, type Page, page, positionOf, windowSet, windows } from './page.ts'

/** Those that finished (running: started) in the window, newest first. */
export async function readDeployments(db: Db, question: EvidenceQuestion): Promise<Page<LinkedDeployment>> {
  const found = await windows(db, question)
  if (found.length === 0) return { rows: [], next: null }
  const after = question.after ? positionOf(question.after, 'instant', 'number') : null
  const read = await rows<{ at: number; n: number; body: string }>(
    db,
    sql`select d.at, d.n, d.body from ${windowSet(found)} join deployments d on d.service_id = t.s and d.at >= t.f and d.at < t.t
      where ${inEnvironment(question.environment)} ${after ? sql`and (d.at, d.n) < (${after[0]}::bigint, ${after[1]}::int)` : sql``}
      order by d.at desc, d.n desc ${limitTo(question.limit)}`,
  )
  return page(
    read,
    question.limit,
    (row) => JSON.parse(row.body) as LinkedDeployment,
    (row) => [row.at, row.n],
  )
}

/** One deployment by its source and the source's id, or null. */
export async function readDeployment(db: Db, ref: Ref): Promise<LinkedDeployment | null> {
  const [row] = await rows<{ body: string }>(
    db,
    sql`select d.body from facts f join deployments d on d.service_id = f.service_id and d.source = f.source and d.id = f.id
      where f.kind = 'deployment' and f.source = ${ref.source} and f.id = ${ref.id}`,
  )
  return row ? (JSON.parse(row.body) as LinkedDeployment) : null
}
