/** Pages of the deployments of a tier, by what a metric makes of them: in SQL what `explainJudged` says of each. */
import { type SQL, sql } from 'drizzle-orm'
import type { Instant, Tier } from '../../facts.ts'
import type { LinkedDeployment } from '../../linked.ts'
import type { DeploymentReason } from '../../metrics/answer.ts'
import type { DeploymentMetric, EvidenceContext } from '../../metrics/evidence.ts'
import { apartReasons } from '../../metrics/tallies/tally.ts'
import { type Db, rows } from '../database.ts'
import { letsThrough, type Page, type Paging, pageOf, positionIn, type RowFilter, type Sort } from './order.ts'
import { first, type Place, placed } from './place.ts'

export interface DeploymentsAsked extends EvidenceContext, RowFilter, Paging {
  tier: Tier
  metric: DeploymentMetric
}

/** Rows that have a reason, or none, in common; no two groups share a row. */
interface Group {
  where: SQL
  reasons: readonly (DeploymentReason | null)[]
}

/** By what `longest` sorts: those that have not recovered first, the longest open one at the head; rows that did not fail last. */
export function lasted(beganAt: Instant, recoveredAt: Instant | null): number {
  return recoveredAt === null ? Number.MAX_SAFE_INTEGER - beganAt : Math.max(0, recoveredAt - beganAt)
}
const lastedSql = sql.raw(
  `case when r.recovered_at is null then ${Number.MAX_SAFE_INTEGER} - r.began_at else greatest(0, r.recovered_at - r.began_at) end`,
)

/** What `sort=longest` means for a metric. */
export function isByRecovery(metric: DeploymentMetric): boolean {
  return metric === 'failed_deployment_recovery_time'
}

interface Read {
  n: number
  at: Instant
  key: number
  body: string
}

export async function readDeploymentsPage(db: Db, place: Place, asked: DeploymentsAsked): Promise<Page<LinkedDeployment>> {
  const order = deploymentOrder(asked.sort, asked.metric)
  const after = asked.after === undefined ? null : positionIn(order, asked.after, 'instant', 'instant', 'number')
  const limit = asked.limit + 1
  const parts = groupsOf(asked)
    .filter(({ reasons }) => letsThrough(asked, reasons))
    .flatMap(({ where, reasons }) => {
      const only = asked.reason === undefined || reasons.length === 1 ? sql`true` : sql`r.apart = ${asked.reason}`
      return ordersOf(asked).map(({ key, among, order: by }) => {
        const seen = after === null ? sql`true` : beyond(asked.sort, key, after as number[])
        return first(place, {
          table: 'deployments',
          time: 'at',
          columns: sql`r.service_id, r.n, r.at, ${key} as key`,
          where: sql`r.tier = ${asked.tier} and ${where} and ${only} and ${among} and ${seen}`,
          order: by,
          limit,
        })
      })
    })
  if (parts.length === 0) return { rows: [], next: null }
  const way = asked.sort === 'oldest' ? sql`asc` : sql`desc`
  const found = await rows<Read>(
    db,
    sql`select f.n, f.at, f.key, d.body
      from (select * from (${union(parts)}) f order by f.key ${way}, f.at ${way}, f.n ${way} limit ${limit}) f
      join deployments d on d.service_id = f.service_id and d.n = f.n
      order by f.key ${way}, f.at ${way}, f.n ${way}`,
  )
  return pageOf(
    found,
    asked,
    order,
    ({ key, at, n }) => [key, at, n],
    ({ body }) => JSON.parse(body) as LinkedDeployment,
  )
}

export function union(parts: SQL[]): SQL {
  return sql.join(
    parts.map((part) => sql`(${part})`),
    sql` union all `,
  )
}

/** Tells a cursor of one order from those of others. */
export function deploymentOrder(sort: Sort, metric: DeploymentMetric): string {
  return sort === 'longest' ? `deployments ${isByRecovery(metric) ? 'recovery' : 'size'}` : `deployments ${sort}`
}

/** By a key, then by time; by recovery those that failed apart from the others, because no index holds both in that order. */
function ordersOf({ sort, metric }: DeploymentsAsked): { key: SQL; among: SQL; order: SQL }[] {
  if (sort === 'newest') return [{ key: sql`0::bigint`, among: sql`true`, order: sql`at desc, n desc` }]
  if (sort === 'oldest') return [{ key: sql`0::bigint`, among: sql`true`, order: sql`at, n` }]
  if (!isByRecovery(metric)) return [{ key: sql`r.size`, among: sql`true`, order: sql`key desc, at desc, n desc` }]
  return [
    { key: lastedSql, among: sql`r.failed`, order: sql`key desc, at desc, n desc` },
    { key: sql`-1::bigint`, among: sql`not r.failed`, order: sql`at desc, n desc` },
  ]
}

function beyond(sort: Sort, key: SQL, [k, at, n]: readonly number[]): SQL {
  if (sort === 'newest') return sql`(r.at, r.n) < (${at}::bigint, ${n}::int)`
  if (sort === 'oldest') return sql`(r.at, r.n) > (${at}::bigint, ${n}::int)`
  return sql`(${key}, r.at, r.n) < (${k}::bigint, ${at}::bigint, ${n}::int)`
}

const counted = sql`r.apart is null`
const isApart = sql`r.apart is not null`

function groupsOf(asked: DeploymentsAsked): Group[] {
  const { metric, include, reason } = asked
  if (include === undefined && reason === undefined) return [{ where: sql`true`, reasons: [null] }]
  if (metric === 'change_fail_rate' || metric === 'failed_deployment_recovery_time') return judgedGroups(asked)
  const groups: Group[] = [{ where: isApart, reasons: apartReasons }]
  if (metric !== 'batch_size') return [...groups, { where: counted, reasons: [null] }]
  return [
    ...groups,
    { where: sql`${counted} and r.size = 0`, reasons: ['carries_nothing'] },
    { where: sql`${counted} and r.size > 0`, reasons: [null] },
  ]
}

function judgedGroups({ metric, asOf, definition }: DeploymentsAsked): Group[] {
  // Younger ones are too young to be judged.
  const oldest = asOf === null ? Number.MAX_SAFE_INTEGER : asOf - definition.failureWindow * 1000
  const judged = sql`r.judgeable and (r.settled or r.at <= ${oldest}::bigint)`
  const groups: Group[] = [
    { where: sql`${isApart} and not r.judgeable`, reasons: apartReasons },
    { where: sql`r.judgeable and not r.settled and r.at > ${oldest}::bigint`, reasons: ['pending'] },
  ]
  if (metric === 'change_fail_rate') return [...groups, { where: judged, reasons: [null] }]
  return [
    ...groups,
    { where: sql`${judged} and r.failed`, reasons: [null] },
    { where: sql`${judged} and not r.failed`, reasons: ['not_failed'] },
  ]
}

/** Deployments that are apart and yet judged, because somebody names them as failed or they degraded service: by the reason. */
export async function countNamed(db: Db, place: Place, tier: Tier): Promise<Map<DeploymentReason, number>> {
  const read = await rows<{ apart: DeploymentReason; n: number }>(
    db,
    sql`select r.apart, count(*)::int as n from ${placed(place, 'deployments', 'at')}
      and r.tier = ${tier} and r.apart is not null and r.judgeable group by r.apart`,
  )
  return new Map(read.map(({ apart, n }) => [apart, n]))
}
