/** Rows of incidents: of a service, or of none. */
import { sql } from 'drizzle-orm'
import type { Instant, Ref } from '../facts.ts'
import type { LinkedIncident } from '../linked.ts'
import { incidentEnd } from '../metrics/incident-restore.ts'
import { chunks, type Db, intList, recordset, rows } from './database.ts'
import { digestOf } from './digest.ts'

/** When an incident lasted; until null it still does. */
export interface IncidentTimes {
  openedAt: Instant
  endedAt: Instant | null
}

export interface StoredIncident extends Ref, IncidentTimes {
  /** Another service may have a row of it. */
  isShared: boolean
  digest: string
}

export interface IncidentRow extends StoredIncident {
  serviceId: number
  body: string
}

export const storedIncidentColumns = sql`source, id, opened_at as "openedAt", ended_at as "endedAt", is_shared as "isShared", digest`

/** Those of the incidents that are listed with one of the services. */
export async function incidentsListed(db: Db, serviceIds: Iterable<number>, refs: Ref[]): Promise<Ref[]> {
  const ids = [...serviceIds]
  if (ids.length === 0 || refs.length === 0) return []
  return rows(
    db,
    sql`select distinct i.source, i.id from ${recordset(
      refs.map(({ source, id }) => ({ source, id })),
      'source text, id text',
    )} join incidents i on i.source = t.source and i.id = t.id where i.service_id = any(${intList(ids)})`,
  )
}

/** Lists incidents as of no service, and takes others off that list. */
export async function writeUnassigned(tx: Db, listed: LinkedIncident[], gone: Ref[]): Promise<void> {
  await deleteIncidents(
    tx,
    gone.map(({ source, id }) => ({ serviceId: 0, source, id })),
  )
  await upsertIncidents(
    tx,
    listed.map((incident) => incidentRow(0, incident, true)),
  )
}

export function incidentRow(serviceId: number, incident: LinkedIncident, isShared: boolean): IncidentRow {
  const { source, id, openedAt } = incident
  const body = JSON.stringify(incident)
  return { serviceId, source, id, openedAt, endedAt: incidentEnd(incident), isShared, digest: digestOf(body), body }
}

export async function deleteIncidents(tx: Db, gone: (Ref & { serviceId: number })[]): Promise<void> {
  if (gone.length === 0) return
  await rows(
    tx,
    sql`delete from incidents i using ${recordset(gone, '"serviceId" int, source text, id text')}
      where i.service_id = t."serviceId" and i.source = t.source and i.id = t.id`,
  )
}

export async function upsertIncidents(tx: Db, written: IncidentRow[]): Promise<void> {
  for (const chunk of chunks(written)) {
    await rows(
      tx,
      sql`insert into incidents (service_id, source, id, opened_at, ended_at, is_shared, digest, body)
        select "serviceId", source, id, "openedAt", "endedAt", "isShared", digest, body from ${recordset(
          chunk,
          '"serviceId" int, source text, id text, "openedAt" bigint, "endedAt" bigint, "isShared" boolean, digest text, body text',
        )}
        on conflict (service_id, source, id) do update set opened_at = excluded.opened_at, ended_at = excluded.ended_at,
          is_shared = excluded.is_shared, digest = excluded.digest, body = excluded.body`,
    )
  }
}
