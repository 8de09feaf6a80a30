/** Which row is in which metric, and why not: the one place that decides, for numbers and for their evidence alike. */
import type { Definition } from '../definition.ts'
import { type Instant, refKey, Tier } from '../facts.ts'
import type { DeploymentKind, LinkedDeployment, LinkedIncident, MeasuredChange } from '../linked.ts'
import type { ChangeReason, DeploymentReason, IncidentReason } from './answer.ts'

export const deploymentMetrics = [
  'deployment_frequency',
  'change_fail_rate',
  'failed_deployment_recovery_time',
  'deployment_rework_rate',
  'batch_size',
] as const
/** The metrics whose rows are deployments. */
export type DeploymentMetric = (typeof deploymentMetrics)[number]

export interface EvidenceContext {
  asOf: Instant | null
  definition: Definition
}

/** `included` rows add up to the metric's n. */
export interface Explained<Reason> {
  included: boolean
  /** Whether it is also among the `count` of a rate (it failed, or was rework); else the same as `included`. */
  counts: boolean
  /** Null where it is included. */
  reason: Reason | null
}

const included = { included: true, counts: true, reason: null } as const
const notCounting = { included: true, counts: false, reason: null } as const

function excluded<Reason>(reason: Reason): Explained<Reason> {
  return { included: false, counts: false, reason }
}

/** When a deployment happened: its finish; of one that has not finished, its start. */
export function deploymentTime(row: LinkedDeployment): Instant | null {
  return row.finishedAt ?? row.startedAt
}

/** What the metrics see of a deployment, apart from the time of asking. */
export interface Judged {
  /** Its finish; of one that has not finished, its start. */
  at: Instant
  /** Why it is not counted; null for a counted one. */
  apart: DeploymentReason | null
  /** Whether the change fail rate judges it, once it is old enough. */
  judgeable: boolean
  failed: boolean
  /** Only of a failed one. */
  beganAt: Instant
  recoveredAt: Instant | null
  /** A person has judged it. */
  settled: boolean
  rework: boolean
  /** Its batch size. */
  changes: number
}

/** One without any time is as old as can be. */
function timeOf(row: LinkedDeployment): Instant {
  return deploymentTime(row) ?? Number.NEGATIVE_INFINITY
}

/** The deployment as the metrics see it. */
export function judge(row: LinkedDeployment, at: Instant): Judged {
  const reason = apart(row)
  return {
    at,
    apart: reason,
    judgeable: isJudgeable(row, reason),
    failed: row.failure !== null,
    beganAt: row.failure?.beganAt ?? 0,
    recoveredAt: row.failure?.recoveredAt ?? null,
    settled: row.verdict !== null,
    rework: row.rework !== null,
    changes: row.changes,
  }
}

/** Redeploys, config and empty deployments enter the fail rate only when an incident, a call or a person names them. */
function namedAsFailed(row: LinkedDeployment): boolean {
  if (!row.failure) return false
  return row.failure.rule === 'person' || row.verdict?.verdict === 'failed' || row.failure.evidence.some((e) => e.signal === 'explicit')
}

/** Why a deployment that is not counted is not; null for a counted one. */
function apart(row: LinkedDeployment): DeploymentReason | null {
  if (row.tier === null) return 'environment_unmapped'
  if (row.witness !== null) return 'witness'
  if (row.status === 'running' || row.status === 'cancelled') return row.status
  if (row.counted) return null
  return apartKinds[row.kind ?? 'none'] ?? 'failed_attempt'
}

const apartKinds: Partial<Record<DeploymentKind | 'none', DeploymentReason>> = {
  redeploy: 'redeploy',
  config: 'config',
  empty: 'empty',
  aborted: 'aborted',
}

function isJudgeable(row: LinkedDeployment, reason: DeploymentReason | null): boolean {
  if (reason === null || reason === 'aborted') return true
  return (reason === 'redeploy' || reason === 'config' || reason === 'empty') && namedAsFailed(row)
}

function youngerThan(at: Instant, seconds: number, asOf: Instant | null): boolean {
  return asOf !== null && asOf - at < seconds * 1000
}

/** The longest time for which a signal may still show a failure, in seconds. */
export function longestSignalWindow(definition: Definition): number {
  return Math.max(definition.failureWindow, definition.revertWindow, 72 * 3600)
}

/** Judged or pending, and a signal may still change it; a person's verdict settles it. */
export function isProvisional(row: LinkedDeployment, context: EvidenceContext): boolean {
  return isUnsettled(judge(row, timeOf(row)), context)
}

/** As isProvisional, of what the metrics see. */
export function isUnsettled(
  { at, judgeable, settled }: Pick<Judged, 'at' | 'judgeable' | 'settled'>,
  { definition, asOf }: EvidenceContext,
): boolean {
  return judgeable && !settled && youngerThan(at, longestSignalWindow(definition), asOf)
}

/** Too young to be judged; a person's verdict ends that. */
export function isPending(
  { at, judgeable, settled }: Pick<Judged, 'at' | 'judgeable' | 'settled'>,
  { definition, asOf }: EvidenceContext,
): boolean {
  return judgeable && !settled && youngerThan(at, definition.failureWindow, asOf)
}

/**
 * Whether a deployment of the asked window and environment is in a metric. Included are: in the frequency and the rework rate the counted
 * ones, in the fail rate the judged ones, in the recovery time the failed ones among these, in the batch size those that carry a change.
 */
export function explainDeployment(row: LinkedDeployment, metric: DeploymentMetric, context: EvidenceContext): Explained<DeploymentReason> {
  return explainJudged(judge(row, timeOf(row)), metric, context)
}

/** As explainDeployment, of what the metrics see. */
export function explainJudged(judged: Judged, metric: DeploymentMetric, context: EvidenceContext): Explained<DeploymentReason> {
  if (metric === 'change_fail_rate' || metric === 'failed_deployment_recovery_time') {
    if (!judged.judgeable) return excluded(judged.apart as DeploymentReason)
    if (isPending(judged, context)) return excluded('pending')
    if (judged.failed) return included
    return metric === 'change_fail_rate' ? notCounting : excluded('not_failed')
  }
  if (judged.apart !== null) return excluded(judged.apart)
  if (metric === 'batch_size' && judged.changes === 0) return excluded('carries_nothing')
  if (metric === 'deployment_rework_rate' && !judged.rework) return notCounting
  return included
}

/** Seconds from the change's start to its delivery. */
export function leadSeconds(row: MeasuredChange): number {
  return ((row.deployedAt ?? row.mergedAt) - row.startedAt) / 1000
}

/** What a question asks of changes beyond the row itself. */
export interface ChangeContext {
  /** Several services are pooled: a change counts once, at the first deployment of the scope that carries it. */
  rollUp: boolean
  /** All environments of a tier are asked together: a change counts once, at the first of them. */
  ofTier?: boolean
  /** `changeKey` of those changes that the scope delivered before the window. */
  deliveredBefore?: ReadonlySet<string>
}

/** The context of a question by its scope (`service:ID`, `team:ID`, `org`) and environment (a tier's name or an environment's). */
export function changeContext(asked: { scope: string; environment: string; deliveredBefore?: ReadonlySet<string> }): ChangeContext {
  const { scope, environment, deliveredBefore } = asked
  return { rollUp: !scope.startsWith('service:'), ofTier: Tier.safeParse(environment).success, deliveredBefore }
}

/** Whether a delivered change of one service is in the lead time; in a roll-up `explainChanges` decides. */
export function explainChange(row: MeasuredChange, context: Pick<ChangeContext, 'ofTier'> = {}): Explained<ChangeReason> {
  if (context.ofTier && !row.firstInTier) return excluded('already_delivered')
  if (row.exclusion !== null) return excluded(row.exclusion)
  return leadSeconds(row) < 0 ? excluded('clock_skew') : included
}

/** Names a change in its repository, whichever service delivered it. */
export function changeKey(row: Pick<MeasuredChange, 'repository' | 'key'>): string {
  return `${row.repository}\n${row.key}`
}

function earlier(a: MeasuredChange, b: MeasuredChange): boolean {
  if (a.deployedAt !== b.deployedAt) return (a.deployedAt ?? 0) < (b.deployedAt ?? 0)
  if (a.service !== b.service) return a.service < b.service
  return (a.deployment ? refKey(a.deployment) : '') < (b.deployment ? refKey(b.deployment) : '')
}

/** Explains the delivered changes of one window (all of them, since a roll-up counts a change once), in their order. */
export function explainChanges(rows: readonly MeasuredChange[], context: ChangeContext): Explained<ChangeReason>[] {
  if (!context.rollUp) return rows.map((row) => explainChange(row, context))
  const first = new Map<string, MeasuredChange>()
  for (const row of rows) {
    if ((row.exclusion !== null && row.exclusion !== 'clock_skew') || (context.ofTier && !row.firstInTier)) continue
    const key = changeKey(row)
    const known = first.get(key)
    if (!known || earlier(row, known)) first.set(key, row)
  }
  return rows.map((row) => {
    const explained = explainChange(row, context)
    if (explained.reason !== null && explained.reason !== 'clock_skew') return explained
    const key = changeKey(row)
    return context.deliveredBefore?.has(key) || first.get(key) !== row ? excluded<ChangeReason>('already_delivered') : explained
  })
}

/** Explains incidents of one window, in their order: one of several services of the scope counts once. */
export function explainIncidents(rows: readonly LinkedIncident[]): Explained<IncidentReason>[] {
  const first = new Map<string, string>()
  for (const row of rows) {
    if (row.service === null) continue
    const known = first.get(refKey(row))
    if (known === undefined || row.service < known) first.set(refKey(row), row.service)
  }
  return rows.map((row) => {
    if (row.service === null) return excluded<IncidentReason>('no_service')
    return first.get(refKey(row)) === row.service ? included : excluded<IncidentReason>('same_incident')
  })
}
