/** Pages of incidents, by whether they are in the time to restore. */
import { type SQL, sql } from 'drizzle-orm'
import type { Instant } from '../../facts.ts'
import type { LinkedIncident } from '../../linked.ts'
import { type Db, recordset, rows } from '../database.ts'
import { letsThrough, type Page, type Paging, pageOf, positionIn, type RowFilter, type Sort } from './order.ts'
import { first, type Place, placed } from './place.ts'

/** An incident of several services: which of its rows does not count again. */
export interface SameIncident {
  serviceId: number
  source: string
  id: string
}

export interface IncidentsAsked extends RowFilter, Paging {
  /** Also those of no service: for the organisation. */
  unassigned: boolean
  same: SameIncident[]
}

/** By what `longest` sorts: those that are still open first, the longest open one at the head. */
const lasted = sql.raw(
  `case when r.ended_at is null then ${Number.MAX_SAFE_INTEGER} - r.opened_at else greatest(0, r.ended_at - r.opened_at) end`,
)
/** Of no service. */
const nobody = 0

interface Read extends SameIncident {
  openedAt: Instant
  lasted: number
  body: string
}

export async function readIncidentsPage(db: Db, place: Place, asked: IncidentsAsked): Promise<Page<LinkedIncident>> {
  const order = `incidents ${asked.sort}`
  const after = asked.after === undefined ? null : positionIn(order, asked.after, 'instant', 'instant', 'number', 'text', 'text')
  const limit = asked.limit + 1
  const way = asked.sort === 'oldest' ? sql`asc` : sql`desc`
  const by = orderOf(asked.sort, way)
  const columns = sql`r.service_id, r.source, r.id, r.opened_at, r.body, ${lasted} as lasted`
  const seen = after === null ? sql`true` : beyond(asked.sort, after)
  const find = (within: Place, where: SQL) =>
    first(within, { table: 'incidents', time: 'opened_at', columns, where: sql`${where} and ${seen}`, order: by, limit })
  const parts: SQL[] = []
  const again = recordset(asked.same, '"serviceId" int, source text, id text')
  if (letsThrough(asked, [null])) {
    const once =
      asked.same.length === 0
        ? sql`true`
        : sql`not exists (select from ${again} where t."serviceId" = r.service_id and t.source = r.source and t.id = r.id)`
    parts.push(find(place, sql`r.service_id <> ${nobody} and ${once}`))
  }
  if (asked.unassigned && letsThrough(asked, ['no_service'])) {
    parts.push(find({ ...place, windows: [{ s: nobody, f: place.from, t: place.to }] }, sql`true`))
  }
  if (asked.same.length > 0 && letsThrough(asked, ['same_incident'])) {
    parts.push(sql`select ${columns} from ${again} join incidents r on r.service_id = t."serviceId" and r.source = t.source and r.id = t.id
      where ${seen}`)
  }
  if (parts.length === 0) return { rows: [], next: null }
  const found = await rows<Read>(
    db,
    sql`select service_id as "serviceId", source, id, opened_at as "openedAt", lasted, body
      from (${sql.join(
        parts.map((part) => sql`(${part})`),
        sql` union all `,
      )}) r
      order by ${by} limit ${limit}`,
  )
  return pageOf(
    found,
    asked,
    order,
    (row) => [row.lasted, row.openedAt, row.serviceId, row.source, row.id],
    ({ body }) => JSON.parse(body) as LinkedIncident,
  )
}

function orderOf(sort: Sort, way: SQL): SQL {
  const length = sort === 'longest' ? sql`lasted ${way}, ` : sql``
  return sql`${length}opened_at ${way}, service_id ${way}, source ${way}, id ${way}`
}

function beyond(sort: Sort, [length, at, service, source, id]: (string | number)[]): SQL {
  const place = sql`r.opened_at, r.service_id, r.source, r.id`
  const last = sql`${at}::bigint, ${service}::int, ${source}::text, ${id}::text`
  if (sort === 'longest') return sql`(${lasted}, ${place}) < (${length}::bigint, ${last})`
  return sort === 'oldest' ? sql`(${place}) > (${last})` : sql`(${place}) < (${last})`
}

/** Rows of the place's services. */
export async function countIncidents(db: Db, place: Place): Promise<{ ofServices: number; ofNone: number }> {
  const [found] = await rows<{ ofServices: number; ofNone: number }>(
    db,
    sql`select count(*) filter (where r.service_id <> ${nobody})::int as "ofServices",
      count(*) filter (where r.service_id = ${nobody})::int as "ofNone" from ${placed(place, 'incidents', 'opened_at')}`,
  )
  return found ?? { ofServices: 0, ofNone: 0 }
}
