/** Everything that the metrics of one scope and window are computed from. */
import { sql } from 'drizzle-orm'
import type { Config } from '../config.ts'
import type { Instant } from '../facts.ts'
import type { ServiceFacts } from '../linked.ts'
import type { Bucket } from '../metrics/answer.ts'
import type { MetricsInput } from '../metrics/input.ts'
import { readMeasuredChanges } from './changes.ts'
import { type Db, intList, rows } from './database.ts'
import { readDeliveredBefore } from './delivered-before.ts'
import { readDeployments } from './deployments.ts'
import { readIncidents } from './incidents.ts'
import { serviceIds } from './page.ts'
import { type ResolvedScope, startOfDay } from './scope.ts'
import { readStoredServices, type StoredService } from './services.ts'

export interface MetricsQuestion {
  /** Calendar days of the time zone, [from, to). */
  from: string
  to: string
  bucket: Bucket
  /** A tier's name (all its environments together) or an environment's. */
  environment: string
}

export async function readMetricsInput(db: Db, config: Config, resolved: ResolvedScope, question: MetricsQuestion): Promise<MetricsInput> {
  const evidence = {
    services: resolved.services,
    environment: question.environment,
    from: startOfDay(question.from, config.timeZone),
    to: startOfDay(question.to, config.timeZone),
  }
  const stored = new Map((await readStoredServices(db)).map((service) => [service.id, service]))
  const scoped = resolved.services.flatMap(({ service }) => stored.get(service) ?? [])
  const deployments = await readDeployments(db, evidence)
  const changes = await readMeasuredChanges(db, evidence)
  const incidents = await readIncidents(db, { ...evidence, unassigned: resolved.scope === 'org' })
  return {
    scope: resolved.scope,
    from: question.from,
    to: question.to,
    timeZone: config.timeZone,
    bucket: question.bucket,
    environment: question.environment,
    asOf: scoped.reduce<Instant | null>((newest, { asOf }) => (asOf === null ? newest : Math.max(asOf, newest ?? asOf)), null),
    definition: config.definition,
    services: resolved.services.map((part) => serviceFacts(part, stored.get(part.service))),
    deployments,
    changes,
    deliveredBefore: resolved.scope.startsWith('service:') ? undefined : await readDeliveredBefore(db, evidence, stored.values()),
    waiting: await readWaitingTimes(db, resolved),
    incidents,
  }
}

/** Coverage lies within the time that the service belongs to the scope. */
export function serviceFacts(part: ResolvedScope['services'][number], stored: StoredService | undefined): ServiceFacts {
  const { service, from, to } = part
  if (!stored || stored.coveredFrom === null || stored.coveredTo === null) {
    return { service, signals: stored?.signals ?? [], coveredFrom: null, coveredTo: null }
  }
  return {
    service,
    signals: stored.signals,
    coveredFrom: from === null ? stored.coveredFrom : Math.max(from, stored.coveredFrom),
    coveredTo: to === null ? stored.coveredTo : Math.min(to, stored.coveredTo),
  }
}

/** Merge times of the changes that wait in services that belong to the scope now. */
async function readWaitingTimes(db: Db, resolved: ResolvedScope): Promise<Instant[]> {
  const owned = resolved.services.filter((part) => part.to === null)
  const ids = [...(await serviceIds(db, owned)).values()]
  const read = await rows<{ mergedAt: Instant }>(
    db,
    sql`select merged_at as "mergedAt" from changes where deployment_n = 0 and service_id = any(${intList(ids)}) order by merged_at`,
  )
  return read.map((row) => row.mergedAt)
}
