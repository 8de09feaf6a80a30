/** The few rows that carry most of what a window shows: its longest changes, its largest deliveries, its failed deployments. */
import { type SQL, sql } from 'drizzle-orm'
import type { Instant } from '../facts.ts'
import type { LinkedDeployment } from '../linked.ts'
import { type Delivery, named } from '../metrics/explain/backlog-releases.ts'
import type { LongChange } from '../metrics/explain/carrying-changes.ts'
import { type Db, recordset, rows, textList } from './database.ts'
import { inEnvironment, isTier, windowSet, windows } from './page.ts'
import type { ScopedService } from './scope.ts'

export interface CarrierQuestion {
  services: ScopedService[]
  /** A tier's name (all its environments together) or an environment's. */
  environment: string
  /** [from, to). */
  from: Instant
  to: Instant
  /** Times within them that do not count, [from, to). */
  without: readonly { from: Instant; to: Instant }[]
  /** Several services are pooled: a change counts once, at the first deployment of the scope... */
  rollUp: boolean
  /** ...that carries it from this time on... */
  since: Instant
  /** ...and not where it was delivered before (`changeKey`). */
  deliveredBefore: ReadonlySet<string>
}

/** The longest lead times first; those that the metric includes (evidence.ts). */
export async function readLongestChanges(db: Db, question: CarrierQuestion, limit: number): Promise<LongChange[]> {
  const included = await includedChanges(db, question)
  if (included === null) return []
  return rows(
    db,
    sql`select service, repository, key, coalesce(nullif(trim(title), ''), key) as title, url, deployed_at as "deployedAt",
        (deployed_at - started_at) / 1000.0::float8 as seconds
      from (${included}) i order by deployed_at - started_at desc, service collate "C", repository, key limit ${limit}`,
  )
}

/** What the deployments with at least so many included changes carried; those whose changes waited longest in all first. */
export async function readDeliveries(db: Db, question: CarrierQuestion, least: number, limit: number): Promise<Delivery[]> {
  const included = await includedChanges(db, question)
  if (included === null) return []
  const read = await rows<Omit<Delivery, 'deployment'> & { body: string }>(
    db,
    sql`select service, g.n, "logSum", "waitLogSum", d.body from (
        select service, service_id, deployment_n, count(*)::int as n, sum(ln(1 + (deployed_at - started_at) / 1000.0::float8)) as "logSum",
          sum(ln(1 + greatest(0, deployed_at - merged_at) / 1000.0::float8)) as "waitLogSum", sum(deployed_at - merged_at) as waited
        from (${included}) i group by service, service_id, deployment_n having count(*) >= ${least}
        order by waited desc, service_id, deployment_n limit ${limit}) g
      join deployments d on d.service_id = g.service_id and d.n = g.deployment_n order by g.waited desc, g.service_id, g.deployment_n`,
  )
  return read.map(({ body, ...sums }) => ({ ...sums, deployment: named(JSON.parse(body) as LinkedDeployment) }))
}

/** Deployments of the services with a failure, newest first; whether each is in the fail rate is not asked here. */
export async function readFailedDeployments(db: Db, question: CarrierQuestion, limit: number): Promise<LinkedDeployment[]> {
  const found = await windows(db, question)
  if (found.length === 0) return []
  const read = await rows<{ body: string }>(
    db,
    sql`select d.body from ${windowSet(found)} join deployments d on d.service_id = t.s and d.at >= t.f and d.at < t.t
      where d.at >= ${question.from}::bigint and d.${inEnvironment(question.environment)} and (d.body::json ->> 'failure') is not null
        and ${outside(sql`d.at`, question.without)}
      order by d.at desc, d.n desc limit ${limit}`,
  )
  return read.map(({ body }) => JSON.parse(body) as LinkedDeployment)
}

/** The changes of the window that the lead time includes, each once; null where the scope has no service in it. */
async function includedChanges(db: Db, question: CarrierQuestion): Promise<SQL | null> {
  const { environment, rollUp, without, from } = question
  const found = await windows(db, { services: question.services, from: rollUp ? question.since : from, to: question.to })
  if (found.length === 0) return null
  const carried = sql`select ${rollUp ? sql`distinct on (c.repository, c.key)` : sql``} c.*, s.key as service from ${windowSet(found)}
    join changes c on c.service_id = t.s and c.deployed_at >= t.f and c.deployed_at < t.t
    join services s on s.id = c.service_id
    join deployments d on d.service_id = c.service_id and d.n = c.deployment_n
    where c.${inEnvironment(environment)} ${isTier(environment) ? sql`and c.first_in_tier` : sql``} and (c.exclusion is null or c.exclusion = 'clock_skew')
    ${rollUp ? sql`order by c.repository, c.key, c.deployed_at, s.key collate "C", d.source collate "C", d.id collate "C"` : sql``}`
  return sql`select * from (${carried}) f where exclusion is null and deployed_at >= started_at and deployed_at >= ${from}::bigint
    and ${outside(sql`deployed_at`, without)} and ${notBefore(question.deliveredBefore)}`
}

function outside(at: SQL, spans: CarrierQuestion['without']): SQL {
  if (spans.length === 0) return sql`true`
  return sql`not exists (select 1 from ${recordset(
    spans.map(({ from, to }) => ({ f: from, t: to })),
    'f bigint, t bigint',
  )} where ${at} >= t.f and ${at} < t.t)`
}

function notBefore(keys: ReadonlySet<string>): SQL {
  if (keys.size === 0) return sql`true`
  return sql`not exists (select 1 from unnest(${textList([...keys])}) as k(key) where k.key = repository || E'\\n' || f.key)`
}
