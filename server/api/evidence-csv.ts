/** Evidence as CSV: the columns of each kind of row, and the file in pieces. */
import type { Context } from 'hono'
import { type Cell, csvRecord, fileName } from './csv.ts'
import type { ChangeRow, DeploymentRow, IncidentRow } from './evidence-schema.ts'

export type Columns<Row> = Record<string, (row: Row) => Cell>
type Reference = { source: string; id: string }

const refs = (list: Reference[]) => list.map(refText).join(' ')
const refText = (ref: Reference | null) => (ref === null ? null : `${ref.source}/${ref.id}`)

export const deploymentColumns: Columns<DeploymentRow> = {
  service: (row) => row.service,
  source: (row) => row.source,
  id: (row) => row.id,
  environment: (row) => row.environment,
  version: (row) => row.version,
  commit: (row) => row.commit,
  status: (row) => row.status,
  kind: (row) => row.kind,
  started_at: (row) => row.startedAt,
  finished_at: (row) => row.finishedAt,
  changes: (row) => row.changes,
  included: (row) => row.included,
  counts: (row) => row.counts,
  reason: (row) => row.reason,
  pending: (row) => row.pending,
  failed: (row) => row.failure !== null,
  failure_rule: (row) => row.failure?.rule ?? null,
  failure_confidence: (row) => row.failure?.confidence ?? null,
  failure_evidence: (row) => row.failure?.evidence.map((each) => each.text).join(' ') ?? null,
  remedies: (row) => (row.failure === null ? null : refs(row.failure.remedies)),
  incidents: (row) => (row.failure === null ? null : refs(row.failure.incidents)),
  recovery_seconds: (row) => row.failure?.recoverySeconds ?? null,
  verdict: (row) => row.verdict?.verdict ?? null,
  verdict_by: (row) => row.verdict?.by ?? null,
  verdict_note: (row) => row.verdict?.note ?? null,
  rework_rule: (row) => row.rework?.rule ?? null,
  rework_of: (row) => refText(row.rework?.culprit ?? null),
  url: (row) => row.url,
}

export const changeColumns: Columns<ChangeRow> = {
  service: (row) => row.service,
  repository: (row) => row.repository,
  key: (row) => row.key,
  title: (row) => row.title,
  commit: (row) => row.commit,
  environment: (row) => row.environment,
  deployment: (row) => refText(row.deployment),
  started_at: (row) => row.startedAt,
  merged_at: (row) => row.mergedAt,
  deployed_at: (row) => row.deployedAt,
  basis: (row) => row.basis,
  commits: (row) => row.commits,
  lead_time_seconds: (row) => row.leadTimeSeconds,
  waiting_seconds: (row) => row.waitingSeconds,
  coding_seconds: (row) => row.stages.coding ?? null,
  pickup_seconds: (row) => row.stages.pickup ?? null,
  review_seconds: (row) => row.stages.review ?? null,
  merge_seconds: (row) => row.stages.merge ?? null,
  deploy_seconds: (row) => row.stages.deploy ?? null,
  files_unknown: (row) => row.filesUnknown,
  included: (row) => row.included,
  reason: (row) => row.reason,
  url: (row) => row.url,
}

export const incidentColumns: Columns<IncidentRow> = {
  service: (row) => row.service,
  source: (row) => row.source,
  id: (row) => row.id,
  title: (row) => row.title,
  severity: (row) => row.severity,
  opened_at: (row) => row.openedAt,
  acknowledged_at: (row) => row.acknowledgedAt,
  mitigated_at: (row) => row.mitigatedAt,
  resolved_at: (row) => row.resolvedAt,
  restore_seconds: (row) => row.restoreSeconds,
  cause: (row) => row.cause,
  deployment: (row) => refText(row.deployment),
  attribution: (row) => row.attribution,
  unattributed: (row) => row.unattributed,
  included: (row) => row.included,
  reason: (row) => row.reason,
  url: (row) => row.url,
}

/** Whether the request prefers CSV to JSON. */
export function wantsCsv(c: Context): boolean {
  const accept = c.req.header('Accept') ?? ''
  return /(?:^|,)\s*text\/csv\b/i.test(accept) && !/(?:^|,)\s*application\/json\b/i.test(accept)
}

/** Streams the pages as one file. The first page is read before the headers go out, so that its failure is still an answer. */
export async function sendCsv<Row>(c: Context, columns: Columns<Row>, name: string[], pages: AsyncGenerator<Row[]>): Promise<Response> {
  const first = await pages.next()
  const encoder = new TextEncoder()
  const cellsOf = Object.values(columns)
  const text = (rows: Row[]) => encoder.encode(rows.map((row) => csvRecord(cellsOf.map((cell) => cell(row)))).join(''))
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(csvRecord(Object.keys(columns))))
      if (!first.done) controller.enqueue(text(first.value))
    },
    async pull(controller) {
      const page = await pages.next()
      if (page.done) controller.close()
      else controller.enqueue(text(page.value))
    },
    async cancel() {
      await pages.return(undefined)
    },
  })
  return c.body(body, 200, {
    'Content-Type': 'text/csv; charset=utf-8',
    'Content-Disposition': `attachment; filename="${fileName('shiplog', ...name)}.csv"`,
    'Cache-Control': 'private, no-cache',
    Vary: 'Accept, Accept-Encoding',
  })
}
