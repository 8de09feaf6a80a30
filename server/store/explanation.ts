/** Why a metric moved: the one place that reads what an explanation is made from. */
import type { Comparison } from '../metrics/answer.ts'
import type { SplitInput } from '../metrics/comparison/split-input.ts'
import { workingWeek } from '../metrics/comparison/working-days.ts'
import { changeContext, explainDeployment } from '../metrics/evidence.ts'
import { backlogChanges, named, slowerTypically } from '../metrics/explain/backlog-releases.ts'
import { fewChanges, slowerByMean } from '../metrics/explain/carrying-changes.ts'
import { type ExplainedMetric, type Explanation, explain, type FailedDeployment, isExplained } from '../metrics/explain/explanation.ts'
import { splitByService } from '../metrics/explain/split-by-service.ts'
import { type ServiceSums, sumsOf, totalOf } from '../metrics/explain/sums.ts'
import type { MetricsInput } from '../metrics/input.ts'
import { bucketsOf, windowOf } from '../metrics/windows.ts'
import { type CarrierQuestion, readDeliveries, readFailedDeployments, readLongestChanges } from './carriers.ts'
import type { Db } from './database.ts'
import type { ResolvedScope } from './scope.ts'

type Window = 'before' | 'after'

/** Deliveries that are looked at, failures that are named, and services whose failures are. */
const maxDeliveries = 20
const maxFailures = 5
const maxFailing = 3

/** The explanation of a clear comparison; null where it is not clear. `rows` are those that the comparison was made from. */
export async function readExplanation(
  db: Db,
  resolved: ResolvedScope,
  rows: SplitInput,
  metric: ExplainedMetric,
  comparison: Comparison,
): Promise<Explanation | null> {
  const { input, earlier } = rows
  if (earlier === undefined || !isExplained(comparison)) return null
  const days = { before: { from: comparison.from, to: comparison.to }, after: comparison.current }
  const sums = { before: sumsOf(earlier, days.before), after: sumsOf(input, days.after) }
  const questionOf = (window: Window) => carrierQuestion(resolved, window === 'after' ? input : earlier, days[window])
  const details = { longest: [], deliveries: [], failures: [] }
  if (metric === 'change_fail_rate') {
    const failures = await readFailures(db, sums, questionOf, input)
    return explain(metric, sums.before, sums.after, { ...details, failures })
  }
  const [before, after] = [totalOf(sums.before), totalOf(sums.after)]
  const [longer, slower] = [slowerByMean(before, after), slowerTypically(before, after)]
  return explain(metric, sums.before, sums.after, {
    ...details,
    longest: longer === null ? [] : await readLongestChanges(db, questionOf(longer), fewChanges),
    deliveries: slower === null ? [] : await readDeliveries(db, questionOf(slower), backlogChanges, maxDeliveries),
  })
}

/** Asks for the rows of the days that are in the sums. */
function carrierQuestion(resolved: ResolvedScope, input: MetricsInput, days: { from: string; to: string }): CarrierQuestion {
  const { from, to } = windowOf({ ...days, timeZone: input.timeZone })
  const holidays = bucketsOf(windowOf(input), 'week').filter((week) => workingWeek(week.start, input.definition).holiday)
  return {
    services: resolved.services,
    environment: input.environment,
    from,
    to,
    without: holidays.map((week) => ({ from: week.from, to: week.to })),
    rollUp: changeContext(input).rollUp,
    since: windowOf(input).from,
    deliveredBefore: input.deliveredBefore ?? new Set(),
  }
}

/** Failed deployments of the services that add most to the higher rate. */
async function readFailures(
  db: Db,
  sums: Record<Window, readonly ServiceSums[]>,
  questionOf: (window: Window) => CarrierQuestion,
  input: MetricsInput,
): Promise<FailedDeployment[]> {
  const rates = ({ service, judged, failed }: ServiceSums) => ({ service, n: judged, sum: failed })
  const split = splitByService(sums.before.map(rates), sums.after.map(rates))
  if (split === null) return []
  const window = split.after > split.before ? 'after' : 'before'
  const direction = window === 'after' ? 1 : -1
  const size = (each: { mix: number; within: number }) => direction * (each.mix + each.within)
  const first = split.services.filter((each) => size(each) > 0).sort((a, b) => size(b) - size(a) || (a.service < b.service ? -1 : 1))
  const failing = new Set(first.slice(0, maxFailing).map(({ service }) => service))
  const question = questionOf(window)
  const asked = { ...question, services: question.services.filter(({ service }) => failing.has(service)) }
  const read = await readFailedDeployments(db, asked, 4 * maxFailures)
  const counted = read.filter((row) => explainDeployment(row, 'change_fail_rate', input).counts)
  return counted.slice(0, maxFailures).map((row) => ({ deployment: named(row), evidence: row.failure?.evidence[0]?.text ?? null }))
}
