/** What a check of the installation asks of the data: nothing of it is needed for a number. */
import { sql } from 'drizzle-orm'
import type { Instant, Tier } from '../facts.ts'
import { type Db, recordset, rows } from './database.ts'

/** The database's own clock. */
export async function readDatabaseTime(db: Db): Promise<Instant> {
  const [row] = await rows<{ at: number }>(db, sql`select (extract(epoch from clock_timestamp()) * 1000)::bigint as at`)
  return row?.at ?? 0
}

/** A deployment that enters the numbers, in a service and tier of which several sources report some. */
export interface CountedBeside {
  service: string
  tier: Tier
  source: string
  environment: string
  at: Instant
  /** Its commit, else its version. */
  identity: string | null
}

/** Those since an instant, by service and tier, in the order of time. */
export function readCountedBeside(db: Db, since: Instant): Promise<CountedBeside[]> {
  return rows(
    db,
    sql`with counted as (select service_id, tier, source, environment, at, n, identity from deployments
          where at >= ${since} and tier is not null and apart is null),
        several as (select service_id, tier from counted group by service_id, tier having count(distinct source) > 1)
      select s.key as service, c.tier, c.source, c.environment, c.at, c.identity
      from counted c join several using (service_id, tier) join services s on s.id = c.service_id
      order by s.key collate "C", c.tier, c.at, c.n`,
  )
}

export interface ReportedBy {
  service: string
  environment: string
  tier: Tier | null
  source: string
  deployments: number
  witnesses: number
}

/** Of the named services: how much each source reported since an instant. */
export async function readReportedBy(db: Db, services: string[], since: Instant): Promise<ReportedBy[]> {
  if (services.length === 0) return []
  const named = recordset(
    services.map((key) => ({ key })),
    'key text',
  )
  return rows(
    db,
    sql`select s.key as service, d.environment, d.tier, d.source, count(*)::int as deployments,
        (count(*) filter (where d.apart = 'witness'))::int as witnesses
      from ${named} join services s on s.key = t.key join deployments d on d.service_id = s.id and d.at >= ${since}
      group by s.key, d.environment, d.tier, d.source
      order by s.key collate "C", d.environment collate "C", d.source collate "C"`,
  )
}

export interface AheadOfTime {
  source: string
  kind: 'deployments' | 'incidents'
  count: number
  latest: Instant
}

/** Facts of times after the instant, by source. */
export function readAheadOfTime(db: Db, after: Instant): Promise<AheadOfTime[]> {
  return rows(
    db,
    sql`select source, 'deployments' as kind, count(*)::int as count, max(at) as latest from deployments where at > ${after} group by source
      union all
      select source, 'incidents', count(distinct id)::int, max(opened_at) from incidents where opened_at > ${after} group by source
      order by source, kind`,
  )
}

/** How many incidents since an instant belong to no service, by source. */
export function readWithoutService(db: Db, since: Instant): Promise<{ source: string; incidents: number }[]> {
  return rows(
    db,
    sql`select source, count(*)::int as incidents from incidents where service_id = 0 and opened_at >= ${since}
      group by source order by source collate "C"`,
  )
}

export interface Waiting {
  source: string
  /** When the oldest delivery came that is still to be read. */
  since: Instant
}

export function readWaitingDeliveries(db: Db): Promise<Waiting[]> {
  return rows(
    db,
    sql`select source, min(received_at) as since from inbox where done_at is null and next_attempt_at is not null
      group by source order by source collate "C"`,
  )
}
