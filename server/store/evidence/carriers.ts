/** Which deployments of a tier carry changes, in an order of their changes. */
import { type SQL, sql } from 'drizzle-orm'
import type { Instant, Tier } from '../../facts.ts'
import { type Db, rows } from '../database.ts'
import type { Sort } from './order.ts'
import { first, type Place } from './place.ts'

export interface Carrier {
  /** Number of its service. */
  s: number
  n: number
  at: Instant
  /** The bound by which it was taken. */
  longest?: number
}

export interface CarriersAsked {
  tier: Tier
  sort: Sort
  /** One more is answered. */
  limit: number
  /** Of `r`, the deployment. */
  where: SQL
  /** From the deployment of the last change on; it may carry more of them. */
  after: readonly [lead: number, deployedAt: number, n: number, position: number] | null
  /** Sorted by this bound. */
  longest?: 'longest' | 'longest_left_out'
}

export async function deploymentsCarrying(db: Db, place: Place, asked: CarriersAsked): Promise<Carrier[]> {
  const { tier, sort, limit, where, after, longest } = asked
  const bound = longest === undefined ? sql`` : sql`, r.${sql.raw(longest)} as longest`
  const order = longest !== undefined ? sql`longest desc, at desc, n desc` : sql.raw(sort === 'oldest' ? 'at, n' : 'at desc, n desc')
  const from =
    after === null ? sql`` : sql`and (r.at, r.n) ${sql.raw(sort === 'oldest' ? '>=' : '<=')} (${after[1]}::bigint, ${after[2]}::int)`
  return rows(
    db,
    first(place, {
      table: 'deployments',
      time: 'at',
      columns: sql`r.service_id as s, r.n, r.at ${bound}`,
      where: sql`r.tier = ${tier} and ${where} ${from}`,
      order,
      // The deployment of the last change may have no other one.
      limit: limit + (after === null ? 1 : 2),
    }),
  )
}
