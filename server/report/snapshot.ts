/** What a stored report holds: everything that its renderers show, as it was when the report was made. Times are RFC 3339. */
import type { Confidence, Signal, Stage } from '../linked.ts'
import type { Absence, BesideId, Interval, MetricId } from '../metrics/answer.ts'
import type { ExplainedMetric } from '../metrics/explain/explanation.ts'
import type { WhySplit } from './why.ts'

export interface ReportSnapshot {
  /** Of this shape. */
  version: 1
  id: string
  revision: number
  madeAt: string
  scope: string
  title: string
  /** Its data is invented. */
  demo: boolean
  content: ReportContent
  /** What is new against the revision before; null on the first. */
  changed: ReportChanges | null
}

export interface ReportContent {
  week: string
  /** Calendar days of the time zone, [from, to). */
  from: string
  to: string
  timeZone: string
  environment: string
  definition: string
  asOf: string | null
  /** The week has not ended by `asOf`. */
  partial: boolean
  coverage: { days: number; of: number }
  pooled: { services: number; largest: string | null; largestShare: number | null } | null
  headline: string
  metrics: MetricLine[]
  /** Why metrics moved, of those that differ clearly from the week before; absent in reports that were made before it was told. */
  why?: WhyLine[]
  failures: FailureLine[]
  slowest: ChangeLine[]
  waiting: { at: string; count: number; oldest: WaitingLine[] }
  health: Health
  questions: string[]
}

export interface MetricLine {
  id: MetricId | BesideId
  unit: 'per_week' | 'seconds' | 'ratio' | 'changes'
  value: number | null
  n: number
  interval: Interval
  reason: Absence | null
  /** Rates only. */
  count: number | null
  /** Too young to be judged, and judged but not settled: fail rate only. */
  pending: number
  provisional: number
  /** Not recovered: recovery and restore only. */
  open: number
  /** Independent groups that the n falls into, with their name. */
  clusters: { n: number; unit: string } | null
  signals: Signal[]
  /** The verdict against the week before, in words; absent in reports that were made before there were verdicts. */
  comparison?: string
  /** The four weeks before, oldest first. */
  before: { week: string; value: number | null; n: number; count: number | null; reason: Absence | null }[]
}

export interface WhyLine {
  id: ExplainedMetric
  /** What moved, then what made it. */
  sentences: string[]
  /** The parts of each split, which add up to its difference. */
  parts: { split: 'services' | 'stages'; unit: WhySplit['unit']; size: number; text: string }[]
}

/** A fact to open: its name and where it is. */
export interface Link {
  name: string
  url: string | null
}

export interface FailureLine {
  /** `<source>/<id>` of the deployment. */
  key: string
  deployment: Link
  service: string
  deployedAt: string | null
  confidence: Confidence
  rule: Signal | 'person'
  evidence: string[]
  remedies: string[]
  /** Too young to be in the fail rate. */
  pending: boolean
  /** A person says that it failed; else null. */
  saidBy: string | null
  beganAt: string
  noticedSeconds: number | null
  recoveredAt: string | null
  /** From beginning to recovery; while it is open, to `asOf`. */
  seconds: number | null
}

export interface ChangeLine {
  key: string
  change: Link
  service: string
  deployedAt: string
  leadSeconds: number
  /** Null where no stage was observed: git alone. */
  longest: { stage: Stage; seconds: number } | null
}

export interface WaitingLine {
  key: string
  change: Link
  service: string
  mergedAt: string
  waitSeconds: number
}

export interface Health {
  sources: { id: string; lastSuccessAt: string | null; lagSeconds: number | null; error: string | null }[]
  uncoveredDays: number
  /** Services of the scope without any coverage in the week. */
  uncoveredServices: string[]
  unmapped: { environment: string; deployments: number }[]
  commitUnknown: number
  unassigned: Link[]
  pending: number
  provisional: number
}

export interface ReportChanges {
  /** The revision before, and when it was made. */
  revision: number
  madeAt: string
  /** Sentences. */
  items: string[]
}
