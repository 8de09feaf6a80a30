/** Weekly reports as they were made: a snapshot's text never changes, a refresh adds a revision. */
import { sql } from 'drizzle-orm'
import type { Instant } from '../facts.ts'
import { type Db, recordset, rows } from './database.ts'

export interface StoredReport {
  id: string
  /** Counts from 1. */
  revision: number
  scope: string
  /** ISO week, `2026-W47`. */
  week: string
  madeAt: Instant
  /** JSON text as it was made, byte for byte. */
  snapshot: string
}

const columns = sql`id, revision, scope, week, made_at as "madeAt", snapshot`

/** Keeps the report and returns what stands: an earlier one where somebody made this revision first. */
export async function saveReport(db: Db, report: StoredReport): Promise<StoredReport> {
  await rows(
    db,
    sql`insert into reports (id, revision, scope, week, made_at, snapshot)
      values (${report.id}, ${report.revision}, ${report.scope}, ${report.week}, ${report.madeAt}, ${report.snapshot}) on conflict do nothing`,
  )
  const stored = await readReport(db, report.scope, report.week, report.revision)
  if (!stored) throw new Error(`report ${report.id} is missing after its insertion`)
  return stored
}

/** The newest revision where none is named; null: never made. */
export async function readReport(db: Db, scope: string, week: string, revision?: number): Promise<StoredReport | null> {
  const [row] = await rows<StoredReport>(
    db,
    sql`select ${columns} from reports where scope = ${scope} and week = ${week}
      ${revision === undefined ? sql`` : sql`and revision = ${revision}`} order by revision desc limit 1`,
  )
  return row ?? null
}

export async function readReportById(db: Db, id: string, revision?: number): Promise<StoredReport | null> {
  const [row] = await rows<StoredReport>(
    db,
    sql`select ${columns} from reports where id = ${id} ${revision === undefined ? sql`` : sql`and revision = ${revision}`}
      order by revision desc limit 1`,
  )
  return row ?? null
}

export type ReportEntry = Omit<StoredReport, 'snapshot'>

/** The newest revision of each report, newest week first; of every scope where none is named. */
export async function listReports(db: Db, question: { scope?: string; limit: number }): Promise<ReportEntry[]> {
  return rows<ReportEntry>(
    db,
    sql`select id, max(revision) as revision, scope, week, max(made_at) as "madeAt" from reports
      ${question.scope === undefined ? sql`` : sql`where scope = ${question.scope}`}
      group by id, scope, week order by week desc, scope limit ${question.limit}`,
  )
}

/** Files the reports of scopes that have another name now under that name, as they were made; where one of that week stands, the old one stays. */
export async function renameReports(tx: Db, renamed: { from: string; to: string }[]): Promise<void> {
  if (renamed.length === 0) return
  await rows(
    tx,
    sql`update reports r set scope = t."to" from ${recordset(renamed, '"from" text, "to" text')}
      where r.scope = t."from" and not exists (select 1 from reports o where o.scope = t."to" and o.week = r.week)`,
  )
}
