/** What a derivation from an instant on reads: for many services in each statement. */
import { type SQL, sql } from 'drizzle-orm'
import type { Instant, Ref } from '../facts.ts'
import type { LinkedDeployment } from '../linked.ts'
import { type Db, recordset, rows } from './database.ts'
import { type StoredDeployment, storedDeploymentColumns } from './derived.ts'
import type { StoredIncident } from './derived-incidents.ts'
import type { StandingFact } from './facts.ts'

interface OfService {
  serviceId: number
}

/** A deployment as it is stored, with its standing fact; body null: it has none in the service any more. */
export interface TailDeployment extends OfService, StoredDeployment {
  kind: LinkedDeployment['kind']
  repositoryId: number | null
  body: string | null
}

/** Of a LinkedDeployment as JSON, without reading all of it: a quote within text before it is escaped. */
function kindIn(body: SQL): SQL {
  return sql`nullif(trim(both '"' from split_part(split_part(${body}, '"kind":', 2), ',', 1)), 'null')`
}

const tailColumns = sql`d.service_id as "serviceId", ${storedDeploymentColumns}, ${kindIn(sql`d.body`)} as kind, f.repository_id as "repositoryId", f.body`
const standingFact = sql`left join facts f on f.kind = 'deployment' and f.source = d.source and f.id = d.id and f.service_id = d.service_id and not f.withdrawn`

interface RangeAsk extends OfService {
  from: Instant
}

async function answers<T>(db: Db, asks: unknown[], statement: SQL): Promise<T[]> {
  return asks.length === 0 ? [] : rows(db, statement)
}

/** The deployments from the instant on, at most `most` and one, and `earlier` of those just before it. */
export function deploymentsFrom(db: Db, asks: (RangeAsk & { earlier: number })[], most: number): Promise<TailDeployment[]> {
  return answers(
    db,
    asks,
    sql`select ${tailColumns} from ${recordset(asks, '"serviceId" int, "from" bigint, earlier int')} cross join lateral (
        (select * from deployments where service_id = t."serviceId" and at >= t.from order by at desc limit ${most + 1})
        union all
        (select * from deployments where service_id = t."serviceId" and at < t.from order by at desc limit t.earlier)) d ${standingFact}`,
  )
}

/** The last deployments of an environment before the instant. */
export function deploymentsBefore(db: Db, asks: (RangeAsk & { environment: string })[], most: number): Promise<TailDeployment[]> {
  return answers(
    db,
    asks,
    sql`select ${tailColumns} from ${recordset(asks, '"serviceId" int, "from" bigint, environment text')} cross join lateral (
        select * from deployments where service_id = t."serviceId" and at < t.from and environment = t.environment order by at desc
        limit ${most}) d ${standingFact}`,
  )
}

/** The deployments that were live with the identities, at most so many of each. */
export function deploymentsIdentified(db: Db, asks: (OfService & { identity: string })[], most: number): Promise<TailDeployment[]> {
  return answers(
    db,
    asks,
    sql`select ${tailColumns} from ${recordset(asks, '"serviceId" int, identity text')} cross join lateral (
        select * from deployments where service_id = t."serviceId" and identity = t.identity limit ${most}) d ${standingFact}`,
  )
}

/** The deployments that bear the names. */
export function deploymentsNamed(db: Db, asks: (OfService & { name: string })[]): Promise<(TailDeployment & { name: string })[]> {
  return answers(
    db,
    asks,
    sql`select m.name, ${tailColumns} from ${recordset(asks, '"serviceId" int, name text')}
      join fact_names m on m.kind = 'deployment' and m.name = t.name
      join deployments d on d.service_id = t."serviceId" and d.source = m.source and d.id = m.id ${standingFact}`,
  )
}

/** The deployments that await one of the names. */
export function deploymentsAwaiting(db: Db, asks: (OfService & { name: string })[]): Promise<TailDeployment[]> {
  return answers(
    db,
    asks,
    sql`select ${tailColumns} from ${recordset(asks, '"serviceId" int, name text')}
      join awaited a on a.service_id = t."serviceId" and a.name = t.name
      join deployments d on d.service_id = a.service_id and d.source = a.source and d.id = a.id ${standingFact}`,
  )
}

export function deploymentsReferred(db: Db, asks: (OfService & Ref)[]): Promise<TailDeployment[]> {
  return answers(
    db,
    asks,
    sql`select ${tailColumns} from ${recordset(asks, '"serviceId" int, source text, id text')}
      join deployments d on d.service_id = t."serviceId" and d.source = t.source and d.id = t.id ${standingFact}`,
  )
}

/** When deployments were live that carry the changes. */
export function liveWith(db: Db, asks: (OfService & { key: string })[]): Promise<(OfService & { at: Instant })[]> {
  return answers(
    db,
    asks,
    sql`select c.service_id as "serviceId", min(c.deployed_at) as at from ${recordset(asks, '"serviceId" int, key text')}
      join changes c on c.service_id = t."serviceId" and c.key = t.key where c.deployment_n <> 0 group by c.service_id`,
  )
}

/** When the first deployments were live that await one of the names. */
export function liveAwaiting(db: Db, asks: (OfService & { name: string })[]): Promise<(OfService & { at: Instant })[]> {
  return answers(
    db,
    asks,
    sql`select a.service_id as "serviceId", min(d.at) as at from ${recordset(asks, '"serviceId" int, name text')}
      join awaited a on a.service_id = t."serviceId" and a.name = t.name
      join deployments d on d.service_id = a.service_id and d.source = a.source and d.id = a.id
      where d.at is not null group by a.service_id`,
  )
}

/** When the first culprits were live whose episodes reach beyond the instant. */
export function culpritsReaching(db: Db, asks: RangeAsk[]): Promise<(OfService & { at: Instant })[]> {
  return answers(
    db,
    asks,
    sql`select d.service_id as "serviceId", min(d.at) as at from ${recordset(asks, '"serviceId" int, "from" bigint')}
      join deployments d on d.service_id = t."serviceId" and d.reach >= t.from and d.at < t.from group by d.service_id`,
  )
}

/** Incidents that opened from the instant on, as they are listed. */
export function incidentsFrom(db: Db, asks: RangeAsk[]): Promise<(OfService & StoredIncident)[]> {
  return answers(
    db,
    asks,
    sql`select i.service_id as "serviceId", i.source, i.id, i.opened_at as "openedAt", i.ended_at as "endedAt", i.is_shared as "isShared", i.digest
      from ${recordset(asks, '"serviceId" int, "from" bigint')} join incidents i on i.service_id = t."serviceId" and i.opened_at >= t.from`,
  )
}

export function incidentsReferred(db: Db, asks: (OfService & Ref)[]): Promise<(OfService & StoredIncident)[]> {
  return answers(
    db,
    asks,
    sql`select i.service_id as "serviceId", i.source, i.id, i.opened_at as "openedAt", i.ended_at as "endedAt", i.is_shared as "isShared", i.digest
      from ${recordset(asks, '"serviceId" int, source text, id text')}
      join incidents i on i.service_id = t."serviceId" and i.source = t.source and i.id = t.id`,
  )
}

/** Standing changes by reference. */
export function changesReferred(db: Db, asks: Ref[]): Promise<StandingFact[]> {
  return answers(
    db,
    asks,
    sql`select f.source, f.id, f.service_id as "serviceId", f.repository_id as "repositoryId", f.body
      from ${recordset(asks, 'source text, id text')} join facts f on f.kind = 'change' and f.source = t.source and f.id = t.id
      where not f.withdrawn and f.body is not null`,
  )
}

/** A row of a change: carried, or waiting where the deployment's number is 0. */
export interface Carriage extends OfService {
  n: number
  repository: string
  key: string
  environment: string
  tier: string | null
  deployedAt: Instant | null
}

const carriage = sql`c.service_id as "serviceId", c.deployment_n as n, c.repository, c.key, c.environment, c.tier, c.deployed_at as "deployedAt"`

export function carriagesOf(db: Db, asks: (OfService & { key: string })[]): Promise<Carriage[]> {
  return answers(
    db,
    asks,
    sql`select ${carriage} from ${recordset(asks, '"serviceId" int, key text')} join changes c on c.service_id = t."serviceId" and c.key = t.key`,
  )
}

export function carriagesBy(db: Db, asks: (OfService & { n: number })[]): Promise<Carriage[]> {
  return answers(
    db,
    asks,
    sql`select ${carriage} from ${recordset(asks, '"serviceId" int, n int')} join changes c on c.service_id = t."serviceId" and c.deployment_n = t.n`,
  )
}

export function namesAwaited(db: Db, asks: (OfService & Ref)[]): Promise<(OfService & Ref & { name: string })[]> {
  return answers(
    db,
    asks,
    sql`select a.service_id as "serviceId", a.source, a.id, a.name from ${recordset(asks, '"serviceId" int, source text, id text')}
      join awaited a on a.service_id = t."serviceId" and a.source = t.source and a.id = t.id`,
  )
}

/** When the first production deployment of each repository was live, as far as a service's first `most` deployments tell. */
export function productionSince(
  db: Db,
  asks: (OfService & { repository: string })[],
  most: number,
): Promise<(OfService & { repository: string; at: Instant })[]> {
  return answers(
    db,
    asks,
    sql`select t."serviceId", t.repository, d.at from ${recordset(asks, '"serviceId" int, repository text')} cross join lateral (
        select at from (select at, tier, body from deployments where service_id = t."serviceId" and at is not null order by at limit ${most}) o
        where tier = 'production' and body like '%"status":"succeeded"%' and body::json->>'repository' = t.repository limit 1) d`,
  )
}

/** Every source of deployments or changes. */
export async function factSources(db: Db): Promise<string[]> {
  return (await rows<{ source: string }>(db, sql`select distinct source from identities`)).map(({ source }) => source)
}
