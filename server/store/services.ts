/** What is known of each service beyond its rows: repositories, sources, coverage, signals. */
import { sql } from 'drizzle-orm'
import type { Instant } from '../facts.ts'
import type { LinkedDeployment, Signal } from '../linked.ts'
import { type Db, intList, rows } from './database.ts'

export interface StoredService {
  id: string
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
        and body like '%"status":"succeeded"%' order by at desc, n desc limit 1) d`,
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

/** As readServices, without asking for deployments. */
export async function readStoredServices(db: Db): Promise<StoredService[]> {
  const sources = await rows<SourceRow>(
    db,
    sql`select id, pushed, covered_from as "coveredFrom", last_success_at as "lastSuccessAt" from sources`,
  )
  const bySource = new Map(sources.map((source) => [source.id, source]))
  const stored = await rows<{ key: string; changedAt: Instant | null; signals: string; repositories: string; feeds: string }>(
    db,
    sql`select key, changed_at as "changedAt", signals, repositories, feeds from services where feeds <> '[]' order by key collate "C"`,
  )
  return stored.map((row) => {
    const feeds = JSON.parse(row.feeds) as Feed[]
    const known = feeds.flatMap((feed) => bySource.get(feed.source) ?? [])
    const deploying = feeds.some((feed) => feed.deploys) ? feeds.filter((feed) => feed.deploys) : feeds
    return {
      id: row.key,
      repositories: JSON.parse(row.repositories) as string[],
      sources: feeds.map((feed) => feed.source),
      coveredFrom: least(deploying.map((feed) => bySource.get(feed.source)?.coveredFrom ?? feed.first)),
      coveredTo: coveredTo(deploying.flatMap((feed) => bySource.get(feed.source) ?? [])),
      asOf: greatest([row.changedAt, ...known.map((source) => source.lastSuccessAt)]),
      signals: JSON.parse(row.signals) as Signal[],
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
