/** Which deployments happened in a window. */
import { sql } from 'drizzle-orm'
import type { Instant, Ref } from '../facts.ts'
import type { LinkedDeployment } from '../linked.ts'
import { type Db, rows } from './database.ts'
import { type EvidenceQuestion, inEnvironment, windowSet, windows } from './page.ts'

/** Where a deployment's row stands beside others of the same time. */
export interface NumberedDeployment {
  n: number
  at: Instant
  row: LinkedDeployment
}

/** Those that finished (running: started) in the window, newest first. */
export async function readDeployments(db: Db, question: EvidenceQuestion): Promise<LinkedDeployment[]> {
  return (await readNumberedDeployments(db, question)).map(({ row }) => row)
}

export async function readNumberedDeployments(db: Db, question: EvidenceQuestion): Promise<NumberedDeployment[]> {
  const found = await windows(db, question)
  if (found.length === 0) return []
  const read = await rows<{ at: number; n: number; body: string }>(
    db,
    sql`select d.at, d.n, d.body from ${windowSet(found)} join deployments d on d.service_id = t.s and d.at >= t.f and d.at < t.t
      where ${inEnvironment(question.environment)} order by d.at desc, d.n desc`,
  )
  return read.map(({ at, n, body }) => ({ at, n, row: JSON.parse(body) as LinkedDeployment }))
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
