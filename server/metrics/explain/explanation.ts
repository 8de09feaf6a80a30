/** Why a metric moved between two windows: everything that is told of it, as numbers. Pure. */
import type { Comparison, MetricId } from '../answer.ts'
import { type Backlog, backlogOf, type Delivery, type NamedDeployment, slowerTypically } from './backlog-releases.ts'
import { type CarryingChanges, carryingChanges, type LongChange } from './carrying-changes.ts'
import { type ServiceSplit, splitByService } from './split-by-service.ts'
import { type StageSplit, splitByStage } from './split-by-stage.ts'
import { type ServiceSums, totalOf } from './sums.ts'

/** The metrics that are explained: a mean of logarithms, and a share. */
export const explainedMetrics = ['change_lead_time', 'change_fail_rate'] as const satisfies readonly MetricId[]
export type ExplainedMetric = (typeof explainedMetrics)[number]

export interface FailedDeployment {
  deployment: NamedDeployment
  /** What showed it, in words; null where a person alone says so. */
  evidence: string | null
}

/** The rows that the sums do not tell: a few, of the window that they are asked of. */
export interface Details {
  /** The longest of the window with the longer mean (`slowerByMean`). */
  longest: readonly LongChange[]
  /** The largest of the window that was typically slower (`slowerTypically`). */
  deliveries: readonly Delivery[]
  /** Of the window with the higher fail rate. */
  failures: readonly FailedDeployment[]
}

export interface Explanation {
  metric: ExplainedMetric
  /** Of mean ln(1 + seconds), or of the fail rate; null where only one service is asked. */
  services: ServiceSplit | null
  /** Of mean ln(1 + seconds), or the fail rate, of each window. */
  mean: { before: number; after: number }
  /** Changes, or judged deployments. */
  n: { before: number; after: number }
  /** Of mean seconds; null where no stage was observed, and of the fail rate. */
  stages: StageSplit | null
  /** Mean seconds of each window; null of the fail rate. */
  seconds: { before: number; after: number } | null
  carrying: CarryingChanges | null
  backlog: (Backlog & { window: 'before' | 'after' }) | null
  failures: readonly FailedDeployment[]
}

/** Only a clear change is explained: whatever moved by chance can be split as exactly, and would name causes that are none. */
export function isExplained(comparison: Pick<Comparison, 'verdict'>): boolean {
  return comparison.verdict === 'clear'
}

/** The explanation from both windows' sums; null where one of them has no observation. */
export function explain(
  metric: ExplainedMetric,
  before: readonly ServiceSums[],
  after: readonly ServiceSums[],
  details: Details,
): Explanation | null {
  const weighed = metric === 'change_lead_time' ? leadTimes : failRates
  const split = splitByService(before.map(weighed), after.map(weighed))
  if (split === null) return null
  const n = { before: observations(split, 'before'), after: observations(split, 'after') }
  const told = {
    metric,
    services: split.services.length > 1 ? split : null,
    mean: { before: split.before, after: split.after },
    n,
  }
  if (metric === 'change_fail_rate') {
    return { ...told, stages: null, seconds: null, carrying: null, backlog: null, failures: details.failures }
  }
  const [one, other] = [totalOf(before), totalOf(after)]
  return {
    ...told,
    stages: splitByStage(one, other),
    seconds: { before: one.seconds / one.n, after: other.seconds / other.n },
    carrying: carryingChanges(one, other, details.longest),
    backlog: slowerBacklog(before, after, details.deliveries),
    failures: [],
  }
}

function leadTimes({ service, n, logSum }: ServiceSums) {
  return { service, n, sum: logSum }
}

function failRates({ service, judged, failed }: ServiceSums) {
  return { service, n: judged, sum: failed }
}

function observations({ services }: ServiceSplit, side: 'before' | 'after'): number {
  return services.reduce((sum, each) => sum + (each[side]?.n ?? 0), 0)
}

function slowerBacklog(
  before: readonly ServiceSums[],
  after: readonly ServiceSums[],
  deliveries: readonly Delivery[],
): Explanation['backlog'] {
  const window = slowerTypically(totalOf(before), totalOf(after))
  if (window === null) return null
  const backlog = window === 'after' ? backlogOf(deliveries, after, before) : backlogOf(deliveries, before, after)
  return backlog && { ...backlog, window }
}
