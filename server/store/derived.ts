/** Writes what delivery derived of a service: only what differs from what is stored. */
import { createHash } from 'node:crypto'
import { type SQL, sql } from 'drizzle-orm'
import type { Instant, Ref } from '../facts.ts'
import { refKey } from '../facts.ts'
import type { LinkedChange, LinkedDeployment, LinkedIncident, Signal } from '../linked.ts'
import { incidentEnd } from '../metrics/incident-restore.ts'
import { chunks, type Db, intList, recordset, rows } from './database.ts'
import { type FoundBy, foundBy } from './found-by.ts'
import type { Feed } from './services.ts'

export interface DerivedService {
  deployments: LinkedDeployment[]
  /** The changes of each deployment that carries any; equal digests mean equal rows. */
  carried: { deployment: Ref; digest: string; rows(): Iterable<LinkedChange> }[]
  waiting: { digest: string; rows(): Iterable<LinkedChange> }
  incidents: LinkedIncident[]
  /** References of the incidents of which another service may have a row. */
  sharedIncidents: ReadonlySet<string>
  signals: Signal[]
  repositories: string[]
  feeds: Feed[]
}

interface StoredDeployment extends Ref {
  n: number
  tier: string | null
  at: Instant | null
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

/** When an incident of a service lasted, where no other service can have a row of it. */
export interface IncidentTimes {
  openedAt: Instant
  endedAt: Instant | null
}

/** What was written of a service, for the tallies. */
export interface WrittenService {
  id: number
  deployments: WrittenDeployment[]
  incidents: { before: IncidentTimes | null; after: IncidentTimes | null }[]
  /** It delivers from other repositories than before. */
  movedRepository: boolean
}

/** The caller has locked the service. */
export async function writeDerived(tx: Db, serviceId: number, derived: DerivedService, now: Instant): Promise<WrittenService> {
  return {
    id: serviceId,
    deployments: await writeDeployments(tx, serviceId, derived),
    incidents: await writeIncidents(tx, serviceId, derived),
    movedRepository: await writeService(tx, serviceId, derived, now),
  }
}

/** Forgets everything derived of the service. */
export async function clearDerived(tx: Db, serviceId: number): Promise<void> {
  await rows(tx, sql`delete from changes where service_id = ${serviceId}`)
  await rows(tx, sql`delete from deployments where service_id = ${serviceId}`)
  await rows(tx, sql`delete from incidents where service_id = ${serviceId}`)
  await rows(tx, sql`delete from blocks where service_id = ${serviceId}`)
  await rows(
    tx,
    sql`update services set signals = '[]', repositories = '[]', feeds = '[]', waiting_digest = '', waiting = 0, waiting_since = null where id = ${serviceId}`,
  )
}

async function writeDeployments(tx: Db, serviceId: number, derived: DerivedService): Promise<WrittenDeployment[]> {
  const stored = await rows<StoredDeployment>(
    tx,
    sql`select n, source, id, tier, at, digest, carried_digest as "carriedDigest" from deployments where service_id = ${serviceId}`,
  )
  const known = new Map(stored.map((row) => [refKey(row), row]))
  const carriedDigests = new Map(derived.carried.map((set) => [refKey(set.deployment), set.digest]))
  const sets = new Map(derived.carried.map((set) => [refKey(set.deployment), set]))
  const differing: DeploymentRow[] = []
  const changed: { before: StoredDeployment | null; after: LinkedDeployment; carriesOther: boolean }[] = []
  const staleCarries: number[] = []
  for (const deployment of derived.deployments) {
    const key = refKey(deployment)
    const body = JSON.stringify(deployment)
    const digest = digestOf(body)
    const carriedDigest = carriedDigests.get(key) ?? ''
    const row = known.get(key)
    known.delete(key)
    if (row?.digest === digest && row.carriedDigest === carriedDigest) {
      carriedDigests.delete(key)
      continue
    }
    if (row?.carriedDigest === carriedDigest) carriedDigests.delete(key)
    else if (row && row.carriedDigest !== '') staleCarries.push(row.n)
    const { source, id, environment, tier } = deployment
    const at = deployment.finishedAt ?? deployment.startedAt
    const carried = row?.carriedDigest === carriedDigest ? [] : (sets.get(key)?.rows() ?? [])
    differing.push({ source, id, environment, tier, at, digest, carriedDigest, body, ...foundBy(deployment, carried) })
    changed.push({ before: row ?? null, after: deployment, carriesOther: row?.carriedDigest !== carriedDigest })
  }
  const gone = [...known.values()].map((row) => row.n)
  if (gone.length > 0) await rows(tx, sql`delete from deployments where service_id = ${serviceId} and n = any(${intList(gone)})`)
  await deleteChanges(tx, serviceId, [...staleCarries, ...gone])
  const numbers = await writeDeploymentRows(tx, serviceId, differing)
  const waiting = await replaceWaiting(tx, serviceId, derived.waiting)
  if (waiting) await deleteChanges(tx, serviceId, [0])
  await insertChanges(tx, serviceId, changedRows(derived, carriedDigests, numbers, waiting))
  const written = changed.map(({ before, after, carriesOther }): WrittenDeployment => {
    const key = refKey(after)
    return { n: numbers.get(key) as number, before, after, carried: carriesOther ? (sets.get(key)?.rows() ?? []) : null }
  })
  return [...written, ...[...known.values()].map((row) => ({ n: row.n, before: row, after: null, carried: null }))]
}

interface DeploymentRow extends Omit<StoredDeployment, 'n'>, FoundBy {
  environment: string
  body: string
}

async function writeDeploymentRows(tx: Db, serviceId: number, differing: DeploymentRow[]): Promise<Map<string, number>> {
  const numbers = new Map<string, number>()
  for (const chunk of chunks(differing)) {
    const written = await rows<Ref & { n: number }>(
      tx,
      sql`insert into deployments as d (service_id, source, id, environment, tier, at, digest, carried_digest, body, apart, judgeable,
          settled, failed, began_at, recovered_at, size, longest, longest_left_out, left_out)
        select ${serviceId}::int, source, id, environment, tier, at, digest, "carriedDigest", body, apart, judgeable, settled, failed, "beganAt",
          "recoveredAt", size, longest, "longestLeftOut", "leftOut" from ${recordset(
            chunk,
            `source text, id text, environment text, tier text, at bigint, digest text, "carriedDigest" text, body text, apart text,
              judgeable boolean, settled boolean, failed boolean, "beganAt" bigint, "recoveredAt" bigint, size int, longest bigint,
              "longestLeftOut" bigint, "leftOut" int`,
          )}
        on conflict (service_id, source, id) do update set environment = excluded.environment, tier = excluded.tier, at = excluded.at,
          digest = excluded.digest, carried_digest = excluded.carried_digest, body = excluded.body, apart = excluded.apart,
          judgeable = excluded.judgeable, settled = excluded.settled, failed = excluded.failed, began_at = excluded.began_at,
          recovered_at = excluded.recovered_at, size = excluded.size,
          ${carriesOther('longest')}, ${carriesOther('longest_left_out')}, ${carriesOther('left_out')}
        returning source, id, n`,
    )
    for (const row of written) numbers.set(refKey(row), row.n)
  }
  return numbers
}

/** What follows from the changes stays where they are the same ones. */
function carriesOther(column: string): SQL {
  const name = sql.raw(column)
  return sql`${name} = case when d.carried_digest = excluded.carried_digest then d.${name} else excluded.${name} end`
}

/** Positions count within a deployment. */
function* changedRows(
  derived: DerivedService,
  changed: Map<string, string>,
  numbers: Map<string, number>,
  waiting: boolean,
): Generator<LinkedChange & { n: number; position: number }> {
  for (const set of derived.carried) {
    const key = refKey(set.deployment)
    const n = numbers.get(key)
    if (n === undefined || !changed.has(key)) continue
    let position = 0
    for (const change of set.rows()) yield { ...change, n, position: position++ }
  }
  if (!waiting) return
  let position = 0
  for (const change of derived.waiting.rows()) yield { ...change, n: 0, position: position++ }
}

async function insertChanges(tx: Db, serviceId: number, changed: Iterable<LinkedChange & { n: number; position: number }>): Promise<void> {
  for (const chunk of chunks(changed)) {
    const flat = chunk.map((change) => ({
      n: change.n,
      p: change.position,
      r: change.repository,
      k: change.key,
      t: change.title,
      u: change.url ?? undefined,
      c: change.commit ?? undefined,
      e: change.environment,
      i: change.tier ?? undefined,
      d: change.deployedAt ?? undefined,
      s: change.startedAt,
      m: change.mergedAt,
      b: change.basis,
      x: change.exclusion ?? undefined,
      f: change.firstInTier,
      h: change.commits,
      g: Object.keys(change.stages).length === 0 ? undefined : JSON.stringify(change.stages),
      l: change.filesUnknown,
    }))
    await rows(
      tx,
      sql`insert into changes (service_id, deployment_n, position, repository, key, title, url, commit, environment, tier, deployed_at, started_at,
          merged_at, basis, exclusion, first_in_tier, commits, stages, files_unknown)
        select ${serviceId}::int, n, p, r, k, t.t, u, c, e, i, d, s, m, b, x, f, h, g, l from ${recordset(
          flat,
          `n int, p int, r text, k text, t text, u text, c text, e text, i text, d bigint, s bigint, m bigint, b text, x text, f boolean, h int, g text, l boolean`,
        )}`,
    )
  }
}

async function deleteChanges(tx: Db, serviceId: number, numbers: number[]): Promise<void> {
  if (numbers.length === 0) return
  await rows(tx, sql`delete from changes where service_id = ${serviceId} and deployment_n = any(${intList(numbers)})`)
}

/** Answers whether other changes wait than before. */
async function replaceWaiting(tx: Db, serviceId: number, waiting: DerivedService['waiting']): Promise<boolean> {
  const [stored] = await rows<{ digest: string }>(tx, sql`select waiting_digest as digest from services where id = ${serviceId}`)
  if (stored?.digest === waiting.digest) return false
  let count = 0
  let since: Instant | null = null
  for (const { mergedAt } of waiting.rows()) {
    count++
    since = Math.min(since ?? mergedAt, mergedAt)
  }
  await rows(
    tx,
    sql`update services set waiting_digest = ${waiting.digest}, waiting = ${count}, waiting_since = ${since}::bigint where id = ${serviceId}`,
  )
  return true
}

async function writeIncidents(
  tx: Db,
  serviceId: number,
  { incidents, sharedIncidents }: DerivedService,
): Promise<WrittenService['incidents']> {
  const stored = await rows<Omit<IncidentRow, 'body'>>(
    tx,
    sql`select source, id, opened_at as "openedAt", ended_at as "endedAt", is_shared as "isShared", digest from incidents
      where service_id = ${serviceId}`,
  )
  const known = new Map(stored.map((row) => [refKey(row), row]))
  const differing: IncidentRow[] = []
  const written: WrittenService['incidents'] = []
  for (const incident of incidents) {
    const row = incidentRow(incident, sharedIncidents.has(refKey(incident)))
    const before = known.get(refKey(incident)) ?? null
    known.delete(refKey(incident))
    if (before?.digest === row.digest && before.isShared === row.isShared) continue
    differing.push(row)
    written.push({ before: timesOf(before), after: timesOf(row) })
  }
  await deleteIncidents(tx, serviceId, [...known.values()])
  await upsertIncidents(tx, serviceId, differing)
  return [...written, ...[...known.values()].map((row) => ({ before: timesOf(row), after: null }))]
}

/** Null for what may be listed with several services. */
function timesOf(row: Omit<IncidentRow, 'body'> | null): IncidentTimes | null {
  return row === null || row.isShared ? null : { openedAt: row.openedAt, endedAt: row.endedAt }
}

/** Those of the incidents that are listed with one of the services. */
export async function incidentsListed(db: Db, serviceIds: Iterable<number>, refs: Ref[]): Promise<Ref[]> {
  const ids = [...serviceIds]
  if (ids.length === 0 || refs.length === 0) return []
  return rows(
    db,
    sql`select distinct i.source, i.id from ${recordset(
      refs.map(({ source, id }) => ({ source, id })),
      'source text, id text',
    )} join incidents i on i.source = t.source and i.id = t.id where i.service_id = any(${intList(ids)})`,
  )
}

/** Lists incidents as of no service, and takes others off that list. */
export async function writeUnassigned(tx: Db, listed: LinkedIncident[], gone: Ref[]): Promise<void> {
  await deleteIncidents(tx, 0, gone)
  await upsertIncidents(
    tx,
    0,
    listed.map((incident) => incidentRow(incident, true)),
  )
}

interface IncidentRow extends Ref, IncidentTimes {
  isShared: boolean
  digest: string
  body: string
}

function incidentRow(incident: LinkedIncident, isShared: boolean): IncidentRow {
  const { source, id, openedAt } = incident
  const body = JSON.stringify(incident)
  return { source, id, openedAt, endedAt: incidentEnd(incident), isShared, digest: digestOf(body), body }
}

async function deleteIncidents(tx: Db, serviceId: number, gone: Ref[]): Promise<void> {
  if (gone.length === 0) return
  await rows(
    tx,
    sql`delete from incidents i using ${recordset(gone, 'source text, id text')}
      where i.service_id = ${serviceId} and i.source = t.source and i.id = t.id`,
  )
}

async function upsertIncidents(tx: Db, serviceId: number, written: IncidentRow[]): Promise<void> {
  for (const chunk of chunks(written)) {
    await rows(
      tx,
      sql`insert into incidents (service_id, source, id, opened_at, ended_at, is_shared, digest, body)
        select ${serviceId}::int, source, id, "openedAt", "endedAt", "isShared", digest, body
        from ${recordset(chunk, 'source text, id text, "openedAt" bigint, "endedAt" bigint, "isShared" boolean, digest text, body text')}
        on conflict (service_id, source, id) do update set opened_at = excluded.opened_at, ended_at = excluded.ended_at,
          is_shared = excluded.is_shared, digest = excluded.digest, body = excluded.body`,
    )
  }
}

/** Answers whether it delivers from other repositories than before. */
async function writeService(tx: Db, serviceId: number, derived: DerivedService, now: Instant): Promise<boolean> {
  const [signals, repositories, feeds] = [derived.signals, derived.repositories, derived.feeds].map((value) => JSON.stringify(value))
  const [before] = await rows<{ repositories: string }>(tx, sql`select repositories from services where id = ${serviceId}`)
  await rows(
    tx,
    sql`update services set signals = ${signals}, repositories = ${repositories}, feeds = ${feeds}, changed_at = greatest(changed_at, ${now})
      where id = ${serviceId}`,
  )
  return before?.repositories !== repositories
}

function digestOf(body: string): string {
  return createHash('sha1').update(body).digest('base64url').slice(0, 20)
}
