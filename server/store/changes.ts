/** Which changes were delivered in a window, and which wait. */
import { type SQL, sql } from 'drizzle-orm'
import type { LinkedChange } from '../linked.ts'
import { type Db, rows } from './database.ts'
import { type EvidenceQuestion, inEnvironment, limitTo, type Page, page, positionOf, serviceIds, windowSet, windows } from './page.ts'

interface ChangeRow {
  serviceId: number
  n: number
  position: number
  service: string
  repository: string
  key: string
  title: string
  url: string | null
  commit: string | null
  environment: string
  tier: LinkedChange['tier']
  deploymentSource: string | null
  deploymentId: string | null
  deployedAt: number | null
  startedAt: number
  mergedAt: number
  basis: LinkedChange['basis']
  exclusion: LinkedChange['exclusion']
  firstInTier: boolean
  commits: number
  stages: string | null
}

const columns = sql`c.service_id as "serviceId", c.deployment_n as n, c.position, s.key as service, c.repository, c.key, c.title, c.url, c.commit,
  c.environment, c.tier, c.deployed_at as "deployedAt", c.started_at as "startedAt", c.merged_at as "mergedAt", c.basis, c.exclusion,
  c.first_in_tier as "firstInTier", c.commits, c.stages`

/** Rows carried by deployments that finished in the window, newest deployment first; of a tier, all its environments. */
export async function readChanges(db: Db, question: EvidenceQuestion): Promise<Page<LinkedChange>> {
  return readDelivered(db, question, sql``)
}

/** The rows that the metrics of an environment are computed from: of a tier only the first in the tier. */
export async function readDelivered(db: Db, question: EvidenceQuestion, condition: SQL): Promise<Page<LinkedChange>> {
  const found = await windows(db, question)
  if (found.length === 0) return { rows: [], next: null }
  const after = question.after ? positionOf(question.after, 3) : null
  const beyond = after
    ? sql`and (-c.deployed_at, -c.deployment_n, c.position) > (-(${after[0]}::bigint), -(${after[1]}::int), ${after[2]}::int)`
    : sql``
  const read = await rows<ChangeRow>(
    db,
    sql`select ${columns}, d.source as "deploymentSource", d.id as "deploymentId" from ${windowSet(found)}
      join changes c on c.service_id = t.s and c.deployed_at >= t.f and c.deployed_at < t.t
      join services s on s.id = c.service_id
      join deployments d on d.service_id = c.service_id and d.n = c.deployment_n
      where c.${inEnvironment(question.environment)} ${condition} ${beyond}
      order by c.deployed_at desc, c.deployment_n desc, c.position ${limitTo(question.limit)}`,
  )
  return page(read, question.limit, linkedChange, (row) => [row.deployedAt ?? 0, row.n, row.position])
}

/** Changes that are reachable from the default branch and not delivered, oldest merge first. */
export async function readWaiting(db: Db, question: Pick<EvidenceQuestion, 'services' | 'after' | 'limit'>): Promise<Page<LinkedChange>> {
  const found = [...(await serviceIds(db, question.services)).values()].map((s) => ({ s, f: 0, t: 0 }))
  if (found.length === 0) return { rows: [], next: null }
  const after = question.after ? positionOf(question.after, 3) : null
  const beyond = after
    ? sql`and (c.merged_at, c.service_id, c.position) > (${after[0]}::bigint, ${after[1]}::int, ${after[2]}::int)`
    : sql``
  const read = await rows<ChangeRow>(
    db,
    sql`select ${columns}, null as "deploymentSource", null as "deploymentId" from ${windowSet(found)}
      join changes c on c.service_id = t.s join services s on s.id = c.service_id
      where c.deployment_n = 0 ${beyond} order by c.merged_at, c.service_id, c.position ${limitTo(question.limit)}`,
  )
  return page(read, question.limit, linkedChange, (row) => [row.mergedAt, row.serviceId, row.position])
}

function linkedChange(row: ChangeRow): LinkedChange {
  const { deploymentSource, deploymentId } = row
  return {
    service: row.service,
    repository: row.repository,
    key: row.key,
    title: row.title,
    url: row.url,
    commit: row.commit,
    environment: row.environment,
    tier: row.tier,
    deployment: deploymentSource === null || deploymentId === null ? null : { source: deploymentSource, id: deploymentId },
    deployedAt: row.deployedAt,
    startedAt: row.startedAt,
    mergedAt: row.mergedAt,
    basis: row.basis,
    exclusion: row.exclusion,
    firstInTier: row.firstInTier,
    commits: row.commits,
    stages: row.stages === null ? {} : (JSON.parse(row.stages) as LinkedChange['stages']),
  }
}
