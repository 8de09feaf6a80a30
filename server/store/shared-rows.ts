/** What tallies do not hold: the rows of services that share a repository, and incidents that several services may list. */
import { sql } from 'drizzle-orm'
import type { Config } from '../config.ts'
import type { Instant } from '../facts.ts'
import type { LinkedIncident } from '../linked.ts'
import type { MetricsInput } from '../metrics/input.ts'
import { readMeasuredChanges } from './changes.ts'
import { type Db, rows } from './database.ts'
import { readDeliveredBefore } from './delivered-before.ts'
import { readDeployments } from './deployments.ts'
import type { EvidenceQuestion } from './page.ts'
import type { ResolvedScope } from './scope.ts'
import type { StoredService } from './services.ts'

export type SharedRows = Pick<
  MetricsInput,
  'scope' | 'environment' | 'definition' | 'deployments' | 'changes' | 'deliveredBefore' | 'incidents'
>

/** Rows of the scope's services that share a repository; without incidents. */
export async function readSharedRows(
  db: Db,
  config: Config,
  { scope, services }: Pick<ResolvedScope, 'scope' | 'services'>,
  asked: Pick<EvidenceQuestion, 'environment' | 'from' | 'to'>,
  stored: readonly StoredService[],
): Promise<SharedRows> {
  const overlapping = new Set(stored.flatMap(({ id, overlaps }) => (overlaps ? [id] : [])))
  const question = { ...asked, services: services.filter(({ service }) => overlapping.has(service)) }
  const rowless = { scope, environment: asked.environment, definition: config.definition, incidents: [] }
  if (question.services.length === 0) return { ...rowless, deployments: [], changes: [], deliveredBefore: new Set() }
  return {
    ...rowless,
    deployments: await readDeployments(db, question),
    changes: await readMeasuredChanges(db, question),
    deliveredBefore: await readDeliveredBefore(db, question, stored),
  }
}

/** Incidents opened in the window that several services may list. */
export async function readSharedIncidents(db: Db, { from, to }: { from: Instant; to: Instant }): Promise<LinkedIncident[]> {
  const read = await rows<{ body: string }>(
    db,
    sql`select body from incidents where is_shared and service_id <> 0 and opened_at >= ${from} and opened_at < ${to}`,
  )
  return read.map(({ body }) => JSON.parse(body) as LinkedIncident)
}

/** Those of a scope. */
export function incidentsOf(incidents: readonly LinkedIncident[], { services }: Pick<ResolvedScope, 'services'>): LinkedIncident[] {
  if (incidents.length === 0) return []
  const owned = new Map<string, { from: Instant | null; to: Instant | null }[]>()
  for (const { service, ...window } of services) owned.set(service, [...(owned.get(service) ?? []), window])
  return incidents.filter(({ service, openedAt }) => {
    const windows = service === null ? [] : (owned.get(service) ?? [])
    return windows.some(({ from, to }) => (from ?? openedAt) <= openedAt && (to === null || openedAt < to))
  })
}
