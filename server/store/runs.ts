/** The log of collections: each run has a row that always ends with an outcome. */
import { sql } from 'drizzle-orm'
import type { Instant } from '../facts.ts'
import type { Progress } from '../sources/source.ts'
import { type Db, rows } from './database.ts'
import { advanceAsOf } from './meta.ts'
import { noteError, noteSuccess } from './sources.ts'

export type RunOutcome = 'running' | 'succeeded' | 'failed' | 'interrupted'

export interface Run {
  id: number
  source: string
  startedAt: Instant
  finishedAt: Instant | null
  outcome: RunOutcome
  counts: Record<string, number>
  error: { message: string; mend: string | null } | null
  notes: string[]
  progress: Progress | null
}

export interface RunEnd {
  finishedAt: Instant
  outcome: Exclude<RunOutcome, 'running'>
  counts: Record<string, number>
  error: Run['error']
  notes: string[]
}

/** Begins a run, whose number it returns. The caller holds the source's lock: older runs that never ended are marked interrupted. */
export async function beginRun(db: Db, source: string, startedAt: Instant): Promise<number> {
  await rows(
    db,
    sql`update runs set outcome = 'interrupted', finished_at = ${startedAt}, progress = null where source = ${source} and outcome = 'running'`,
  )
  const [row] = await rows<{ id: number }>(
    db,
    sql`insert into runs (source, started_at, outcome, counts, notes) values (${source}, ${startedAt}, 'running', '{}', '[]') returning id`,
  )
  if (!row) throw new Error('a run was not recorded')
  return row.id
}

export async function progressRun(db: Db, id: number, progress: Progress, counts: Run['counts']): Promise<void> {
  await rows(
    db,
    sql`update runs set progress = ${JSON.stringify(progress)}, counts = ${JSON.stringify(counts)} where id = ${id} and outcome = 'running'`,
  )
}

/** Ends a run, and notes the source's success or error; call it in a transaction. */
export async function finishRun(db: Db, id: number, end: RunEnd): Promise<void> {
  const error = end.error === null ? null : JSON.stringify(end.error)
  const [run] = await rows<{ source: string }>(
    db,
    sql`update runs set finished_at = ${end.finishedAt}, outcome = ${end.outcome}, counts = ${JSON.stringify(end.counts)}, error = ${error},
      notes = ${JSON.stringify(end.notes)}, progress = null where id = ${id} returning source`,
  )
  if (!run) return
  if (end.error !== null) await noteError(db, run.source, { ...end.error, at: end.finishedAt })
  if (end.outcome !== 'succeeded') return
  await noteSuccess(db, run.source, end.finishedAt)
  await advanceAsOf(db, end.finishedAt)
}

/** Newest first; of every source where none is named. */
export async function readRuns(db: Db, question: { source?: string; limit: number }): Promise<Run[]> {
  const read = await rows<RunRow>(
    db,
    sql`select id, source, started_at as "startedAt", finished_at as "finishedAt", outcome, counts, error, notes, progress from runs
      ${question.source === undefined ? sql`` : sql`where source = ${question.source}`} order by id desc limit ${question.limit}`,
  )
  return read.map(run)
}

export async function readRun(db: Db, id: number): Promise<Run | null> {
  const [row] = await rows<RunRow>(
    db,
    sql`select id, source, started_at as "startedAt", finished_at as "finishedAt", outcome, counts, error, notes, progress from runs where id = ${id}`,
  )
  return row ? run(row) : null
}

interface RunRow extends Omit<Run, 'counts' | 'notes' | 'error' | 'progress'> {
  counts: string
  notes: string
  error: string | null
  progress: string | null
}

function run(row: RunRow): Run {
  return {
    ...row,
    counts: JSON.parse(row.counts) as Run['counts'],
    notes: JSON.parse(row.notes) as string[],
    error: row.error === null ? null : (JSON.parse(row.error) as Run['error']),
    progress: row.progress === null ? null : (JSON.parse(row.progress) as Progress),
  }
}
