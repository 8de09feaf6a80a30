/** What is known of each service beyond its rows: repositories, sources, coverage, signals. */
import { sql } from 'drizzle-orm'
import type { Instant } from '../facts.ts'
import type { LinkedDeployment, Signal } from '../linked.ts'
import { type Db, rows } from './database.ts'

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
}

/** Every service that has facts, by name. */
export async function readServices(db: Db): Promise<ServiceOverview[]> {
  const stored = await readStoredServices(db)
  const last = await rows<{ key: string; body: string }>(
    db,
    sql`select s.key, d.body from services s cross join lateral (
      select body from deployments where service_id = s.id and tier = 'production' and body like '%"status":"succeeded"%'
      order by at desc nulls last, n desc limit 1) d`,
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
    sql`select key, changed_at as "changedAt", signals, repositories, feeds from services order by key collate "C"`,
  )
  return stored.map((row) => {
    const feeds = JSON.parse(row.feeds) as Feed[]
    const known = feeds.flatMap((feed) => bySource.get(feed.source) ?? [])
    return {
      id: row.key,
      repositories: JSON.parse(row.repositories) as string[],
      sources: feeds.map((feed) => feed.source),
      coveredFrom: least(feeds.map((feed) => bySource.get(feed.source)?.coveredFrom ?? feed.first)),
      coveredTo: coveredTo(known),
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
