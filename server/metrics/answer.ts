/** The answer to a metrics question, as the API, the command line and the report give it. Times are RFC 3339, durations seconds. */
import { type Basis, type ChangeExclusion, changeExclusions, type Signal, type Stage } from '../linked.ts'

export const metricIds = [
  'deployment_frequency',
  'change_lead_time',
  'failed_deployment_recovery_time',
  'change_fail_rate',
  'deployment_rework_rate',
] as const
export type MetricId = (typeof metricIds)[number]
export const besideIds = ['batch_size', 'incident_time_to_restore'] as const
export type BesideId = (typeof besideIds)[number]

export const buckets = ['day', 'week', 'month', 'quarter'] as const
export type Bucket = (typeof buckets)[number]

/** Why a value is null; a closed list. */
export type Absence =
  | 'not_covered'
  | 'too_short'
  | 'no_deployments'
  | 'no_changes'
  | 'no_failed_deployments'
  | 'no_incidents'
  | 'no_signal'
  | 'all_pending'
  | 'not_reached'

/** 95 %; null where too few independent observations stand behind it. Recovery's upper limit is null where the curve never reaches it. */
export type Interval = [number, number | null] | null

interface Answer {
  value: number | null
  n: number
  interval: Interval
  reason: Absence | null
  /** With the window before; absent where it was not asked for. */
  comparison?: Comparison
}

export const verdicts = ['clear', 'no clear change', 'not enough data'] as const
export type ChangeVerdict = (typeof verdicts)[number]

/**
 * Why there are not enough data, or why a difference that is no chance is not called clear; a closed list. `not_covered`: one of the windows.
 * `no_value`: the metric has no value in one of them. `basis_changed`: changes start, or are counted, by something else than before.
 * `too_few`: `needs` says of what. `too_small`: certain, but under the least size.
 */
export const comparisonReasons = ['not_covered', 'no_value', 'basis_changed', 'too_few', 'too_small'] as const
export type ComparisonReason = (typeof comparisonReasons)[number]

/** How a window differs from the one before (definition `dora@1`, section 6). */
export interface Comparison {
  /** The window before, [from, to). */
  from: string
  to: string
  /** The metric's value in the window before, over so many observations. */
  value: number | null
  n: number
  /** Rates: of the window before. */
  count?: number
  /** What of the asked window is compared: whole weeks or months, up to the last complete day. */
  current: { from: string; to: string }
  /** Times, frequency and sizes: this window over the one before; null where one of them has nothing to divide. */
  factor?: number | null
  /** Ratios: difference in percentage points. */
  points?: number | null
  /** 95 %, of the factor or the points. */
  interval: Interval
  /** Two-sided; null where nothing was tested. */
  p: number | null
  verdict: ChangeVerdict
  reason: ComparisonReason | null
  /** Too few: how many there are, of how many needed, of what. */
  needs: { n: number; of: number; unit: string } | null
  /** The verdict in words: `clear: 1.4 times slower than the 12 weeks before`. */
  text: string
}
export interface FrequencyAnswer extends Answer {
  unit: 'per_week'
  /** Median days between counted deployments. */
  medianDaysBetween: number | null
  /** Pooled frequency over the number of services; only in a roll-up. */
  perService?: number | null
  /** Deployments that are shown apart. */
  excluded: Partial<Record<DeploymentReason, number>>
}
export interface LeadTimeAnswer extends Answer {
  unit: 'seconds'
  /** Deployments (releases in a roll-up) or ISO weeks, as `clusterUnit` says. */
  clusters: number
  clusterUnit: 'deployment' | 'release' | 'week'
  /** Deployments (releases in a roll-up) that carried the changes, whatever the clusters are: "240 changes in 12 deployments". */
  deployments?: number
  quantiles: { p50: number; p75: number; p90: number; p95: number } | null
  basis: Record<Basis, number>
  stages: Partial<Record<Stage, { value: number; n: number }>>
  excluded: Record<ChangeExclusion, number>
  waiting: { count: number; oldestSeconds: number | null }
}
export interface RecoveryAnswer extends Answer {
  unit: 'seconds'
  /** Failed deployments that have not recovered by asOf. */
  open: number
}
export interface RateAnswer extends Answer {
  unit: 'ratio'
  count: number
  pending: number
  provisional: number
  signals: Signal[]
}
export interface FailRateAnswer extends RateAnswer {
  /** Failed deployments per week of coverage, beside the rate. */
  failuresPerWeek: number | null
}
export interface ReworkRateAnswer extends Omit<RateAnswer, 'pending' | 'provisional'> {}
export interface BatchSizeAnswer extends Answer {
  unit: 'changes'
  p90: number | null
  /** DORA's bands. */
  bands: { label: '1' | '2-10' | '11-50' | '51-100' | 'over 100'; n: number }[]
}
export interface RestoreAnswer extends Answer {
  unit: 'seconds'
  open: number
}

export interface Metrics {
  deployment_frequency: FrequencyAnswer
  change_lead_time: LeadTimeAnswer
  failed_deployment_recovery_time: RecoveryAnswer
  change_fail_rate: FailRateAnswer
  deployment_rework_rate: ReworkRateAnswer
  batch_size: BatchSizeAnswer
  incident_time_to_restore: RestoreAnswer
}

/**
 * One bucket's value of one metric, from the rows of that bucket alone. A bucket's frequency rests on its covered days, but on no fewer than
 * seven (a bucket of a day: one), so that a week cut by the window or the present shows its count and is not extrapolated; a bucket that the
 * start of coverage cuts below that is `too_short`, one without coverage `not_covered`.
 */
export interface Point {
  value: number | null
  n: number
  interval: Interval
  reason: Absence | null
  /** Rates only. */
  count?: number
  /** Lead time only. */
  p90?: number | null
}

export interface SeriesEntry {
  /** First day of the whole bucket, and the day after its last. */
  start: string
  end: string
  /** Cut by the window or by the present. */
  partial: boolean
  /** Holds deployments that may still turn out failed. */
  provisional: boolean
  /** A week with too few working days to be compared; absent otherwise. */
  holiday?: true
  metrics: Record<MetricId | BesideId, Point>
}

/** Why a deployment is not in a metric; a closed list. */
export const deploymentReasons = [
  'redeploy',
  'config',
  'empty',
  'running',
  'failed_attempt',
  'cancelled',
  'aborted',
  'pending',
  'not_failed',
  'not_rework',
  'carries_nothing',
  'environment_unmapped',
  'witness',
] as const
export type DeploymentReason = (typeof deploymentReasons)[number]

/** Why a change is not in the lead time; a closed list. `already_delivered`: an earlier deployment of the scope carried it. */
export const changeReasons = [...changeExclusions, 'already_delivered'] as const
export type ChangeReason = (typeof changeReasons)[number]

/** Why an incident is not in the time to restore; a closed list. `same_incident`: it names several services of the scope and counts once. */
export const incidentReasons = ['no_service', 'same_incident'] as const
export type IncidentReason = (typeof incidentReasons)[number]

export interface MetricsAnswer {
  scope: string
  from: string
  to: string
  timeZone: string
  bucket: Bucket
  environment: string
  asOf: string | null
  definition: string
  coverage: { days: number; of: number }
  /** Roll-ups only: services pooled, and the largest one's share of counted deployments. */
  pooled?: { services: number; largestShare: number | null; largest: string | null }
  /** Times are told within this relative error; absent where all are exact. Counts and ratios always are. */
  estimate?: { relativeError: number }
  metrics: Metrics
  series: SeriesEntry[]
}
