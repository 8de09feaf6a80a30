/** Makes the weekly report of a scope and keeps its snapshot; a report that was made stays as it is until it is refreshed. */
import { createHash } from 'node:crypto'
import type { Config } from '../config.ts'
import { ShiplogError } from '../errors.ts'
import type { Instant } from '../facts.ts'
import type { LinkedChange } from '../linked.ts'
import type { MetricsAnswer } from '../metrics/answer.ts'
import { computeMetrics } from '../metrics/compute.ts'
import { explainedMetrics } from '../metrics/explain/explanation.ts'
import type { MetricsInput } from '../metrics/input.ts'
import { addDays, dayOf, isoWeekOf, isoWeekWindow, type Window } from '../metrics/windows.ts'
import { readChanges, readWaiting } from '../store/changes.ts'
import type { Db } from '../store/database.ts'
import { readDeployment } from '../store/deployments.ts'
import { readExplanation } from '../store/explanation.ts'
import { readMetricsInput } from '../store/metrics-input.ts'
import { readReport, type StoredReport, saveReport } from '../store/reports.ts'
import { type ResolvedScope, resolveScope } from '../store/scope.ts'
import { readStoredServices } from '../store/services.ts'
import { readSources } from '../store/sources.ts'
import type { Store } from '../store/store.ts'
import { readUnmapped } from '../store/unmapped.ts'
import { changesSince } from './changes-since.ts'
import { composeReport, missingRemedies, type WeekData } from './compose.ts'
import { dayText } from './format.ts'
import type { ReportChanges, ReportContent, ReportSnapshot, WhyLine } from './snapshot.ts'
import { whyLine, whyOf } from './why.ts'

export interface ReportRequest {
  scope: string
  /** ISO week, `2026-W47`. */
  week: string
  now: Date
  /** Look at the data anew, and keep a revision where anything changed. */
  refresh?: boolean
}

const environment = 'production'

/**
 * The stored report, made now where there is none. With `refresh` a new revision that lists what changed, or the newest one where nothing
 * did. Throws ShiplogError `invalid` for a malformed or future week, `invalid` or `not_found` for the scope.
 */
export async function makeReport(store: Store, config: Config, request: ReportRequest): Promise<StoredReport> {
  const window = weekWindow(request.week, config.timeZone, request.now)
  const resolved = await resolveScope(store.db, config, request.scope)
  const newest = await readReport(store.db, resolved.scope, request.week)
  if (newest !== null && !request.refresh) return newest
  const content = composeReport(await readWeek(store.db, config, resolved, request.week, window, request.now.getTime()))
  const changed = newest === null ? null : changesAgainst(newest, content)
  if (newest !== null && changed?.items.length === 0) return newest
  const id = newest?.id ?? reportId(resolved.scope, request.week)
  const revision = (newest?.revision ?? 0) + 1
  const snapshot: ReportSnapshot = {
    version: 1,
    id,
    revision,
    madeAt: request.now.toISOString(),
    scope: resolved.scope,
    title: resolved.title,
    demo: config.demo,
    content,
    changed,
  }
  const madeAt = request.now.getTime()
  return saveReport(store.db, { id, revision, scope: resolved.scope, week: request.week, madeAt, snapshot: JSON.stringify(snapshot) })
}

export function parseSnapshot(report: Pick<StoredReport, 'snapshot'>): ReportSnapshot {
  return JSON.parse(report.snapshot) as ReportSnapshot
}

function reportId(scope: string, week: string): string {
  return `${week}-${createHash('sha256').update(scope).digest('hex').slice(0, 12)}`
}

function changesAgainst(newest: StoredReport, content: ReportContent): ReportChanges {
  const before = parseSnapshot(newest)
  return { revision: before.revision, madeAt: before.madeAt, items: changesSince(before.content, content) }
}

function weekWindow(week: string, timeZone: string, now: Date): Window {
  const window = isoWeekWindow(week, timeZone)
  if (window.from <= now.getTime()) return window
  const latest = isoWeekOf(dayOf(now.getTime(), timeZone))
  throw new ShiplogError(
    'invalid',
    `Week ${week} begins on ${dayText(window.fromDay)} and has no data yet. Ask for ${latest} or an earlier one.`,
  )
}

async function readWeek(db: Db, config: Config, resolved: ResolvedScope, week: string, window: Window, now: Instant): Promise<WeekData> {
  const asked = { bucket: 'week' as const, environment }
  const input = await readMetricsInput(db, config, resolved, { from: window.fromDay, to: window.toDay, ...asked })
  const past = await readMetricsInput(db, config, resolved, { from: addDays(window.fromDay, -28), to: window.fromDay, ...asked })
  const remedies = await Promise.all(missingRemedies(input.deployments).map((ref) => readDeployment(db, ref)))
  const waitingAt = Math.min(window.to, input.asOf ?? now)
  const { from, to } = window
  const answer = computeMetrics(input, past)
  return {
    title: resolved.title,
    week,
    window,
    now,
    input,
    answer,
    why: await readWhy(db, config, resolved, input, answer),
    history: computeMetrics(past),
    changes: await readChanges(db, { services: resolved.services, environment, from, to }),
    remedies: remedies.filter((row) => row !== null),
    waiting: await readWaitingAt(db, resolved, waitingAt, now),
    waitingAt,
    sources: await readSourcesOf(db, config, resolved),
    unmapped: await readUnmapped(db, { services: resolved.services, from, to }),
  }
}

/** Why metrics moved, of those that differ clearly from the week before. */
async function readWhy(
  db: Db,
  config: Config,
  resolved: ResolvedScope,
  question: Pick<MetricsInput, 'environment' | 'asOf'>,
  { metrics }: MetricsAnswer,
): Promise<WhyLine[]> {
  const lines: WhyLine[] = []
  for (const id of explainedMetrics) {
    const { comparison } = metrics[id]
    const explanation = comparison === undefined ? null : await readExplanation(db, config, resolved, question, id, comparison)
    if (explanation !== null && comparison !== undefined) lines.push(whyLine(id, whyOf(explanation, comparison)))
  }
  return lines
}

/** What waits now and did then, and what waited then and was delivered since. */
async function readWaitingAt(db: Db, resolved: ResolvedScope, at: Instant, now: Instant): Promise<LinkedChange[]> {
  const services = resolved.services.filter(({ from, to }) => (from ?? at) <= at && (to === null || to > at))
  const still = await readWaiting(db, services)
  const since = await readChanges(db, { services, environment, from: at, to: now + 1 })
  const delivered = since.filter((row) => row.firstInTier && (row.exclusion === null || row.exclusion === 'clock_skew'))
  return [...still.filter((row) => row.exclusion === null), ...delivered].filter((row) => row.mergedAt < at)
}

/** The sources that feed the scope: as configured, and as the facts say. */
async function readSourcesOf(db: Db, config: Config, resolved: ResolvedScope): Promise<WeekData['sources']> {
  const wanted = new Set(resolved.services.map(({ service }) => service))
  const stored = await readStoredServices(db)
  const ids = new Set([...stored, ...config.services].filter(({ id }) => wanted.has(id)).flatMap(({ sources }) => sources))
  for (const { id } of config.sources) if (wanted.has(id) && config.services.length === 0) ids.add(id)
  const states = new Map((await readSources(db)).map((state) => [state.id, state]))
  return [...ids].sort().map((id) => {
    const state = states.get(id)
    return { id, lastSuccessAt: state?.lastSuccessAt ?? null, error: state?.lastError?.message ?? null }
  })
}
