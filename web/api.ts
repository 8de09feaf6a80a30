/** The only place that talks to the server; its types are the server's own. */
import { type ClientResponse, hc } from 'hono/client'
import type { ClientRoutes } from '../server/api/app.ts'
import type { DefinitionBody } from '../server/api/definition-schema.ts'
import type { DistributionBody } from '../server/api/distribution-schema.ts'
import type { ChangeRow, DeploymentRow, IncidentRow, Totals } from '../server/api/evidence-schema.ts'
import type { ExplainBody } from '../server/api/explain-schema.ts'
import type { ListedMetrics, ServiceList, ServiceSummary, TeamSummary as Team, TeamList } from '../server/api/services-schema.ts'
import type { SourceBody as ListedSource, PreviewBody, RunBody } from '../server/api/sources-schema.ts'
import type { Cause } from '../server/facts.ts'
import type { Basis, ChangeExclusion, Confidence, DeploymentKind, ReworkRule, Signal, Stage } from '../server/linked.ts'
import type {
  Absence,
  ChangeReason,
  Comparison,
  DeploymentReason,
  IncidentReason,
  Interval,
  MetricsAnswer,
  Point,
  SeriesEntry,
} from '../server/metrics/answer.ts'
import type { ExplainedMetric } from '../server/metrics/explain/explanation.ts'
import type { FailureLine, Health, MetricLine, ReportSnapshot, WhyLine } from '../server/report/snapshot.ts'
import type { WhyPart, WhySplit } from '../server/report/why.ts'
import type { BucketName, Inclusion, MetricName, RowOrder } from './search.ts'

export type {
  Absence,
  Basis,
  Cause,
  ChangeExclusion,
  ChangeRow,
  Comparison,
  Confidence,
  DefinitionBody,
  DeploymentKind,
  DeploymentReason,
  DeploymentRow,
  DistributionBody,
  ExplainBody,
  ExplainedMetric,
  FailureLine,
  Health,
  IncidentRow,
  Interval,
  ListedMetrics,
  MetricLine,
  MetricsAnswer,
  Point,
  PreviewBody,
  ReportSnapshot,
  ReworkRule,
  RunBody,
  SeriesEntry,
  ServiceList,
  ServiceSummary,
  Signal,
  Stage,
  Team,
  TeamList,
  Totals,
  WhyLine,
  WhyPart,
  WhySplit,
}

/** What the server answered instead; `message` says what to do. */
export class ApiError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
  }
}

const api = hc<ClientRoutes>(`${window.location.origin}/api/v1`)

type Success<R> = R extends ClientResponse<infer Body, infer Status, 'json'> ? (Status extends 200 | 202 ? Body : never) : never

/** The body of a success; throws ApiError for any other answer, and leads to the login page where one is asked for. */
async function read<R extends ClientResponse<unknown, number, string>>(pending: Promise<R>): Promise<Success<R>> {
  const response = await pending
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok) throw failure(response.status, body)
  return body as Success<R>
}

function failure(status: number, body: unknown): ApiError {
  if (status === 401) window.location.assign(`/login?next=${encodeURIComponent(window.location.pathname + window.location.search)}`)
  const message = (body as { error?: { message?: string } } | null)?.error?.message
  return new ApiError(status, message ?? `The server answered ${status}. Try again in a moment.`)
}

/** Ids may hold any character; hono's client puts them into the path as they are. */
function idParam(id: string) {
  return { param: { id: encodeURIComponent(id) } }
}

/** What is asked: a scope, a window and an environment. Without from and to it is the last 12 weeks. */
export interface View {
  scope: string
  from?: string
  to?: string
  environment?: string
}

export interface Instance {
  demo: boolean
  version: string
  timeZone: string
}

export function getInstance(): Promise<Instance> {
  return read(api.instance.$get())
}

export function getMetrics(view: View, bucket: BucketName): Promise<MetricsAnswer> {
  return read(api.metrics.$get({ query: { ...view, bucket } }))
}

export function getExplanation(view: View, bucket: BucketName, metric: ExplainedMetric): Promise<ExplainBody> {
  return read(api.metrics.explain.$get({ query: { ...view, bucket, metric } }))
}

export function getHeadline(view: View): Promise<{ headline: string; asOf: string | null }> {
  return read(api.headline.$get({ query: view }))
}

/** Services with their metrics in the window, where one is given. */
export function getServices(view: Omit<View, 'scope'>): Promise<ServiceList> {
  return read(api.services.$get({ query: view }))
}

/** Teams with their metrics in the window, where one is given. */
export function getTeams(view: Omit<View, 'scope'>): Promise<TeamList> {
  return read(api.teams.$get({ query: view }))
}

export function getService(id: string): Promise<ServiceSummary> {
  return read(api.services[':id'].$get(idParam(id)))
}

export interface EvidencePage<Row> {
  from: string | null
  to: string | null
  totals: Totals | null
  items: Row[]
  next: string | null
}

export interface EvidenceAsk extends View {
  metric: MetricName
  include?: Inclusion
  /** Of the kind's own closed list; another is refused. */
  reason?: string
  sort?: RowOrder
  cursor?: string
  limit?: number
}

type DeploymentMetric = Exclude<MetricName, 'change_lead_time' | 'incident_time_to_restore'>

/** The metric must be one of the kind's own: each page asks only for those. */
function evidenceQuery<M extends MetricName, R extends string>({ limit, metric, reason, ...asked }: EvidenceAsk) {
  const { scope, from, to, environment, include, sort, cursor } = asked
  const filter = { include, reason: reason as R | undefined, sort }
  return { scope, from, to, environment, metric: metric as M, ...filter, cursor, ...(limit ? { limit: String(limit) } : {}) }
}

export function getDeployments(asked: EvidenceAsk): Promise<EvidencePage<DeploymentRow>> {
  return read(api.deployments.$get({ query: evidenceQuery<DeploymentMetric, DeploymentReason>(asked) }))
}

export function getChanges(asked: EvidenceAsk & { state?: 'waiting' }): Promise<EvidencePage<ChangeRow>> {
  return read(
    api.changes.$get({
      query: { ...evidenceQuery<'change_lead_time', ChangeReason>(asked), ...(asked.state ? { state: asked.state } : {}) },
    }),
  )
}

export function getIncidents(asked: EvidenceAsk): Promise<EvidencePage<IncidentRow>> {
  return read(api.incidents.$get({ query: evidenceQuery<'incident_time_to_restore', IncidentReason>(asked) }))
}

/** All rows of the evidence as a file. */
export async function getEvidenceCsv(
  kind: 'deployments' | 'changes' | 'incidents',
  asked: EvidenceAsk & { state?: 'waiting' },
): Promise<Blob> {
  const address = {
    deployments: () => api.deployments.$url({ query: evidenceQuery<DeploymentMetric, DeploymentReason>(asked) }),
    changes: () =>
      api.changes.$url({
        query: { ...evidenceQuery<'change_lead_time', ChangeReason>(asked), ...(asked.state ? { state: asked.state } : {}) },
      }),
    incidents: () => api.incidents.$url({ query: evidenceQuery<'incident_time_to_restore', IncidentReason>(asked) }),
  }[kind]()
  const response = await fetch(address, { headers: { accept: 'text/csv' } })
  if (!response.ok) throw new ApiError(response.status, 'The rows could not be written as CSV. Try again in a moment.')
  return response.blob()
}

export function getDistribution(view: View): Promise<DistributionBody> {
  return read(api.distribution.$get({ query: view }))
}

export function getDefinition(): Promise<DefinitionBody> {
  return read(api.definition.$get())
}

/** What a source's system sent and is not taken in yet. */
export interface Inbox {
  pending: number
  failed: number
  lastReceivedAt: string | null
}

/** With an inbox where the source takes what its system sends. */
export type SourceBody = ListedSource & { inbox?: Inbox | null }

export function getSources(): Promise<{ sources: SourceBody[] }> {
  return read(api.sources.$get())
}

export function pauseSource(id: string): Promise<SourceBody> {
  return read(api.sources[':id'].pause.$post(idParam(id)))
}

export function resumeSource(id: string): Promise<SourceBody> {
  return read(api.sources[':id'].resume.$post(idParam(id)))
}

/** Takes in once more what failed. */
export async function retryDeliveries(id: string): Promise<void> {
  const response = await fetch(`/api/v1/sources/${encodeURIComponent(id)}/deliveries/retry`, { method: 'POST' })
  if (!response.ok) throw failure(response.status, await response.json().catch(() => null))
}

export function startRun(id: string): Promise<RunBody> {
  return read(api.sources[':id'].runs.$post(idParam(id)))
}

export function getRuns(id: string): Promise<{ runs: RunBody[] }> {
  return read(api.sources[':id'].runs.$get({ ...idParam(id), query: { limit: '30' } }))
}

/** Of the configured rule, or of another one as JSON or YAML. */
export function getPreview(id: string, rule?: string): Promise<PreviewBody> {
  return read(api.sources[':id'].preview.$get({ ...idParam(id), query: rule === undefined ? {} : { deployments: rule } }))
}

export interface VerdictEntry {
  verdict: 'failed' | 'not_failed' | 'withdrawn'
  by: string
  at: string
  note: string | null
  recoveredAt: string | null
}

export interface VerdictHistory {
  standing: VerdictEntry | null
  history: VerdictEntry[]
}

interface Ref {
  source: string
  id: string
}

const verdict = api.deployments[':source'][':id'].verdict

function refParam({ source, id }: Ref) {
  return { param: { source: encodeURIComponent(source), id: encodeURIComponent(id) } }
}

export function getVerdicts(ref: Ref): Promise<VerdictHistory> {
  return read(verdict.$get(refParam(ref)))
}

export interface VerdictInput {
  verdict: 'failed' | 'not_failed'
  by: string
  note?: string
  recoveredAt?: string
}

export function setVerdict(ref: Ref, input: VerdictInput): Promise<VerdictHistory> {
  return read(verdict.$put({ ...refParam(ref), json: input }))
}

export function withdrawVerdict(ref: Ref, by: string): Promise<VerdictHistory> {
  return read(verdict.$delete({ ...refParam(ref), query: by === '' ? {} : { by } }))
}

export interface ReportInfo {
  id: string
  scope: string
  week: string
  revision: number
  revisions: number
  createdAt: string
}

export interface StoredReport extends ReportInfo {
  snapshot: ReportSnapshot
}

async function stored(report: Promise<ReportInfo & { snapshot?: unknown }>): Promise<StoredReport> {
  return (await report) as StoredReport
}

/** Makes the report of a week, or returns the one that is stored. */
export function makeReport(scope: string, week: string): Promise<StoredReport> {
  return stored(read(api.reports.$post({ json: { scope, week } })))
}

export function refreshReport(id: string): Promise<StoredReport> {
  return stored(read(api.reports[':id'].refresh.$post(idParam(id))))
}

export function getReport(id: string, revision: number): Promise<StoredReport> {
  return stored(read(api.reports[':id'].$get({ ...idParam(id), query: { revision: String(revision) } })))
}

/** Where a report is downloaded from. */
export function reportAddress(id: string, format: 'json' | 'md' | 'html' | 'csv', revision: number): string {
  return api.reports[':id'].$url({ ...idParam(id), query: { format, revision: String(revision), download: 'true' } }).href
}
