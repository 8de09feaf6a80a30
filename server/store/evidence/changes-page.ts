/** Pages of the changes that were delivered in a tier: the deployments that carried them lead to them, so that no index of changes is needed. */
import { type SQL, sql } from 'drizzle-orm'
import type { Instant, Tier } from '../../facts.ts'
import type { LinkedChange } from '../../linked.ts'
import { type ChangeReason, changeReasons } from '../../metrics/answer.ts'
import { type ChangeRow, linkedChange, readChangeRows } from '../changes.ts'
import { type Db, rows } from '../database.ts'
import { reasonBit } from '../found-by.ts'
import { deploymentsCarrying } from './carriers.ts'
import { letsThrough, type Page, type Paging, pageOf, positionIn, type RowFilter, type Sort } from './order.ts'
import { type Place, without } from './place.ts'

export interface ChangesAsked extends RowFilter, Paging {
  /** Null: another environment, which no index holds apart; then all rows are given. */
  tier: Tier | null
}

/** Where a change stands in every order. */
export interface ChangePlace {
  serviceId: number
  n: number
  position: number
  deployedAt: Instant
  startedAt: Instant
}

/** Rows that only other rows can judge: those of these services are given, in any order and as far as they pass the filter. */
export interface Apart {
  services: ReadonlySet<number>
  passing: ChangePlace[]
}

type TierAsked = ChangesAsked & { tier: Tier }
type Position = [lead: number, deployedAt: number, n: number, position: number]

export async function readChangesPage(db: Db, place: Place, asked: ChangesAsked, apart: Apart): Promise<Page<LinkedChange>> {
  const after = changeCursor(asked)
  const own = apart.passing.filter((row) => isBeyond(asked.sort, row, after)).sort(inOrder(asked.sort))
  const found = [
    ...(asked.tier === null ? [] : await readTold(db, place, { ...asked, tier: asked.tier }, after, apart.services)),
    ...(await readChangeRows(db, own.slice(0, asked.limit + 1))),
  ].sort((a, b) => inOrder(asked.sort)(placeOfRow(a), placeOfRow(b)))
  return pageOf(found, asked, changeOrder(asked.sort), (row) => positionOfChange(placeOfRow(row)), linkedChange)
}

function changeOrder(sort: Sort): string {
  return `changes ${sort}`
}

function changeCursor({ sort, after }: Paging): Position | null {
  return after === undefined ? null : (positionIn(changeOrder(sort), after, 'instant', 'instant', 'number', 'number') as Position)
}

function placeOfRow([serviceId, n, position, ...row]: ChangeRow): ChangePlace {
  return { serviceId, n, position, deployedAt: row[10] ?? 0, startedAt: row[11] }
}

function positionOfChange({ deployedAt, startedAt, n, position }: ChangePlace): Position {
  return [deployedAt - startedAt, deployedAt, n, position]
}

/** The order of a page: of one deployment's changes always by their position. */
function inOrder(sort: Sort): (a: ChangePlace, b: ChangePlace) => number {
  return (a, b) => compare(sort, positionOfChange(a), positionOfChange(b))
}

function compare(sort: Sort, [aLead, aAt, aN, aPosition]: Position, [bLead, bAt, bN, bPosition]: Position): number {
  const byTime = aAt - bAt || aN - bN
  if (sort === 'oldest') return byTime || aPosition - bPosition
  return (sort === 'longest' ? bLead - aLead : 0) || -byTime || aPosition - bPosition
}

function isBeyond(sort: Sort, row: ChangePlace, after: Position | null): boolean {
  return after === null || compare(sort, positionOfChange(row), after) > 0
}

/** Rows that judge themselves, in the order, one more than the limit. */
async function readTold(db: Db, whole: Place, asked: TierAsked, after: Position | null, apart: ReadonlySet<number>) {
  const { place, where } = without(whole, apart)
  const groups = groupsOf(asked)
  if (asked.sort !== 'longest') {
    const carriers = await deploymentsCarrying(db, place, { ...asked, where: sql`${where} and ${anyOf(groups)}`, after })
    return readChangeRows(db, await changesOf(db, carriers, asked, after, asked.limit + 1))
  }
  const found: ChangePlace[] = []
  for (const group of groups) found.push(...(await readLongest(db, place, { ...asked, ...group.filter }, { group, where, after })))
  return readChangeRows(db, found.sort(inOrder('longest')).slice(0, asked.limit + 1))
}

interface Group {
  /** Deployments that carry such changes. */
  carries: SQL
  /** The longest lead time of these. */
  longest: 'longest' | 'longest_left_out'
  filter: RowFilter
}

function groupsOf(asked: ChangesAsked): Group[] {
  const reasons = changeReasons.filter((reason) => letsThrough(asked, [reason]))
  const bits = reasons.reduce((sum, reason) => sum | reasonBit(reason), 0)
  const some = reasons.length === changeReasons.length ? sql`r.left_out <> 0` : sql`r.left_out <> 0 and (r.left_out & ${bits}::int) <> 0`
  const groups: Group[] = []
  if (letsThrough(asked, [null])) groups.push({ carries: sql`r.longest is not null`, longest: 'longest', filter: { include: 'included' } })
  if (bits > 0) groups.push({ carries: some, longest: 'longest_left_out', filter: { include: 'excluded' } })
  return groups
}

function anyOf(groups: Group[]): SQL {
  if (groups.length === 0) return sql`false`
  return sql`(${sql.join(
    groups.map(({ carries }) => carries),
    sql` or `,
  )})`
}

/**
 * The longest first. A deployment's longest change bounds all of them: deployments are taken by it, more and more of them, until as many
 * changes are found above the bound of those that are left (Fagin, Lotem and Naor, "Optimal aggregation algorithms for middleware", 2003).
 */
async function readLongest(
  db: Db,
  place: Place,
  asked: TierAsked,
  { group, where, after }: { group: Group; where: SQL; after: Position | null },
): Promise<ChangePlace[]> {
  const wanted = asked.limit + 1
  for (let batch = wanted; ; batch *= 8) {
    const carriers = await deploymentsCarrying(db, place, {
      ...asked,
      limit: batch - 1,
      where: sql`${where} and ${group.carries}`,
      after: null,
      longest: group.longest,
    })
    const found = await changesOf(db, carriers, asked, after, wanted)
    const bound = carriers.at(-1)?.longest
    const [least] = found.length < wanted ? [] : positionOfChange(found.at(-1) as ChangePlace)
    if (carriers.length < batch || (least !== undefined && bound !== undefined && least > bound)) return found
  }
}

const reasonOfChange = sql`case when not c.first_in_tier then 'already_delivered' when c.exclusion is not null then c.exclusion
  when c.deployed_at < c.started_at then 'clock_skew' end`

function filterOf({ include, reason }: RowFilter): SQL {
  const conditions = [sql`true`]
  if (include !== undefined) conditions.push(include === 'included' ? sql`${reasonOfChange} is null` : sql`${reasonOfChange} is not null`)
  if (reason !== undefined) conditions.push(sql`${reasonOfChange} = ${reason satisfies string as ChangeReason}`)
  return sql.join(conditions, sql` and `)
}

/** Where the first of the deployments' changes in the order are. */
async function changesOf(
  db: Db,
  carriers: { s: number; n: number }[],
  asked: TierAsked,
  after: Position | null,
  limit: number,
): Promise<ChangePlace[]> {
  if (carriers.length === 0) return []
  const [own, all] = changeOrders[asked.sort]
  return rows(
    db,
    sql`select r.service_id as "serviceId", r.deployment_n as n, r.position, r.deployed_at as "deployedAt", r.started_at as "startedAt"
      from unnest(${intArray(carriers.map(({ s }) => s))}, ${intArray(carriers.map(({ n }) => n))}) as t(s, n) cross join lateral (
        select c.service_id, c.deployment_n, c.position, c.deployed_at, c.started_at from changes c
        where c.service_id = t.s and c.deployment_n = t.n and ${filterOf(asked)} ${beyond(asked.sort, after)} order by ${own} limit ${limit}) r
      order by ${all} limit ${limit}`,
  )
}

const changeOrders: Record<Sort, [own: SQL, all: SQL]> = {
  newest: [sql`c.position`, sql`r.deployed_at desc, r.deployment_n desc, r.position`],
  oldest: [sql`c.position`, sql`r.deployed_at, r.deployment_n, r.position`],
  longest: [
    sql`c.deployed_at - c.started_at desc, c.position`,
    sql`r.deployed_at - r.started_at desc, r.deployed_at desc, r.deployment_n desc, r.position`,
  ],
}

function beyond(sort: Sort, after: Position | null): SQL {
  if (after === null) return sql``
  const [lead, at, n, position] = after
  if (sort === 'newest') return sql`and (-c.deployed_at, -c.deployment_n, c.position) > (${-at}::bigint, ${-n}::int, ${position}::int)`
  if (sort === 'oldest') return sql`and (c.deployed_at, c.deployment_n, c.position) > (${at}::bigint, ${n}::int, ${position}::int)`
  return sql`and (c.started_at - c.deployed_at, -c.deployed_at, -c.deployment_n, c.position)
    > (${-lead}::bigint, ${-at}::bigint, ${-n}::int, ${position}::int)`
}

function intArray(values: readonly number[]): SQL {
  return sql`${`{${values.join(',')}}`}::text::int[]`
}
