/** Pages of the changes that are merged and not delivered. */
import { sql } from 'drizzle-orm'
import type { LinkedChange } from '../../linked.ts'
import { type ChangeRow, linkedChange, readChangeRows } from '../changes.ts'
import { type Db, rows } from '../database.ts'
import { type Page, type Paging, pageOf, positionIn } from './order.ts'
import { first, type Place } from './place.ts'

interface Found {
  serviceId: number
  position: number
  mergedAt: number
}

/** Those that waited longest are the ones that were merged first. */
export async function readWaitingPage(db: Db, place: Place, asked: Paging): Promise<Page<LinkedChange>> {
  const isNewestFirst = asked.sort === 'newest'
  const order = `waiting ${isNewestFirst ? 'newest' : 'oldest'}`
  const after = asked.after === undefined ? null : positionIn(order, asked.after, 'instant', 'number', 'number')
  const way = isNewestFirst ? sql`desc` : sql`asc`
  const seen =
    after === null
      ? sql`true`
      : sql`(r.merged_at, r.service_id, r.position) ${sql.raw(isNewestFirst ? '<' : '>')} (${after[0]}::bigint, ${after[1]}::int, ${after[2]}::int)`
  const found = await rows<Found>(
    db,
    sql`select service_id as "serviceId", position, merged_at as "mergedAt" from (${first(place, {
      table: 'changes',
      time: null,
      columns: sql`r.service_id, r.position, r.merged_at`,
      where: sql`r.deployment_n = 0 and ${seen}`,
      order: sql`merged_at ${way}, service_id ${way}, position ${way}`,
      limit: asked.limit + 1,
    })}) r`,
  )
  const read = await readChangeRows(
    db,
    found.map((row) => ({ ...row, n: 0 })),
  )
  const places = new Map(found.map(({ serviceId, position }, i) => [`${serviceId} ${position}`, i]))
  const placeOf = (row: ChangeRow) => places.get(`${row[0]} ${row[2]}`) ?? 0
  read.sort((a, b) => placeOf(a) - placeOf(b))
  return pageOf(read, asked, order, (row) => [row[15], row[0], row[2]], linkedChange)
}
