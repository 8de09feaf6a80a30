/** Writes what delivery derived of services: only what differs from what is stored. */
import { type SQL, sql } from 'drizzle-orm'
import { identityOf } from '../delivery/kinds.ts'
import type { Instant, Ref } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { LinkedChange, LinkedDeployment, LinkedIncident, Signal } from '../linked.ts'
import { type Awaiting, writeAwaited } from './awaited.ts'
import { chunks, type Db, intList, recordset, rows } from './database.ts'
import { type ChangeRow, deleteChanges, deleteWaiting, freePositions, insertChanges } from './derived-changes.ts'
import {
  deleteIncidents,
  type IncidentRow,
  type IncidentTimes,
  incidentRow,
  type StoredIncident,
  storedIncidentColumns,
  upsertIncidents,
} from './derived-incidents.ts'
import { digestOf } from './digest.ts'
import { type FoundBy, foundBy } from './found-by.ts'
import type { Feed } from './services.ts'

export interface DerivedService {
  serviceId: number
  deployments: LinkedDeployment[]
  /** By the culprit's reference: until when a fact may change its episode. */
  reach: Map<string, Instant>
  /** The changes of each deployment that carries any; equal digests mean equal rows. */
  carried: { deployment: Ref; digest: string; rows(): Iterable<LinkedChange> }[]
  /** All that waits, with a digest that tells whether it differs; or what of it no longer does, by keys, and what is new. */
  waiting: { digest: string; rows(): Iterable<LinkedChange> } | { gone: string[]; rows(): Iterable<LinkedChange> }
  incidents: LinkedIncident[]
  /** References of the incidents of which another service may have a row. */
  sharedIncidents: ReadonlySet<string>
  signals: Signal[]
  repositories: string[]
  feeds: Feed[]
  awaited: { deployment: Ref; names: string[] }[]
  /** The stored rows that these take the place of. */
  stored: StoredRows
}

export interface StoredRows {
  deployments: StoredDeployment[]
  incidents: StoredIncident[]
  awaited: (Ref & { name: string })[]
  waitingDigest: string
  repositories: string[]
}

export interface StoredDeployment extends Ref {
  n: number
  environment: string
  tier: string | null
  at: Instant | null
  reach: Instant | null
  digest: string
  carriedDigest: string
}

/** A deployment whose row differs from what was stored. */
export interface WrittenDeployment {
  n: number
  /** Where it stood; null: it is new. */
  before: { tier: string | null; at: Instant | null } | null
  /** What it is now; null: it is gone. */
  after: LinkedDeployment | null
  /** What it carries now; null: what it carried before. */
  carried: Iterable<LinkedChange> | null
}

/** What was written of a service, for the tallies. */
export interface WrittenService {
  id: number
  deployments: WrittenDeployment[]
  /** Those that no other service can have a row of. */
  incidents: { before: IncidentTimes | null; after: IncidentTimes | null }[]
  /** It delivers from other repositories than before. */
  movedRepository: boolean
}

export const storedDeploymentColumns = sql`d.source, d.id, d.n, d.environment, d.tier, d.at, d.reach, d.digest, d.carried_digest as "carriedDigest"`

export function nothingStored(): StoredRows {
  return { deployments: [], incidents: [], awaited: [], waitingDigest: '', repositories: [] }
}

/** Every row derived of the services, by service. */
export async function readStored(tx: Db, serviceIds: number[]): Promise<Map<number, StoredRows>> {
  const stored = new Map(serviceIds.map((id): [number, StoredRows] => [id, nothingStored()]))
  const services = await rows<{ id: number; digest: string; repositories: string }>(
    tx,
    sql`select id, waiting_digest as digest, repositories from services where id = any(${intList(serviceIds)})`,
  )
  for (const { id, digest, repositories } of services) {
    const own = stored.get(id)
    if (own) Object.assign(own, { waitingDigest: digest, repositories: JSON.parse(repositories) })
  }
  const of = sql`service_id = any(${intList(serviceIds)})`
  type Of<T> = T & { serviceId: number }
  const deployments = await rows<Of<StoredDeployment>>(
    tx,
    sql`select service_id as "serviceId", ${storedDeploymentColumns} from deployments d where ${of}`,
  )
  for (const { serviceId, ...row } of deployments) stored.get(serviceId)?.deployments.push(row)
  const incidents = await rows<Of<StoredIncident>>(
    tx,
    sql`select service_id as "serviceId", ${storedIncidentColumns} from incidents where ${of}`,
  )
  for (const { serviceId, ...row } of incidents) stored.get(serviceId)?.incidents.push(row)
  const awaited = await rows<Of<Ref & { name: string }>>(
    tx,
    sql`select service_id as "serviceId", source, id, name from awaited where ${of}`,
  )
  for (const { serviceId, ...row } of awaited) stored.get(serviceId)?.awaited.push(row)
  return stored
}

/** The caller has locked the services. Answers what is different now, service by service. */
export async function writeDerived(tx: Db, services: DerivedService[], now: Instant): Promise<WrittenService[]> {
  const deployments = services.map(differingDeployments)
  const numbers = await writeDeployments(tx, services, deployments)
  await writeAwaited(tx, services.flatMap(awaitedOf))
  const incidents = await writeIncidents(tx, services)
  await writeServices(tx, services, now)
  return services.map((service, index) => ({
    id: service.serviceId,
    deployments: writtenDeployments(service, deployments[index] as DifferingDeployments, numbers),
    incidents: incidents[index] ?? [],
    movedRepository: JSON.stringify(service.repositories) !== JSON.stringify(service.stored.repositories),
  }))
}

function writtenDeployments(service: DerivedService, differing: DifferingDeployments, numbers: Map<string, number>): WrittenDeployment[] {
  const sets = new Map(service.carried.map((set) => [refKey(set.deployment), set]))
  const written = differing.changed.map(({ before, after }): WrittenDeployment => {
    const key = refKey(after)
    const carried = differing.carriers.has(key) ? (sets.get(key)?.rows() ?? []) : null
    return { n: numbers.get(numberKey(service.serviceId, after)) as number, before, after, carried }
  })
  return [...written, ...differing.left.map((row) => ({ n: row.n, before: row, after: null, carried: null }))]
}

/** Forgets everything derived of the services. */
export async function clearDerived(tx: Db, serviceIds: number[]): Promise<void> {
  const of = sql`service_id = any(${intList(serviceIds)})`
  for (const table of [sql`changes`, sql`deployments`, sql`awaited`, sql`incidents`, sql`blocks`])
    await rows(tx, sql`delete from ${table} where ${of}`)
  await rows(
    tx,
    sql`update services set signals = '[]', repositories = '[]', feeds = '[]', waiting_digest = '', waiting = 0, waiting_since = null
      where id = any(${intList(serviceIds)})`,
  )
}

interface DeploymentRow extends StoredDeployment, FoundBy {
  serviceId: number
  identity: string | null
  body: string
}

interface DifferingDeployments {
  written: DeploymentRow[]
  /** The same, with what stood there. */
  changed: { before: StoredDeployment | null; after: LinkedDeployment }[]
  /** Those that are no more. */
  left: StoredDeployment[]
  /** Numbers of deployments whose changes are others now. */
  stale: number[]
  /** References of those whose changes are written. */
  carriers: Set<string>
}

function differingDeployments(service: DerivedService): DifferingDeployments {
  const { serviceId, stored, carried, reach: reaches } = service
  const known = new Map(stored.deployments.map((row) => [refKey(row), row]))
  const sets = new Map(carried.map((set) => [refKey(set.deployment), set]))
  const found: DifferingDeployments = { written: [], changed: [], left: [], stale: [], carriers: new Set() }
  for (const deployment of service.deployments) {
    const key = refKey(deployment)
    const body = JSON.stringify(deployment)
    const digest = digestOf(body)
    const carriedDigest = sets.get(key)?.digest ?? ''
    const reach = reaches.get(key) ?? null
    const row = known.get(key)
    known.delete(key)
    if (row?.digest === digest && row.carriedDigest === carriedDigest && row.reach === reach) continue
    if (row?.carriedDigest !== carriedDigest) {
      found.carriers.add(key)
      if (row && row.carriedDigest !== '') found.stale.push(row.n)
    }
    const { source, id, environment, tier } = deployment
    const at = deployment.finishedAt ?? deployment.startedAt
    const identity = deployment.status === 'succeeded' ? identityOf(deployment) : null
    const carries = found.carriers.has(key) ? (sets.get(key)?.rows() ?? []) : []
    const by = foundBy(deployment, carries)
    found.written.push({
      serviceId,
      n: row?.n ?? 0,
      source,
      id,
      environment,
      tier,
      at,
      identity,
      reach,
      digest,
      carriedDigest,
      body,
      ...by,
    })
    found.changed.push({ before: row ?? null, after: deployment })
  }
  found.left = [...known.values()]
  return found
}

/** The numbers of those that were written. */
async function writeDeployments(tx: Db, services: DerivedService[], differing: DifferingDeployments[]): Promise<Map<string, number>> {
  const pairs = (numbers: (found: DifferingDeployments) => number[]) =>
    differing.flatMap((found, index) => numbers(found).map((n) => ({ s: services[index]?.serviceId ?? 0, n })))
  const gone = pairs((found) => found.left.map(({ n }) => n))
  for (const chunk of chunks(gone)) {
    await rows(tx, sql`delete from deployments d using ${recordset(chunk, 's int, n int')} where d.service_id = t.s and d.n = t.n`)
  }
  await deleteChanges(tx, [...pairs((found) => found.stale), ...gone])
  const written = await writeDeploymentRows(
    tx,
    differing.flatMap((found) => found.written),
  )
  const waiting = new Map<number, { all: boolean; next: number }>()
  for (const { serviceId, waiting: all, stored } of services) {
    if ('digest' in all && all.digest !== stored.waitingDigest) waiting.set(serviceId, { all: true, next: 0 })
  }
  await deleteChanges(
    tx,
    [...waiting.keys()].map((s) => ({ s, n: 0 })),
  )
  const partly = services.flatMap(({ serviceId, waiting: part }) => ('gone' in part ? { serviceId, part, rows: [...part.rows()] } : []))
  await deleteWaiting(
    tx,
    partly.flatMap(({ serviceId, part }) => part.gone.map((k) => ({ s: serviceId, k }))),
  )
  const adding = partly.filter(({ rows: added }) => added.length > 0).map(({ serviceId }) => serviceId)
  for (const { serviceId, next } of await freePositions(tx, adding)) waiting.set(serviceId, { all: false, next })
  await insertChanges(tx, changedRows(services, differing, written, waiting))
  await countWaiting(tx, [...waiting.keys(), ...partly.flatMap(({ serviceId, part }) => (part.gone.length > 0 ? [serviceId] : []))])
  return written
}

/** Notes how many changes wait, and since when. */
async function countWaiting(tx: Db, serviceIds: number[]): Promise<void> {
  if (serviceIds.length === 0) return
  await rows(
    tx,
    sql`update services s set waiting = w.count, waiting_since = w.since from (
        select t.id, count(c.merged_at)::int as count, min(c.merged_at) as since from unnest(${intList(serviceIds)}) as t(id)
        left join changes c on c.service_id = t.id and c.deployment_n = 0 group by t.id) w where s.id = w.id`,
  )
}

async function writeDeploymentRows(tx: Db, differing: DeploymentRow[]): Promise<Map<string, number>> {
  const numbers = new Map<string, number>()
  for (const chunk of chunks(differing)) {
    const written = await rows<Ref & { serviceId: number; n: number }>(
      tx,
      sql`insert into deployments as d (service_id, source, id, environment, tier, at, identity, reach, digest, carried_digest, body, apart,
          judgeable, settled, failed, began_at, recovered_at, size, longest, longest_left_out, left_out)
        select "serviceId", source, id, environment, tier, at, identity, reach, digest, "carriedDigest", body, apart, judgeable, settled, failed,
          "beganAt", "recoveredAt", size, longest, "longestLeftOut", "leftOut" from ${recordset(
            chunk,
            `"serviceId" int, source text, id text, environment text, tier text, at bigint, identity text, reach bigint, digest text,
             "carriedDigest" text, body text, apart text, judgeable boolean, settled boolean, failed boolean, "beganAt" bigint,
             "recoveredAt" bigint, size int, longest bigint, "longestLeftOut" bigint, "leftOut" int`,
          )}
        on conflict (service_id, source, id) do update set environment = excluded.environment, tier = excluded.tier, at = excluded.at,
          identity = excluded.identity, reach = excluded.reach, digest = excluded.digest, carried_digest = excluded.carried_digest,
          body = excluded.body, apart = excluded.apart, judgeable = excluded.judgeable, settled = excluded.settled, failed = excluded.failed,
          began_at = excluded.began_at, recovered_at = excluded.recovered_at, size = excluded.size,
          ${carriesOther('longest')}, ${carriesOther('longest_left_out')}, ${carriesOther('left_out')}
        returning service_id as "serviceId", source, id, n`,
    )
    for (const row of written) numbers.set(numberKey(row.serviceId, row), row.n)
  }
  return numbers
}

/** What follows from the changes stays where they are the same ones. */
function carriesOther(column: string): SQL {
  const name = sql.raw(column)
  return sql`${name} = case when d.carried_digest = excluded.carried_digest then d.${name} else excluded.${name} end`
}

function numberKey(serviceId: number, ref: Ref): string {
  return `${serviceId} ${refKey(ref)}`
}

/** Positions count within a deployment, of what waits within the service. */
function* changedRows(
  services: DerivedService[],
  differing: DifferingDeployments[],
  numbers: Map<string, number>,
  waiting: Map<number, { all: boolean; next: number }>,
): Generator<ChangeRow> {
  for (const [index, { serviceId, carried, waiting: waits }] of services.entries()) {
    for (const set of carried) {
      const n = numbers.get(numberKey(serviceId, set.deployment))
      if (n === undefined || !differing[index]?.carriers.has(refKey(set.deployment))) continue
      let position = 0
      for (const change of set.rows()) yield { serviceId, n, position: position++, change }
    }
    let position = waiting.get(serviceId)?.next
    if (position === undefined) continue
    for (const change of waits.rows()) yield { serviceId, n: 0, position: position++, change }
  }
}

function awaitedOf({ serviceId, awaited, stored }: DerivedService): Awaiting {
  return {
    serviceId,
    stored: stored.awaited,
    wanted: awaited.flatMap(({ deployment, names }) => names.map((name) => ({ ...deployment, name }))),
  }
}

async function writeIncidents(tx: Db, services: DerivedService[]): Promise<WrittenService['incidents'][]> {
  const gone: (Ref & { serviceId: number })[] = []
  const written: IncidentRow[] = []
  const differing = services.map(({ serviceId, stored, incidents, sharedIncidents }) => {
    const known = new Map(stored.incidents.map((row) => [refKey(row), row]))
    const changed: WrittenService['incidents'] = []
    for (const incident of incidents) {
      const row = incidentRow(serviceId, incident, sharedIncidents.has(refKey(incident)))
      const before = known.get(refKey(incident)) ?? null
      known.delete(refKey(incident))
      if (before?.digest === row.digest && before.isShared === row.isShared) continue
      written.push(row)
      changed.push({ before: ownTimes(before), after: ownTimes(row) })
    }
    for (const row of known.values()) {
      gone.push({ serviceId, source: row.source, id: row.id })
      changed.push({ before: ownTimes(row), after: null })
    }
    return changed
  })
  await deleteIncidents(tx, gone)
  await upsertIncidents(tx, written)
  return differing
}

/** Null for what another service may list as well. */
function ownTimes(row: StoredIncident | null): IncidentTimes | null {
  return row === null || row.isShared ? null : { openedAt: row.openedAt, endedAt: row.endedAt }
}

async function writeServices(tx: Db, services: DerivedService[], now: Instant): Promise<void> {
  const written = services.map(({ serviceId, signals, repositories, feeds, waiting, stored }) => {
    const [s, r, f] = [signals, repositories, feeds].map((value) => JSON.stringify(value))
    return { id: serviceId, s, r, f, w: waitingDigest(waiting, stored) }
  })
  await rows(
    tx,
    sql`update services s set signals = t.s, repositories = t.r, feeds = t.f, waiting_digest = t.w, changed_at = greatest(changed_at, ${now}::bigint)
      from ${recordset(written, 'id int, s text, r text, f text, w text')} where s.id = t.id`,
  )
}

/** Where only a part of what waits was written, there is none: the next that knows all of it writes all. */
function waitingDigest(waiting: DerivedService['waiting'], stored: StoredRows): string {
  if ('digest' in waiting) return waiting.digest
  return waiting.gone.length === 0 && [...waiting.rows()].length === 0 ? stored.waitingDigest : ''
}
