/** Where rows of evidence are looked for: a service, some of a team, or everywhere; and how that is said in SQL. */
import { type SQL, sql } from 'drizzle-orm'
import type { Instant } from '../../facts.ts'
import { recordset } from '../database.ts'
import { type Window, windowSet } from '../page.ts'
import type { ResolvedScope } from '../scope.ts'
import type { StoredService } from '../services.ts'

export interface Place {
  /** When each service belongs to the scope, within the window; null: the whole window of every service. */
  windows: Window[] | null
  /** The window, [from, to). */
  from: Instant
  to: Instant
  /** Services in the store. */
  services: number
}

export function placeOf(
  { scope, services }: Pick<ResolvedScope, 'scope' | 'services'>,
  stored: readonly StoredService[],
  { from, to }: { from: Instant; to: Instant },
): Place {
  if (scope === 'org') return { windows: null, from, to, services: stored.length }
  const numbers = new Map(stored.map(({ id, number }) => [id, number]))
  const windows = services.flatMap((part): Window[] => {
    const s = numbers.get(part.service)
    const [f, t] = [Math.max(from, part.from ?? from), Math.min(to, part.to ?? to)]
    return s === undefined || f >= t ? [] : [{ s, f, t }]
  })
  return { windows, from, to, services: stored.length }
}

/** The place without some services. */
export function without(place: Place, numbers: ReadonlySet<number>): { place: Place; where: SQL } {
  if (numbers.size === 0) return { place, where: sql`true` }
  if (place.windows === null) return { place, where: sql`r.service_id <> all(${integers([...numbers])})` }
  return { place: { ...place, windows: place.windows.filter(({ s }) => !numbers.has(s)) }, where: sql`true` }
}

export interface Sought {
  table: 'deployments' | 'incidents' | 'changes'
  /** The time that the window bounds; null: none does, and every service counts that has a window. */
  time: 'at' | 'opened_at' | null
  /** Of `r`, the row. */
  columns: SQL
  where: SQL
  order: SQL
  limit: number
}

/**
 * The first rows in an order. Each of a few services gives its own first ones, which its index holds in order; those of many are a large
 * part of all rows, so that an index over all services soon comes upon enough of them.
 */
export function first(place: Place, { table, time, columns, where, order, limit }: Sought): SQL {
  const { windows } = place
  const rows = sql.raw(`${table} r`)
  const at = time === null ? null : sql.raw(`r.${time}`)
  const during = (from: SQL | number, to: SQL | number) => (at === null ? sql`true` : sql`${at} >= ${from} and ${at} < ${to}`)
  const select = (within: SQL) => sql`select ${columns} from ${rows} where ${within} and ${where} order by ${order} limit ${limit}`
  if (windows === null) return select(during(place.from, place.to))
  const [only] = windows
  if (only === undefined) return select(sql`false`)
  if (windows.length === 1) return select(sql`r.service_id = ${only.s} and ${during(only.f, only.t)}`)
  if (windows.length ** 2 <= place.services) {
    const own = select(sql`r.service_id = t.s and ${during(sql`t.f`, sql`t.t`)}`)
    return sql`select r.* from ${windowSet(windows)} cross join lateral (${own}) r order by ${order} limit ${limit}`
  }
  return select(sql`${during(place.from, place.to)} and ${amongWindows(place, at)}`)
}

/** Whether a row is of one of the services while that belongs to the scope. */
function amongWindows({ windows, from, to }: Place, at: SQL | null): SQL {
  const all = windows ?? []
  const isWhole = ({ f, t }: Window) => at === null || (f === from && t === to)
  const whole = integers(all.filter(isWhole).map(({ s }) => s))
  const cut = all.filter((window) => !isWhole(window))
  if (cut.length === 0 || at === null) return sql`r.service_id = any(${whole})`
  return sql`(r.service_id = any(${whole}) or r.service_id = any(${integers(cut.map(({ s }) => s))}) and exists (
    select from ${windowSet(cut)} where t.s = r.service_id and ${at} >= t.f and ${at} < t.t))`
}

/** Written out, because only a constant list is looked up by hash. */
function integers(values: readonly number[]): SQL {
  return sql.raw(`'{${values.map((value) => Math.trunc(value)).join(',')}}'::int[]`)
}

/** Rows of the windows of the place, for counts: every service's own by its index. */
export function placed(place: Place, table: 'deployments' | 'incidents', time: 'at' | 'opened_at'): SQL {
  const at = sql.raw(`r.${time}`)
  if (place.windows === null) return sql`${sql.raw(table)} r where ${at} >= ${place.from} and ${at} < ${place.to}`
  return sql`${recordset(place.windows, 's int, f bigint, t bigint')} join ${sql.raw(table)} r
    on r.service_id = t.s and ${at} >= t.f and ${at} < t.t where true`
}
