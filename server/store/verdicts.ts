/** What people said of deployments: a history that is only ever added to. */
import { sql } from 'drizzle-orm'
import type { Ref, Verdict } from '../facts.ts'
import { type Db, intList, recordset, rows } from './database.ts'

const columns = sql`source, id, verdict, by, at, note, recovered_at as "recoveredAt"`

export async function appendVerdict(db: Db, verdict: Verdict): Promise<void> {
  await appendVerdicts(db, [verdict])
}

export async function appendVerdicts(db: Db, verdicts: Verdict[]): Promise<void> {
  await rows(
    db,
    sql`insert into verdicts (source, id, verdict, by, at, note, recovered_at)
      select source, id, verdict, by, at, note, "recoveredAt"
      from ${recordset(verdicts, 'source text, id text, verdict text, by text, at bigint, note text, "recoveredAt" bigint')}`,
  )
}

/** The history of one deployment, newest first. */
export async function readVerdicts(db: Db, ref: Ref): Promise<Verdict[]> {
  return rows<Verdict>(db, sql`select ${columns} from verdicts where source = ${ref.source} and id = ${ref.id} order by n desc`)
}

export async function hasVerdicts(db: Db): Promise<boolean> {
  return (await rows(db, sql`select 1 from verdicts limit 1`)).length > 0
}

/** The newest word on each deployment of the services; withdrawn ones are left out. */
export async function standingVerdicts(db: Db, serviceIds: number[]): Promise<(Verdict & { serviceId: number })[]> {
  if (serviceIds.length === 0) return []
  const newest = await rows<Verdict & { serviceId: number }>(
    db,
    sql`select distinct on (v.source, v.id) v.source, v.id, v.verdict, v.by, v.at, v.note, v.recovered_at as "recoveredAt",
        f.service_id as "serviceId"
      from verdicts v join facts f on f.kind = 'deployment' and f.source = v.source and f.id = v.id
      where f.service_id = any(${intList(serviceIds)}) order by v.source, v.id, v.n desc`,
  )
  return newest.filter((verdict) => verdict.verdict !== 'withdrawn')
}

/** The newest word, withdrawn or not, on each deployment that is filed under a service, or on what `ID:SERVICE` names of it. */
export async function sharedVerdicts(db: Db, serviceId: number): Promise<Verdict[]> {
  return rows<Verdict>(
    db,
    sql`select distinct on (v.source, v.id) v.source, v.id, v.verdict, v.by, v.at, v.note, v.recovered_at as "recoveredAt"
      from verdicts v join facts f on f.kind = 'deployment' and f.source = v.source and f.id in (v.id, regexp_replace(v.id, ':[^:]*$', ''))
      where f.service_id = ${serviceId} order by v.source, v.id, v.n desc`,
  )
}
