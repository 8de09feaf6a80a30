/** Which incidents opened in a window. */
import { sql } from 'drizzle-orm'
import type { Instant } from '../facts.ts'
import type { LinkedIncident } from '../linked.ts'
import { type Db, rows } from './database.ts'
import { type EvidenceQuestion, windowSet, windows } from './page.ts'

export interface IncidentQuestion extends Omit<EvidenceQuestion, 'environment'> {
  /** Also those that name no service: for the organisation. */
  unassigned?: boolean
}

/** Newest first; an incident of several services has one row for each. */
export async function readIncidents(db: Db, question: IncidentQuestion): Promise<LinkedIncident[]> {
  const found = await windows(db, question)
  if (question.unassigned) found.push({ s: 0, f: question.from, t: question.to })
  if (found.length === 0) return []
  const read = await rows<{ body: string }>(
    db,
    sql`select i.body from ${windowSet(found)} join incidents i on i.service_id = t.s and i.opened_at >= t.f and i.opened_at < t.t
      order by i.opened_at desc, i.service_id desc, i.source desc, i.id desc`,
  )
  return read.map((row) => JSON.parse(row.body) as LinkedIncident)
}

export interface ServiceIncident {
  serviceId: number
  openedAt: Instant
  endedAt: Instant | null
}

/** When every incident lasted that no two services can both list. */
export async function readOwnIncidents(db: Db): Promise<ServiceIncident[]> {
  return rows(
    db,
    sql`select service_id as "serviceId", opened_at as "openedAt", ended_at as "endedAt" from incidents where not is_shared and service_id <> 0`,
  )
}
