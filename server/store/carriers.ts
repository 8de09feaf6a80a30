/** The few rows that carry most of what a window shows, by where they stand. */
import { sql } from 'drizzle-orm'
import type { LinkedDeployment } from '../linked.ts'
import type { LongChange } from '../metrics/explain/carrying-changes.ts'
import type { PlacedChange, PlacedDeployment } from '../metrics/explain/findings.ts'
import { type Db, recordset, rows } from './database.ts'
import { serviceIds } from './page.ts'

interface StoredCarrier {
  serviceId: number
  n: number
  deployment: LinkedDeployment
}

/** The deployments in the asked order; undefined for one that is gone. */
async function readStored(db: Db, wanted: readonly PlacedDeployment[]): Promise<(StoredCarrier | undefined)[]> {
  if (wanted.length === 0) return []
  const ids = await serviceIds(db, [...wanted])
  const keys = wanted.map(({ service, place }, i) => {
    const known = typeof place === 'number' ? { n: place, source: null, id: null } : { n: null, source: place.source, id: place.id }
    return { i, s: ids.get(service) ?? 0, ...known }
  })
  const read = await rows<{ i: number; serviceId: number; n: number; body: string }>(
    db,
    sql`select t.i, t.s as "serviceId", d.n, d.body from ${recordset(keys, 'i int, s int, n int, source text, id text')} cross join lateral (
        select n, body from deployments where service_id = t.s and n = t.n
        union all select n, body from deployments where service_id = t.s and source = t.source and id = t.id) d`,
  )
  const found = new Map(read.map(({ i, body, ...key }) => [i, { ...key, deployment: JSON.parse(body) as LinkedDeployment }]))
  return wanted.map((_, i) => found.get(i))
}

export async function readCarriers(db: Db, wanted: readonly PlacedDeployment[]): Promise<(LinkedDeployment | undefined)[]> {
  return (await readStored(db, wanted)).map((carrier) => carrier?.deployment)
}

/** The changes with what a person reads of them, in no order. */
export async function readLongChanges(db: Db, wanted: readonly PlacedChange[]): Promise<LongChange[]> {
  const carriers = await readStored(db, wanted)
  const keys = new Map<string, { service: string; s: number; n: number; lead: number; repository?: string; key?: string; most: number }>()
  for (const [i, { service, lead, change }] of wanted.entries()) {
    const carrier = carriers[i]
    if (carrier === undefined) continue
    const key = { service, s: carrier.serviceId, n: carrier.n, lead, ...change }
    const text = JSON.stringify(key)
    keys.set(text, { ...key, most: (keys.get(text)?.most ?? 0) + 1 })
  }
  if (keys.size === 0) return []
  return rows(
    db,
    sql`select t.service, c.* from ${recordset([...keys.values()], 'service text, s int, n int, lead bigint, repository text, key text, most int')}
      cross join lateral (
        select repository, key, coalesce(nullif(trim(title), ''), key) as title, url, deployed_at as "deployedAt",
            (deployed_at - started_at) / 1000.0::float8 as seconds
          from changes where service_id = t.s and deployment_n = t.n and deployed_at - started_at = t.lead and exclusion is null
            and case when t.key is null then first_in_tier else repository = t.repository and key = t.key end
          order by repository collate "C", key collate "C" limit t.most) c`,
  )
}
