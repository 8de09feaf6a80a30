/** What is known of each service beyond its rows: repositories, sources, coverage, signals. */
import { sql } from 'drizzle-orm'
import type { Instant } from '../facts.ts'
import type { LinkedDeployment, Signal } from '../linked.ts'
import { type Db, intList, recordset, rows } from './database.ts'
import { readOverlapping } from './overlaps.ts'

export interface StoredService {
  id: string
  /** Its number in the store. */
  number: number
  repositories: string[]
  /** Ids of the sources that feed it. */
  sources: string[]
  /** First instant for which the absence of a deployment means that there was none. */
  coveredFrom: Instant | null
  /** Last success of its collected sources; of pushed ones the last write. */
  coveredTo: Instant | null
  /** Newest success or write that concerned it. */
  asOf: Instant | null
  signals: Signal[]
  /** Changes that wait, and when the first of them was merged. */
  waiting: { count: number; oldest: Instant | null }
  /** It shares a repository with another service. */
  overlaps: boolean
}

export interface ServiceOverview extends StoredService {
  /** The newest succeeded one in production. */
  lastDeployment: LinkedDeployment | null
}

/** What feeds a service, and the first deployment (pushed: the first fact) from there. */
export interface Feed {
  source: string
  first: Instant | null
  /** Its deployments come from there: then coverage rests on such sources alone. */
  deploys: boolean
}

export interface ServiceKey {
  id: number
  key: string
}

/** A service with what was last derived of it. */
export interface LockedService extends ServiceKey {
  signals: Signal[]
  repositories: string[]
  feeds: Feed[]
  /** Of what waits. */
  waitingDigest: string
}

/** Nobody else derives these services until the transaction ends. */
export async function lockServices(tx: Db, ids: Iterable<number>): Promise<LockedService[]> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return []
  const found = await rows<ServiceKey & { signals: string; repositories: string; feeds: string; waitingDigest: string }>(
    tx,
    sql`select id, key, signals, repositories, feeds, waiting_digest as "waitingDigest" from services where id = any(${intList(wanted)}) order by id for update`,
  )
  return found.map(({ id, key, signals, repositories, feeds, waitingDigest }) => ({
    id,
    key,
    signals: JSON.parse(signals) as Signal[],
    repositories: JSON.parse(repositories) as string[],
    feeds: JSON.parse(feeds) as Feed[],
    waitingDigest,
  }))
}

/** Notes by which revision they were written last. */
export async function stampServices(tx: Db, ids: readonly number[], revision: number): Promise<void> {
  if (ids.length > 0) await rows(tx, sql`update services set revision = ${revision} where id = any(${intList(ids)})`)
}

export async function readServiceKeys(db: Db, ids: Iterable<number>): Promise<ServiceKey[]> {
  const wanted = [...ids]
  return wanted.length === 0 ? [] : rows(db, sql`select id, key from services where id = any(${intList(wanted)}) order by id`)
}

/** What the configuration says now of what services share, in the place of what it said; answers those for which it is another. */
export async function replaceSharing(tx: Db, said: { id: number; sharing: string }[]): Promise<number[]> {
  const changed = await rows<{ id: number }>(
    tx,
    sql`update services s set sharing = t.sharing from ${recordset(said, 'id int, sharing text')}
      where s.id = t.id and s.sharing <> t.sharing returning s.id`,
  )
  return changed.map(({ id }) => id)
}

export async function allServices(db: Db): Promise<ServiceKey[]> {
  return rows(db, sql`select id, key from services order by id`)
}

/** Every service that has facts, by name. */
export async function readServices(db: Db): Promise<ServiceOverview[]> {
  const stored = await readStoredServices(db)
  const last = await rows<{ key: string; body: string }>(
    db,
    sql`select s.key, d.body from services s cross join lateral (
      select body from deployments where service_id = s.id and tier = 'production' and at is not null
        and apart is distinct from 'witness' and body like '%"status":"succeeded"%' order by at desc, n desc limit 1) d`,
  )
  const bodies = new Map(last.map((row) => [row.key, row.body]))
  return stored.map((service) => {
    const body = bodies.get(service.id)
    return { ...service, lastDeployment: body === undefined ? null : (JSON.parse(body) as LinkedDeployment) }
  })
}

interface SourceRow {
  id: string
  pushed: boolean
  coveredFrom: Instant | null
  lastSuccessAt: Instant | null
}

interface ServiceRow {
  number: number
  key: string
  changedAt: Instant | null
  signals: string
  repositories: string
  feeds: string
  waiting: number
  waitingSince: Instant | null
}

interface ServiceEntry {
  row: ServiceRow
  feeds: Feed[]
  signals: Signal[]
  repositories: string[]
}

/** What was read of a database, to read only what is newer the next time. */
interface Known {
  revision: number
  sources: string
  rows: Map<number, ServiceEntry>
  /** By name. */
  order: ServiceEntry[]
  overlapping: Set<number>
  list: StoredService[]
}

const known = new WeakMap<Db, Known>()

/** Forgets what was read: for a database that is emptied. */
export function forgetServices(db: Db): void {
  known.delete(db)
}

/** As readServices, without asking for deployments. The list is the same one as long as nothing changes. */
export async function readStoredServices(db: Db): Promise<StoredService[]> {
  return (await readServicesAt(db)).services
}

/** With the revision at which they are known, or a later one. */
export async function readServicesAt(db: Db): Promise<{ revision: number; services: StoredService[] }> {
  const [state] = await rows<{ revision: number; sources: string }>(
    db,
    sql`select revision, (select coalesce(json_agg(json_build_object('id', id, 'pushed', pushed, 'coveredFrom', covered_from,
      'lastSuccessAt', last_success_at) order by id), '[]')::text from sources) as sources from meta`,
  )
  const revision = state?.revision ?? 0
  const sources = state?.sources ?? '[]'
  const before = known.get(db)
  if (before?.revision === revision && before.sources === sources) return { revision, services: before.list }
  const kept = before !== undefined && before.revision <= revision ? before : null
  const rowsByNumber: Known['rows'] = kept?.rows ?? new Map()
  let overlapping = kept?.overlapping ?? new Set<number>()
  if (kept?.revision !== revision) {
    overlapping = await readOverlapping(db)
    for (const row of await readNewer(db, kept?.revision ?? -1)) {
      const [feeds, signals, repositories] = [row.feeds, row.signals, row.repositories].map((text) => JSON.parse(text))
      const entry = rowsByNumber.get(row.number)
      if (entry?.row.key === row.key) Object.assign(entry, { row, feeds, signals, repositories })
      else rowsByNumber.set(row.number, { row, feeds, signals, repositories })
    }
  }
  const isSame = kept?.order.length === rowsByNumber.size && kept.order.every((entry) => rowsByNumber.get(entry.row.number) === entry)
  const order = isSame ? kept.order : byName([...rowsByNumber.values()])
  const list = listOf(order, overlapping, JSON.parse(sources) as SourceRow[])
  known.set(db, { revision, sources, rows: rowsByNumber, order, overlapping, list })
  return { revision, services: list }
}

function readNewer(db: Db, revision: number): Promise<ServiceRow[]> {
  return rows(
    db,
    sql`select id as number, key, changed_at as "changedAt", signals, repositories, feeds, waiting, waiting_since as "waitingSince"
      from services where revision > ${revision}`,
  )
}

function byName(entries: ServiceEntry[]): ServiceEntry[] {
  return entries.sort((a, b) => Buffer.compare(Buffer.from(a.row.key), Buffer.from(b.row.key)))
}

function listOf(order: readonly ServiceEntry[], overlapping: Set<number>, sources: SourceRow[]): StoredService[] {
  const bySource = new Map(sources.map((source) => [source.id, source]))
  const found = order.filter(({ feeds }) => feeds.length > 0)
  return found.map(({ row, feeds, signals, repositories }) => {
    const feeding = feeds.flatMap((feed) => bySource.get(feed.source) ?? [])
    const deploying = feeds.some((feed) => feed.deploys) ? feeds.filter((feed) => feed.deploys) : feeds
    return {
      id: row.key,
      number: row.number,
      repositories,
      sources: feeds.map((feed) => feed.source),
      coveredFrom: least(deploying.map((feed) => bySource.get(feed.source)?.coveredFrom ?? feed.first)),
      coveredTo: coveredTo(deploying.flatMap((feed) => bySource.get(feed.source) ?? [])),
      asOf: greatest([row.changedAt, ...feeding.map((source) => source.lastSuccessAt)]),
      signals,
      waiting: { count: row.waiting, oldest: row.waitingSince },
      overlaps: overlapping.has(row.number),
    }
  })
}

/** Collected sources: what all of them have reached. Only pushed ones: the newest write. */
function coveredTo(sources: SourceRow[]): Instant | null {
  const collected = sources.filter((source) => !source.pushed)
  if (collected.length === 0) return greatest(sources.map((source) => source.lastSuccessAt))
  if (collected.some((source) => source.lastSuccessAt === null)) return null
  return least(collected.map((source) => source.lastSuccessAt))
}

function least(values: (Instant | null)[]): Instant | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.min(...known)
}

function greatest(values: (Instant | null)[]): Instant | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}
