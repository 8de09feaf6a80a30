/** How far each source is: cursor, coverage, last success, last error. */
import { sql } from 'drizzle-orm'
import type { Instant } from '../facts.ts'
import { type Db, recordset, rows } from './database.ts'

export interface SourceState {
  id: string
  /** Facts come in by themselves; else a run collects them. */
  pushed: boolean
  cursor: string | null
  coveredFrom: Instant | null
  lastSuccessAt: Instant | null
  lastError: { message: string; mend: string | null; at: Instant } | null
  /** A person said that it is not to be collected. */
  paused: boolean
}

interface SourceRow extends Omit<SourceState, 'lastError'> {
  lastError: string | null
}

const columns = sql`id, pushed, cursor, covered_from as "coveredFrom", last_success_at as "lastSuccessAt", last_error as "lastError", paused`

function sourceState(row: SourceRow): SourceState {
  return { ...row, lastError: row.lastError === null ? null : (JSON.parse(row.lastError) as SourceState['lastError']) }
}

/** Every source that was ever collected or pushed from. */
export async function readSources(db: Db): Promise<SourceState[]> {
  return (await rows<SourceRow>(db, sql`select ${columns} from sources order by id collate "C"`)).map(sourceState)
}

/** Null: never collected. */
export async function readSource(db: Db, id: string): Promise<SourceState | null> {
  const [row] = await rows<SourceRow>(db, sql`select ${columns} from sources where id = ${id}`)
  return row ? sourceState(row) : null
}

/** When each source last delivered; those that never did are missing. */
export async function readLastSuccesses(db: Db): Promise<Map<string, Instant>> {
  const read = await rows<{ id: string; at: Instant }>(
    db,
    sql`select id, last_success_at as at from sources where last_success_at is not null`,
  )
  return new Map(read.map((row) => [row.id, row.at]))
}

/** The cursor that the next run goes on from; null: from the beginning. */
export async function readCursor(db: Db, id: string): Promise<string | null> {
  return (await readSource(db, id))?.cursor ?? null
}

export async function isPaused(db: Db, id: string): Promise<boolean> {
  const [row] = await rows<{ paused: boolean }>(db, sql`select paused from sources where id = ${id}`)
  return row?.paused ?? false
}

export async function setPaused(db: Db, id: string, paused: boolean): Promise<void> {
  await rows(db, sql`insert into sources (id, paused) values (${id}, ${paused}) on conflict (id) do update set paused = ${paused}`)
}

/** Creates the row where it is missing, and keeps others from moving the cursor until the transaction ends. */
export async function lockSource(tx: Db, id: string): Promise<SourceState> {
  await rows(tx, sql`insert into sources (id) values (${id}) on conflict do nothing`)
  const [row] = await rows<SourceRow>(tx, sql`select ${columns} from sources where id = ${id} for update`)
  if (!row) throw new Error(`source ${id} is missing after its insertion`)
  return sourceState(row)
}

/** Remembers sources from which facts come in by themselves; one that is collected stays so. */
export async function notePush(tx: Db, ids: Iterable<string>): Promise<void> {
  const pushed = [...ids].sort().map((id) => ({ id }))
  if (pushed.length === 0) return
  await rows(tx, sql`insert into sources (id, pushed) select id, true from ${recordset(pushed, 'id text')} on conflict do nothing`)
}

export async function pushedSources(db: Db): Promise<Set<string>> {
  return new Set((await rows<{ id: string }>(db, sql`select id from sources where pushed`)).map((row) => row.id))
}

export async function moveCursor(db: Db, id: string, cursor: string): Promise<void> {
  await rows(db, sql`update sources set cursor = ${cursor} where id = ${id}`)
}

/** Whether the start of coverage is another now. */
export async function moveCoverage(db: Db, id: string, from: Instant): Promise<boolean> {
  const moved = await rows(
    db,
    sql`update sources set covered_from = ${from} where id = ${id} and covered_from is distinct from ${from} returning id`,
  )
  return moved.length > 0
}

/** Notes that the source delivered at that time. */
export async function noteSuccess(db: Db, id: string, at: Instant): Promise<void> {
  await rows(
    db,
    sql`insert into sources (id, last_success_at) values (${id}, ${at})
      on conflict (id) do update set last_success_at = greatest(sources.last_success_at, ${at}), last_error = null`,
  )
}

export async function noteError(db: Db, id: string, error: NonNullable<SourceState['lastError']>): Promise<void> {
  const text = JSON.stringify(error)
  await rows(db, sql`insert into sources (id, last_error) values (${id}, ${text}) on conflict (id) do update set last_error = ${text}`)
}
