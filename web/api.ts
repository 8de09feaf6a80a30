/** The only place that talks to the server; its types are the server's own. */
import type { DefinitionBody } from '../server/api/definition-schema.ts'
import type { DistributionBody } from '../server/api/distribution-schema.ts'
import type { ChangeRow, DeploymentRow, IncidentRow, Totals } from '../server/api/evidence-schema.ts'
import type { ServiceList, ServiceSummary } from '../server/api/services-schema.ts'
import type { RunBody, SourceBody } from '../server/api/sources-schema.ts'
import type { Cause } from '../server/facts.ts'
import type { Basis, ChangeExclusion, Confidence, DeploymentKind, ReworkRule, Signal, Stage } from '../server/linked.ts'
import type { Absence, DeploymentReason, Interval, MetricsAnswer, Point, SeriesEntry } from '../server/metrics/answer.ts'
import type { FailureLine, Health, MetricLine, ReportSnapshot } from '../server/report/snapshot.ts'
import type { BucketName, MetricName } from './search.ts'

export type {
  Absence,
  Basis,
  Cause,
  ChangeExclusion,
  ChangeRow,
  Confidence,
  DefinitionBody,
  DeploymentKind,
  DeploymentReason,
  DeploymentRow,
  DistributionBody,
  FailureLine,
  Health,
  IncidentRow,
  Interval,
  MetricLine,
  MetricsAnswer,
  Point,
  ReportSnapshot,
  ReworkRule,
  RunBody,
  SeriesEntry,
  ServiceList,
  ServiceSummary,
  Signal,
  SourceBody,
  Stage,
  Totals,
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

const base = '/api/v1'

type Query = Record<string, string | number | undefined>

function addressOf(path: string, query: Query = {}): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined) params.set(key, String(value))
  const text = params.toString()
  return `${base}${path}${text === '' ? '' : `?${text}`}`
}

async function ask<T>(address: string, init?: RequestInit): Promise<T> {
  const response = await fetch(address, init)
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok) {
    if (response.status === 401)
      window.location.assign(`/login?next=${encodeURIComponent(window.location.pathname + window.location.search)}`)
    const message = (body as { error?: { message?: string } } | null)?.error?.message
    throw new ApiError(response.status, message ?? `The server answered ${response.status}. Try again in a moment.`)
  }
  return body as T
}

function send<T>(method: 'POST' | 'PUT' | 'DELETE', address: string, body?: unknown): Promise<T> {
  return ask<T>(address, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
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
  return ask(addressOf('/instance'))
}

export function getMetrics(view: View, bucket: BucketName): Promise<MetricsAnswer> {
  return ask(addressOf('/metrics', { ...view, bucket }))
}

export function getHeadline(view: View): Promise<{ headline: string; asOf: string | null }> {
  return ask(addressOf('/headline', { ...view }))
}

/** Services with their metrics in the window, where one is given. */
export function getServices(view: Omit<View, 'scope'>): Promise<ServiceList> {
  return ask(addressOf('/services', { ...view }))
}

export interface TeamList {
  teams: { id: string; title: string; services: string[] }[]
}

export function getTeams(): Promise<TeamList> {
  return ask(addressOf('/teams'))
}

export function getService(id: string): Promise<ServiceSummary> {
  return ask(addressOf(`/services/${encodeURIComponent(id)}`))
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
  cursor?: string
  limit?: number
}

export function getDeployments(asked: EvidenceAsk): Promise<EvidencePage<DeploymentRow>> {
  return ask(addressOf('/deployments', { ...asked }))
}

export function getChanges(asked: EvidenceAsk & { state?: 'waiting' }): Promise<EvidencePage<ChangeRow>> {
  return ask(addressOf('/changes', { ...asked }))
}

export function getIncidents(asked: EvidenceAsk): Promise<EvidencePage<IncidentRow>> {
  return ask(addressOf('/incidents', { ...asked }))
}

/** All rows of the evidence as a file. */
export async function getEvidenceCsv(kind: 'deployments' | 'changes' | 'incidents', asked: EvidenceAsk): Promise<Blob> {
  const response = await fetch(addressOf(`/${kind}`, { ...asked }), { headers: { accept: 'text/csv' } })
  if (!response.ok) throw new ApiError(response.status, 'The rows could not be written as CSV. Try again in a moment.')
  return response.blob()
}

export function getDistribution(view: View): Promise<DistributionBody> {
  return ask(addressOf('/distribution', { ...view }))
}

export function getDefinition(): Promise<DefinitionBody> {
  return ask(addressOf('/definition'))
}

export function getSources(): Promise<{ sources: SourceBody[] }> {
  return ask(addressOf('/sources'))
}

export function startRun(id: string): Promise<RunBody> {
  return send('POST', addressOf(`/sources/${encodeURIComponent(id)}/runs`))
}

export function getRuns(id: string): Promise<{ runs: RunBody[] }> {
  return ask(addressOf(`/sources/${encodeURIComponent(id)}/runs`, { limit: 30 }))
}

export interface SourcePreview {
  rule: string
  counted: number
  rows: { name: string; at: string | null; counted: boolean; reason: string | null }[]
  hints: string[]
}

export function getPreview(id: string): Promise<SourcePreview> {
  return ask(addressOf(`/sources/${encodeURIComponent(id)}/preview`))
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

function verdictPath(ref: Ref): string {
  return `/deployments/${encodeURIComponent(ref.source)}/${encodeURIComponent(ref.id)}/verdict`
}

export function getVerdicts(ref: Ref): Promise<VerdictHistory> {
  return ask(addressOf(verdictPath(ref)))
}

export interface VerdictInput {
  verdict: 'failed' | 'not_failed'
  by: string
  note?: string
  recoveredAt?: string
}

export function setVerdict(ref: Ref, input: VerdictInput): Promise<VerdictHistory> {
  return send('PUT', addressOf(verdictPath(ref)), input)
}

export function withdrawVerdict(ref: Ref, by: string): Promise<VerdictHistory> {
  return send('DELETE', addressOf(verdictPath(ref), { by: by === '' ? undefined : by }))
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

/** Makes the report of a week, or returns the one that is stored. */
export function makeReport(scope: string, week: string): Promise<StoredReport> {
  return send('POST', addressOf('/reports'), { scope, week })
}

export function refreshReport(id: string): Promise<StoredReport> {
  return send('POST', addressOf(`/reports/${encodeURIComponent(id)}/refresh`))
}

export function getReport(id: string, revision: number): Promise<StoredReport> {
  return ask(addressOf(`/reports/${encodeURIComponent(id)}`, { revision }))
}

/** Where a report is downloaded from. */
export function reportAddress(id: string, format: 'json' | 'md' | 'html' | 'csv', revision: number): string {
  return addressOf(`/reports/${encodeURIComponent(id)}`, { format, revision, download: 'true' })
}
