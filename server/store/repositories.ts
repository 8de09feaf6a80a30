/** Repositories: their numbers, heads and sizes. */
import { sql } from 'drizzle-orm'
import { type Db, intList, recordset, rows, textList } from './database.ts'

export interface Repository {
  id: number
  key: string
  headBranch: string | null
  headSha: string | null
  /** Number of commits; the next position. */
  size: number
  /** Counts what a reader of appended commits cannot see. */
  generation: number
  /** Counts what a reader of the lists of files of appended commits cannot see. */
  listings: number
  /** Some change of it listed commits once, so that one change may hold another. */
  commitsListed: boolean
}

const columns = sql`id, key, head_branch as "headBranch", head_sha as "headSha", size, generation, listings, commits_listed as "commitsListed"`

/** The numbers of the repositories, which are created where they are missing. */
export async function ensureRepositories(tx: Db, keys: Iterable<string>): Promise<Map<string, number>> {
  return ensure(tx, sql`repositories`, keys)
}

/** The numbers of the services, which are created where they are missing. */
export async function ensureServices(tx: Db, keys: Iterable<string>): Promise<Map<string, number>> {
  return ensure(tx, sql`services`, keys)
}

async function ensure(tx: Db, table: ReturnType<typeof sql>, keys: Iterable<string>): Promise<Map<string, number>> {
  const wanted = [...new Set(keys)].sort()
  if (wanted.length === 0) return new Map()
  const query = sql`select id, key from ${table} where key = any(${textList(wanted)})`
  let found = await rows<{ id: number; key: string }>(tx, query)
  if (found.length < wanted.length) {
    const known = new Set(found.map((row) => row.key))
    const missing = wanted.filter((key) => !known.has(key)).map((key) => ({ key }))
    await rows(tx, sql`insert into ${table} (key) select key from ${recordset(missing, 'key text')} on conflict do nothing`)
    found = await rows(tx, query)
  }
  return new Map(found.map((row) => [row.key, row.id]))
}

/** Nobody else appends to them, or derives from them as they are changed, until the transaction ends. */
export async function lockRepositories(tx: Db, ids: Iterable<number>): Promise<Repository[]> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return []
  return rows(tx, sql`select ${columns} from repositories where id = any(${intList(wanted)}) order by id for update`)
}

export async function readRepositories(db: Db, ids: Iterable<number>): Promise<Repository[]> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return []
  return rows(db, sql`select ${columns} from repositories where id = any(${intList(wanted)}) order by id`)
}

export async function repositoriesKeyed(db: Db, keys: string[]): Promise<Repository[]> {
  if (keys.length === 0) return []
  return rows(db, sql`select ${columns} from repositories where key = any(${textList(keys)})`)
}

export async function noteListedCommits(tx: Db, ids: number[]): Promise<void> {
  if (ids.length === 0) return
  await rows(tx, sql`update repositories set commits_listed = true where id = any(${intList(ids)}) and not commits_listed`)
}

export async function allRepositories(db: Db): Promise<Repository[]> {
  return rows(db, sql`select ${columns} from repositories order by id`)
}

/** Gives it another key; where that one exists, its commits and facts join it. Answers the number under which they are now. */
export async function renameRepository(tx: Db, repository: Repository, key: string): Promise<number> {
  const [target] = await rows<Repository>(tx, sql`select ${columns} from repositories where key = ${key} for update`)
  if (!target) {
    await rows(tx, sql`update repositories set key = ${key} where id = ${repository.id}`)
    return repository.id
  }
  const joined = await rows(
    tx,
    sql`insert into commits (repository_id, n, sha, parents, authored_at, committed_at, author, subject, notes, source, external_id, updated_at, withdrawn,
        paths)
      select ${target.id}::int, ${target.size}::int + row_number() over (order by n) - 1, sha, parents, authored_at, committed_at, author, subject,
        notes, source, external_id, updated_at, withdrawn, paths
      from commits c where repository_id = ${repository.id}
        and not exists (select 1 from commits o where o.repository_id = ${target.id} and o.sha = c.sha) returning 1`,
  )
  await rows(tx, sql`delete from commits where repository_id = ${repository.id}`)
  await rows(tx, sql`update facts set repository_id = ${target.id} where repository_id = ${repository.id}`)
  await rows(tx, sql`delete from repositories where id = ${repository.id}`)
  await setSize(tx, { ...target, size: target.size + joined.length, generation: target.generation + 1 })
  if (repository.commitsListed) await noteListedCommits(tx, [target.id])
  if (target.headSha === null && repository.headSha !== null && repository.headBranch !== null) {
    await setHead(tx, target.id, { branch: repository.headBranch, sha: repository.headSha })
  }
  return target.id
}

export async function setHead(tx: Db, id: number, head: { branch: string; sha: string }): Promise<void> {
  await rows(tx, sql`update repositories set head_branch = ${head.branch}, head_sha = ${head.sha} where id = ${id}`)
}

export async function setSize(tx: Db, { id, size, generation, listings }: Repository): Promise<void> {
  await rows(tx, sql`update repositories set size = ${size}, generation = ${generation}, listings = ${listings} where id = ${id}`)
}

/** Repositories that hold one of the commits. */
export async function repositoriesWithCommits(db: Db, shas: string[]): Promise<number[]> {
  if (shas.length === 0) return []
  const found = await rows<{ id: number }>(
    db,
    sql`select distinct c.repository_id as id from ${recordset(
      shas.map((sha) => ({ sha })),
      'sha text',
    )} join commits c on c.sha = decode(t.sha, 'hex')`,
  )
  return found.map((row) => row.id)
}

/** The numbers of those services that exist. */
export async function serviceNumbers(db: Db, keys: string[]): Promise<Map<string, number>> {
  if (keys.length === 0) return new Map()
  const found = await rows<{ id: number; key: string }>(db, sql`select id, key from services where key = any(${textList(keys)})`)
  return new Map(found.map((row) => [row.key, row.id]))
}
