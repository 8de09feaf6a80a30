/** The commits of each repository, in the order in which they came. */
import { sql } from 'drizzle-orm'
import type { Instant } from '../facts.ts'
import { chunks, type Db, packedRows, recordset, rows } from './database.ts'
import { sameCommit } from './facts.ts'

/** A commit as it is kept; ids in lower-case hexadecimal. */
export interface CommitRow {
  sha: string
  parents: string[]
  authoredAt: Instant
  committedAt: Instant
  /** Salted hash. */
  author: string | null
  subject: string
  /** The lines of the message that may refer to other commits. */
  notes: string | null
}

/** The files that a commit changed. */
export interface FileList {
  sha: string
  paths: string[]
}

export interface ArrivingCommit extends CommitRow {
  source: string
  /** The source's own id where it is not the commit's. */
  externalId: string | null
  updatedAt: Instant | null
  withdrawn: boolean
  /** The files it changed, one a line; null: not known. */
  paths: string | null
}

interface Appended {
  /** Those that are new, in their order. */
  added: ArrivingCommit[]
  /** Number of those that were known and are now known better, or stand again; and of those among them that are sent as withdrawn. */
  changed: number
  changedWithdrawn: number
  /** Those that were known, and whose files are known now. */
  listed: ArrivingCommit[]
}

const shape = `sha text, parents text, "authoredAt" bigint, "committedAt" bigint, author text, subject text, notes text, source text,
  "externalId" text, "updatedAt" bigint, withdrawn boolean, paths text, n int`

/**
 * Appends the commits that are new from position `size` on. One that is known keeps, of each field, the greater of both values, so that
 * the order of arrival does not matter. The caller has locked the repository, and no sha comes twice.
 */
export async function appendCommits(tx: Db, repositoryId: number, size: number, arriving: ArrivingCommit[]): Promise<Appended> {
  const added: ArrivingCommit[] = []
  const changed: { withdrawn: boolean }[] = []
  const listed: ArrivingCommit[] = []
  for (const chunk of chunks(arriving)) {
    const flat = chunk.map((commit) => ({ ...commit, parents: commit.parents.join('') }))
    const known = size === 0 ? new Set<string>() : await knownCommits(tx, repositoryId, chunk)
    if (known.size > 0) {
      const repeated = flat.filter((commit) => known.has(commit.sha))
      changed.push(...(await completeCommits(tx, repositoryId, repeated)))
      const shas = await completePaths(tx, repositoryId, chunk)
      listed.push(...chunk.filter((commit) => shas.has(commit.sha)))
    }
    const fresh = known.size === 0 ? flat : flat.filter((commit) => !known.has(commit.sha))
    if (fresh.length === 0) continue
    const first = size + added.length
    const numbered = fresh.map((commit, index) => ({ ...commit, n: first + index }))
    await rows(
      tx,
      sql`insert into commits (repository_id, n, sha, parents, authored_at, committed_at, author, subject, notes, source, external_id, updated_at, withdrawn,
          paths)
        select ${repositoryId}::int, n, decode(sha, 'hex'), decode(parents, 'hex'), "authoredAt", "committedAt", author, subject, notes, source,
          "externalId", "updatedAt", withdrawn, paths from ${recordset(numbered, shape)}`,
    )
    for (const commit of chunk) if (!known.has(commit.sha)) added.push(commit)
  }
  return { added, changed: changed.length, changedWithdrawn: changed.filter(({ withdrawn }) => withdrawn).length, listed }
}

async function knownCommits(tx: Db, repositoryId: number, chunk: { sha: string }[]): Promise<Set<string>> {
  const found = await rows<{ sha: string }>(
    tx,
    sql`select t.sha from ${recordset(
      chunk.map(({ sha }) => ({ sha })),
      'sha text',
    )} join commits c on c.sha = decode(t.sha, 'hex') and c.repository_id = ${repositoryId}`,
  )
  return new Set(found.map((row) => row.sha))
}

async function completeCommits(tx: Db, repositoryId: number, known: unknown[]): Promise<{ withdrawn: boolean }[]> {
  return rows(
    tx,
    sql`update commits c set parents = greatest(c.parents, decode(t.parents, 'hex')), authored_at = greatest(c.authored_at, t."authoredAt"),
        committed_at = greatest(c.committed_at, t."committedAt"), author = greatest(c.author, t.author),
        subject = greatest(c.subject collate "C", t.subject), notes = greatest(c.notes collate "C", t.notes),
        source = case when c.withdrawn and not t.withdrawn then t.source else c.source end,
        external_id = case when c.withdrawn and not t.withdrawn then t."externalId" else c.external_id end,
        updated_at = greatest(c.updated_at, t."updatedAt"), withdrawn = c.withdrawn and t.withdrawn
      from ${recordset(known, shape)} where c.sha = decode(t.sha, 'hex') and c.repository_id = ${repositoryId} and (
        decode(t.parents, 'hex') > c.parents or t."authoredAt" > c.authored_at or t."committedAt" > c.committed_at
        or t.author > coalesce(c.author, '') or t.subject collate "C" > c.subject or t.notes collate "C" > coalesce(c.notes, '')
        or t."updatedAt" > coalesce(c.updated_at, t."updatedAt" - 1) or c.withdrawn and not t.withdrawn)
      returning t.withdrawn`,
  )
}

/** Of those whose files are told, the commits that are known without them, or with a lesser list. */
async function completePaths(tx: Db, repositoryId: number, chunk: ArrivingCommit[]): Promise<Set<string>> {
  const told = chunk.flatMap(({ sha, paths }) => (paths === null ? [] : [{ sha, paths }]))
  if (told.length === 0) return new Set()
  const listed = await rows<{ sha: string }>(
    tx,
    sql`update commits c set paths = t.paths from ${recordset(told, 'sha text, paths text')}
      where c.sha = decode(t.sha, 'hex') and c.repository_id = ${repositoryId} and (c.paths is null or t.paths collate "C" > c.paths)
      returning t.sha`,
  )
  return new Set(listed.map(({ sha }) => sha))
}

/** Withdraws the versions up to that time (null: whatever stands) of a source's commit; says where, and the newest version's time. */
export async function withdrawCommit(
  tx: Db,
  source: string,
  id: string,
  through: Instant | null,
): Promise<{ repositories: number[]; newest: Instant | null }> {
  const found = await rows<{ id: number; updatedAt: Instant | null }>(
    tx,
    sql`update commits set withdrawn = true where source = ${source} and not withdrawn and ${sameCommit(id)}
      ${through === null ? sql`` : sql`and (updated_at is null or updated_at <= ${through})`} returning repository_id as id, updated_at as "updatedAt"`,
  )
  const times = found.flatMap((row) => row.updatedAt ?? [])
  return { repositories: [...new Set(found.map((row) => row.id))], newest: times.length === 0 ? null : Math.max(...times) }
}

type PackedCommit = [
  n: number,
  sha: string,
  parents: string,
  authoredAt: Instant,
  committedAt: Instant,
  author: string | null,
  subject: string,
  notes: string | null,
]

/** The standing commits from a position on, in pages, each with its position. */
export async function* readCommits(db: Db, repositoryId: number, from: number): AsyncGenerator<(CommitRow & { n: number })[]> {
  const pageSize = 16_000
  for (let next = from; ; ) {
    const read = await packedRows<PackedCommit>(
      db,
      ['n', "encode(sha, 'hex')", "encode(parents, 'hex')", 'authored_at', 'committed_at', 'author', 'subject', 'notes'],
      sql`select * from commits where repository_id = ${repositoryId} and n >= ${next} and not withdrawn order by n limit ${pageSize}`,
    )
    yield read.map(([n, sha, parents, authoredAt, committedAt, author, subject, notes]) => {
      return { n, sha, parents: splitIds(parents, sha.length), authoredAt, committedAt, author, subject, notes }
    })
    const last = read.at(-1)
    if (last === undefined || read.length < pageSize) return
    next = last[0] + 1
  }
}

/** Parents have ids as long as the commit's own. */
function splitIds(joined: string, length: number): string[] {
  const ids: string[] = []
  for (let at = 0; at < joined.length; at += length) ids.push(joined.slice(at, at + length))
  return ids
}

/** Of the commits from a position on, those whose files are known, in pages. */
export async function* readFileLists(db: Db, repositoryId: number, from: number): AsyncGenerator<FileList[]> {
  const pageSize = 16_000
  for (let next = from; ; ) {
    const read = await packedRows<[n: number, sha: string, paths: string]>(
      db,
      ['n', "encode(sha, 'hex')", 'paths'],
      sql`select n, sha, paths from commits where repository_id = ${repositoryId} and n >= ${next} and paths is not null order by n limit ${pageSize}`,
    )
    yield read.map(([, sha, paths]) => ({ sha, paths: splitPaths(paths) }))
    const last = read.at(-1)
    if (last === undefined || read.length < pageSize) return
    next = last[0] + 1
  }
}

/** One a line; a line feed within a name, which no glob can mean, becomes a space. */
export function joinPaths(paths: readonly string[]): string {
  return [...new Set(paths.map((path) => path.replaceAll('\n', ' ')))].sort().join('\n')
}

export function splitPaths(joined: string): string[] {
  return joined === '' ? [] : joined.split('\n')
}
