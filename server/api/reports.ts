/** /reports: the weekly report, made once and kept. */
import type { Context } from 'hono'
import { ShiplogError } from '../errors.ts'
import { makeReport, parseSnapshot } from '../report/make.ts'
import { type ReportFormat, renderReport } from '../report/render.ts'
import { reportPolicy } from '../report/render-html.ts'
import { listReports, type ReportEntry, readReport, readReportById, type StoredReport } from '../store/reports.ts'
import type { ApiDeps } from './api-deps.ts'
import { getReport, listReports as listRoute, postReport, type ReportInfo, refreshReport } from './reports-schema.ts'
import { createRouter } from './router.ts'
import { timeText } from './wire-time.ts'

const maxListed = 500

export function reportsRoutes(deps: ApiDeps) {
  const { store, config, now } = deps
  return createRouter()
    .openapi(postReport, async (c) =>
      c.json(await bodyOf(deps, await makeReport(store, config, { ...c.req.valid('json'), now: now() })), 200),
    )
    .openapi(refreshReport, async (c) => {
      const { scope, week } = await find(deps, c.req.valid('param').id)
      return c.json(await bodyOf(deps, await makeReport(store, config, { scope, week, now: now(), refresh: true })), 200)
    })
    .openapi(listRoute, async (c) => {
      const entries = await listReports(store.db, { scope: c.req.valid('query').scope, limit: maxListed })
      return c.json({ reports: entries.map((entry) => infoOf(entry, entry.revision)) }, 200)
    })
    .openapi(getReport, async (c) => {
      const { format, revision, download } = c.req.valid('query')
      const report = await find(deps, c.req.valid('param').id, revision)
      if (format === 'json' && download === 'false') return c.json(await bodyOf(deps, report), 200)
      return send(c, report, format, download === 'true') as never
    })
}

async function find({ store }: ApiDeps, id: string, revision?: number): Promise<StoredReport> {
  const report = await readReportById(store.db, id, revision)
  if (report !== null) return report
  const which = revision === undefined ? id : `${id} in revision ${revision}`
  throw new ShiplogError('not_found', `There is no report ${which}. Make one by POST /api/v1/reports; GET lists those that are stored.`)
}

function infoOf({ id, scope, week, revision, madeAt }: ReportEntry, revisions: number): ReportInfo {
  return { id, scope, week, revision, revisions, createdAt: timeText(madeAt) }
}

async function bodyOf({ store }: ApiDeps, report: StoredReport): Promise<ReportInfo & { snapshot: unknown }> {
  const newest = await readReport(store.db, report.scope, report.week)
  return { ...infoOf(report, newest?.revision ?? report.revision), snapshot: parseSnapshot(report) }
}

/** The document itself; the same to the byte for as long as it is kept. */
function send(c: Context, report: StoredReport, format: ReportFormat, download: boolean): Response {
  const { text, contentType, fileName } = renderReport(parseSnapshot(report), format)
  const headers: Record<string, string> = { 'Content-Type': contentType, 'Cache-Control': 'private, no-cache' }
  // The document may be shown inside this server's own pages.
  if (format === 'html') headers['Content-Security-Policy'] = `${reportPolicy}; frame-ancestors 'self'`
  if (download || format === 'csv') headers['Content-Disposition'] = `attachment; filename="${fileName}"`
  return c.body(text, 200, headers)
}
