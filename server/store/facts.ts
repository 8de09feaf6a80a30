/** The facts as they came, in their standing versions. */
import { sql } from 'drizzle-orm'
import type { FactKind, Instant, Ref } from '../facts.ts'
import { chunks, type Db, intList, recordset, rows } from './database.ts'
import type { Identity } from './identities.ts'

export interface FactRow extends Ref {
  kind: FactKind
  /** The service as the fact names it; null: the one its source belongs to, or none. */
  serviceName: string | null
  serviceId: number | null
  repositoryId: number | null
  updatedAt: Instant | null
  /** Position in the fact's life: among versions without a newer time the later one stands. */
  rank: number
  /** The standing version as canonical JSON; null where a withdrawal came before the fact. */
  body: string | null
  /** What its source sent, where an artifact completes it: the body is both; null: the body is what was sent. */
  sent: string | null
  withdrawn: boolean
  /** Versions up to this time are withdrawn; null: those without a time. */
  withdrawnThrough: Instant | null
}

export interface FactKey extends Ref {
  kind: FactKind
}

const columns = sql`f.kind, f.source, f.id, f.service_name as "serviceName", f.service_id as "serviceId", f.repository_id as "repositoryId",
  f.updated_at as "updatedAt", f.rank, f.body, f.sent, f.withdrawn, f.withdrawn_through as "withdrawnThrough"`

/** The rows of these keys that exist; nobody else can change them until the transaction ends. */
export async function lockFacts(tx: Db, keys: FactKey[]): Promise<FactRow[]> {
  const found: FactRow[] = []
  for (const chunk of chunks(keys)) {
    const read = await rows<FactRow>(
      tx,
      sql`select ${columns} from ${recordset(chunk, 'kind text, source text, id text')}
        join facts f on f.kind = t.kind and f.source = t.source and f.id = t.id order by f.kind, f.source, f.id for update of f`,
    )
    found.push(...read)
  }
  return found
}

/** Whether any version of the fact stands. */
export async function isStanding(db: Db, { kind, source, id }: FactKey): Promise<boolean> {
  const found = await rows(
    db,
    kind === 'commit'
      ? sql`select 1 from commits where source = ${source} and not withdrawn and ${sameCommit(id)} limit 1`
      : sql`select 1 from facts where kind = ${kind} and source = ${source} and id = ${id} and not withdrawn`,
  )
  return found.length > 0
}

/** A commit's own id is its sha unless the source gave another. */
export function sameCommit(id: string) {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(id)
    ? sql`(sha = decode(${id}, 'hex') and external_id is null or external_id = ${id})`
    : sql`external_id = ${id}`
}

/** Writes the rows as they are; sort them by key, so that two writers never wait for each other in a circle. */
export async function writeFacts(tx: Db, written: FactRow[], writtenAt: Instant): Promise<void> {
  for (const chunk of chunks(written)) {
    await rows(
      tx,
      sql`insert into facts (kind, source, id, service_name, service_id, repository_id, updated_at, rank, body, sent, withdrawn, withdrawn_through, written_at)
        select kind, source, id, "serviceName", "serviceId", "repositoryId", "updatedAt", rank, body, sent, withdrawn, "withdrawnThrough", ${writtenAt}::bigint
        from ${recordset(
          chunk,
          `kind text, source text, id text, "serviceName" text, "serviceId" int, "repositoryId" int, "updatedAt" bigint, rank smallint,
           body text, sent text, withdrawn boolean, "withdrawnThrough" bigint`,
        )}
        on conflict (kind, source, id) do update set service_name = excluded.service_name, service_id = excluded.service_id,
          repository_id = excluded.repository_id, updated_at = excluded.updated_at, rank = excluded.rank, body = excluded.body,
          sent = excluded.sent, withdrawn = excluded.withdrawn, withdrawn_through = excluded.withdrawn_through, written_at = excluded.written_at`,
    )
  }
}

export interface StandingFact extends Ref {
  serviceId: number | null
  repositoryId: number | null
  body: string
}

const standing = sql`source, id, service_id as "serviceId", repository_id as "repositoryId", body`

export async function readServiceFacts(db: Db, serviceIds: number[], kind: FactKind): Promise<StandingFact[]> {
  return rows(db, sql`select ${standing} from facts where service_id = any(${intList(serviceIds)}) and kind = ${kind} and not withdrawn`)
}

export async function readRepositoryFacts(db: Db, repositoryIds: number[], kind: FactKind): Promise<StandingFact[]> {
  if (repositoryIds.length === 0) return []
  return rows(
    db,
    sql`select ${standing} from facts where repository_id = any(${intList(repositoryIds)}) and kind = ${kind} and not withdrawn`,
  )
}

/** The repositories of the services' standing changes. */
export async function changeRepositories(db: Db, serviceIds: number[]): Promise<{ serviceId: number; repositoryId: number }[]> {
  return rows(
    db,
    sql`select distinct service_id as "serviceId", repository_id as "repositoryId" from facts
      where service_id = any(${intList(serviceIds)}) and kind = 'change' and not withdrawn and repository_id is not null`,
  )
}

/** How many facts each of the services has, counted to the number. */
export async function countServiceFacts(db: Db, serviceIds: number[], most: number): Promise<Map<number, number>> {
  if (serviceIds.length === 0) return new Map()
  const found = await rows<{ id: number; count: number }>(
    db,
    sql`select t.id, c.count from unnest(${intList(serviceIds)}) as t(id) cross join lateral
      (select count(*)::int as count from (select 1 from facts where service_id = t.id limit ${most}) f) c`,
  )
  return new Map(found.map(({ id, count }) => [id, count]))
}

export async function readFactsByKey(db: Db, keys: FactKey[]): Promise<(StandingFact & FactKey)[]> {
  if (keys.length === 0) return []
  return rows(
    db,
    sql`select f.kind, f.source, f.id, f.service_id as "serviceId", f.repository_id as "repositoryId", f.body
      from ${recordset(keys, 'kind text, source text, id text')}
      join facts f on f.kind = t.kind and f.source = t.source and f.id = t.id where not f.withdrawn`,
  )
}

/** Every row of a kind, in pages. */
export async function* readFactPages(db: Db, kind: FactKind): AsyncGenerator<FactRow[]> {
  const pageSize = 2000
  let last: Ref = { source: '', id: '' }
  for (;;) {
    const page = await rows<FactRow>(
      db,
      sql`select ${columns} from facts f where f.kind = ${kind} and (f.source, f.id) > (${last.source}, ${last.id})
        order by f.source, f.id limit ${pageSize}`,
    )
    if (page.length > 0) yield page
    if (page.length < pageSize) return
    last = page.at(-1) as FactRow
  }
}

/** Deployments and changes whose source names their service so. */
export async function readIdentityFacts(db: Db, { source, name, serviceId }: Identity): Promise<FactRow[]> {
  return rows(
    db,
    sql`select ${columns} from facts f where f.service_id = ${serviceId} and f.kind in ('deployment', 'change') and f.source = ${source}
      and coalesce(f.service_name, '') = ${name} order by f.kind, f.source, f.id for update`,
  )
}

/** Services that have or had deployments or changes in one of the repositories: one step through the index for each of them. */
export async function servicesOfRepositories(db: Db, repositoryIds: number[]): Promise<number[]> {
  if (repositoryIds.length === 0) return []
  const next = (repository: ReturnType<typeof sql>, after: ReturnType<typeof sql>) => sql`(select service_id from facts
    where repository_id = ${repository} and kind = k.kind and service_id > ${after} order by service_id limit 1)`
  const found = await rows<{ id: number }>(
    db,
    sql`with recursive k as (select r.repository, kind from unnest(${intList(repositoryIds)}) as r(repository), unnest(array['deployment', 'change']) as kind),
      step as (
        select k.repository, k.kind, ${next(sql`k.repository`, sql`0`)} as id from k
        union all
        select k.repository, k.kind, ${next(sql`k.repository`, sql`k.id`)} from step k where k.id is not null)
      select distinct id from step where id is not null`,
  )
  return found.map((row) => row.id)
}

/** Withdrawals of commits: remembered here, because a withdrawal may come before its commit. */
export async function readCommitWithdrawals(db: Db): Promise<Map<string, Instant | null>> {
  const found = await rows<Ref & { through: Instant | null }>(
    db,
    sql`select source, id, withdrawn_through as through from facts where kind = 'commit' and withdrawn`,
  )
  return new Map(found.map((row) => [`${row.source}/${row.id}`, row.through]))
}

/** Ids of the standing facts of a source that begin so. */
export async function idsBeginning(db: Db, kind: FactKind, source: string, prefix: string): Promise<string[]> {
  const read = await rows<{ id: string }>(
    db,
    sql`select id from facts where kind = ${kind} and source = ${source} and starts_with(id, ${prefix}) and not withdrawn and body is not null`,
  )
  return read.map(({ id }) => id)
}
