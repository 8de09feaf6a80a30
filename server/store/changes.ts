/** Which changes were delivered in a window, and which wait. */
import { sql } from 'drizzle-orm'
import type { Instant } from '../facts.ts'
import type { LinkedChange, MeasuredChange } from '../linked.ts'
import { type Db, intList, packedRows, recordset } from './database.ts'
import { type EvidenceQuestion, inEnvironment, serviceIds, windowSet, windows } from './page.ts'

export type ChangeRow = [
  serviceId: number,
  n: number,
  position: number,
  service: string,
  repository: string,
  key: string,
  title: string,
  url: string | null,
  commit: string | null,
  environment: string,
  tier: LinkedChange['tier'],
  deploymentSource: string | null,
  deploymentId: string | null,
  deployedAt: number | null,
  startedAt: number,
  mergedAt: number,
  basis: LinkedChange['basis'],
  exclusion: LinkedChange['exclusion'],
  firstInTier: boolean,
  commits: number,
  stages: string | null,
  filesUnknown: boolean,
]

const columns =
  'service_id, deployment_n, position, service, repository, key, title, url, commit, environment, tier, deployment_source, deployment_id, deployed_at, started_at, merged_at, basis, exclusion, first_in_tier, commits, stages, files_unknown'.split(
    ', ',
  )

/** Rows carried by deployments that finished in the window, newest deployment first; of a tier, all its environments. */
export async function readChanges(db: Db, question: EvidenceQuestion): Promise<LinkedChange[]> {
  const found = await windows(db, question)
  if (found.length === 0) return []
  const read = await packedRows<ChangeRow>(
    db,
    columns,
    sql`select c.*, s.key as service, d.source as deployment_source, d.id as deployment_id from ${windowSet(found)}
      join services s on s.id = t.s
      join deployments d on d.service_id = t.s and d.at >= t.f and d.at < t.t
      join changes c on c.service_id = d.service_id and c.deployment_n = d.n
      where c.${inEnvironment(question.environment)} order by c.deployed_at desc, c.deployment_n desc, c.position`,
  )
  return read.map(linkedChange)
}

/** The rows that stand in these places, in no order. */
export async function readChangeRows(db: Db, places: { serviceId: number; n: number; position: number }[]): Promise<ChangeRow[]> {
  if (places.length === 0) return []
  const flat = places.map(({ serviceId, n, position }) => ({ s: serviceId, n, p: position }))
  return packedRows(
    db,
    columns,
    sql`select c.*, s.key as service, d.source as deployment_source, d.id as deployment_id from ${recordset(flat, 's int, n int, p int')}
      join changes c on c.service_id = t.s and c.deployment_n = t.n and c.position = t.p
      join services s on s.id = c.service_id
      left join deployments d on d.service_id = c.service_id and d.n = c.deployment_n`,
  )
}

type MeasuredRow = [
  serviceId: number,
  n: number,
  position: number,
  service: string,
  repository: string,
  key: string,
  deploymentSource: string,
  deploymentId: string,
  deployedAt: number,
  startedAt: number,
  mergedAt: number,
  basis: MeasuredChange['basis'],
  exclusion: MeasuredChange['exclusion'],
  firstInTier: boolean,
  stages: string | null,
]

const measuredColumns =
  'service_id, deployment_n, position, service, repository, key, deployment_source, deployment_id, deployed_at, started_at, merged_at, basis, exclusion, first_in_tier, stages'

/** A delivered change as the metrics see it, and where its row stands. */
export interface PlacedChange extends MeasuredChange {
  serviceId: number
  /** Of the deployment that carried it. */
  n: number
  position: number
  deployedAt: Instant
}

/** What the metrics of an environment are computed from, in no order. */
export async function readMeasuredChanges(db: Db, question: EvidenceQuestion): Promise<PlacedChange[]> {
  const found = await windows(db, question)
  if (found.length === 0) return []
  const read = await packedRows<MeasuredRow>(
    db,
    measuredColumns.split(', '),
    sql`select c.*, s.key as service, d.source as deployment_source, d.id as deployment_id from ${windowSet(found)}
      join services s on s.id = t.s
      join deployments d on d.service_id = t.s and d.at >= t.f and d.at < t.t
      join changes c on c.service_id = d.service_id and c.deployment_n = d.n
      where c.deployed_at >= t.f and c.deployed_at < t.t
        and c.${inEnvironment(question.environment)}`,
  )
  return read.map((row): PlacedChange => {
    const [
      serviceId,
      n,
      position,
      service,
      repository,
      key,
      source,
      id,
      deployedAt,
      startedAt,
      mergedAt,
      basis,
      exclusion,
      firstInTier,
      stages,
    ] = row
    return {
      serviceId,
      n,
      position,
      service,
      repository,
      key,
      deployment: { source, id },
      deployedAt,
      startedAt,
      mergedAt,
      basis,
      exclusion,
      firstInTier,
      stages: stages === null ? noStages : (JSON.parse(stages) as MeasuredChange['stages']),
    }
  })
}

const noStages: MeasuredChange['stages'] = {}

/** Changes that are reachable from the default branch and not delivered, oldest merge first. */
export async function readWaiting(db: Db, services: EvidenceQuestion['services']): Promise<LinkedChange[]> {
  const ids = [...(await serviceIds(db, services)).values()]
  if (ids.length === 0) return []
  const read = await packedRows<ChangeRow>(
    db,
    columns,
    sql`select c.*, s.key as service, null as deployment_source, null as deployment_id
      from changes c join services s on s.id = c.service_id
      where c.service_id = any(${intList(ids)}) and c.deployment_n = 0 order by c.merged_at, c.service_id, c.position`,
  )
  return read.map(linkedChange)
}

export function linkedChange(row: ChangeRow): LinkedChange {
  const [
    _serviceId,
    _n,
    _position,
    service,
    repository,
    key,
    title,
    url,
    commit,
    environment,
    tier,
    deploymentSource,
    deploymentId,
    ...rest
  ] = row
  const [deployedAt, startedAt, mergedAt, basis, exclusion, firstInTier, commits, stages, filesUnknown] = rest
  return {
    service,
    repository,
    key,
    title,
    url,
    commit,
    environment,
    tier,
    deployment: deploymentSource === null || deploymentId === null ? null : { source: deploymentSource, id: deploymentId },
    deployedAt,
    startedAt,
    mergedAt,
    basis,
    exclusion,
    firstInTier,
    commits,
    stages: stages === null ? {} : (JSON.parse(stages) as LinkedChange['stages']),
    filesUnknown,
  }
}
