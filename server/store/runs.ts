/** The log of collections: each run has a row that always ends with an outcome. */
import { sql } from 'drizzle-orm'
import type { Instant } from '../facts.ts'
import type { Progress } from '../sources/source.ts'
import { type Db, rows } from './database.ts'
import { advanceAsOf } from './meta.ts'
import { noteError, noteSuccess } from './sources.ts'
import type { Store } from './store.ts'

export type RunOutcome = 'running' | 'succeeded' | 'failed' | 'interrupted'

/** What a run counted: facts by kind as the source gave them, and what became of them. */
export interface RunCounts {
  accepted: number
  unchanged: number
  commits: number
  deployments: number
  changes: number
  incidents: number
  /** Absent where there are none. */
  artifacts?: number
  withdrawn: number
}

export interface RunError {
  message: string
  /** What to do. */
  mend: string | null
}

export interface RunProgress extends Progress {
  /** Of `done`; null until it can be told. */
  ratePerSecond: number | null
  /** Null where the total or the rate is not known. */
  secondsLeft: number | null
}

export interface Run {
  id: number
  source: string
  startedAt: Instant
  finishedAt: Instant | null
  outcome: RunOutcome
  counts: RunCounts
  error: RunError | null
  notes: string[]
  /** Null when it has ended. */
  progress: RunProgress | null
}

export type RunEnd = Omit<Run, 'outcome' | 'finishedAt' | 'progress'> & { outcome: Exclude<RunOutcome, 'running'>; finishedAt: Instant }

const noCounts: RunCounts = { accepted: 0, unchanged: 0, commits: 0, deployments: 0, changes: 0, incidents: 0, withdrawn: 0 }

/** Begins a run, whose number it returns. The caller holds the source's lock: older runs that never ended are marked interrupted. */
export async function beginRun(db: Db, { source, startedAt }: { source: string; startedAt: Instant }): Promise<number> {
  await rows(
    db,
    sql`update runs set outcome = 'interrupted', finished_at = ${startedAt}, progress = null where source = ${source} and outcome = 'running'`,
  )
  const [row] = await rows<{ id: number }>(
    db,
    sql`insert into runs (source, started_at, outcome, counts, notes)
      values (${source}, ${startedAt}, 'running', ${JSON.stringify(noCounts)}, '[]') returning id`,
  )
  if (!row) throw new Error('a run was not recorded')
  return row.id
}

export async function progressRun(db: Db, id: number, progress: RunProgress, counts: RunCounts): Promise<void> {
  await rows(
    db,
    sql`update runs set progress = ${JSON.stringify(progress)}, counts = ${JSON.stringify(counts)} where id = ${id} and outcome = 'running'`,
  )
}

/** Ends a run and notes the source's success or error, together. */
export async function finishRun(store: Store, end: RunEnd): Promise<void> {
  const { id, source, finishedAt, outcome } = end
  const error = end.error === null ? null : JSON.stringify(end.error)
  await store.transaction(async (tx) => {
    await rows(
      tx,
      sql`update runs set finished_at = ${finishedAt}, outcome = ${outcome}, counts = ${JSON.stringify(end.counts)}, error = ${error},
        notes = ${JSON.stringify(end.notes)}, progress = null where id = ${id}`,
    )
    if (end.error !== null) await noteError(tx, source, { ...end.error, at: finishedAt })
    if (outcome !== 'succeeded') return
    await noteSuccess(tx, source, finishedAt)
    await advanceAsOf(tx, finishedAt)
  })
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
    counts: JSON.parse(row.counts) as RunCounts,
    notes: JSON.parse(row.notes) as string[],
    error: row.error === null ? null : (JSON.parse(row.error) as RunError),
    progress: row.progress === null ? null : ({ ratePerSecond: null, secondsLeft: null, ...JSON.parse(row.progress) } as RunProgress),
  }
}
