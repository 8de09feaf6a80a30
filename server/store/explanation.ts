/** Why a metric moved: the one place that reads what an explanation is made from. */
import type { Config } from '../config.ts'
import type { Comparison } from '../metrics/answer.ts'
import { withoutHolidays } from '../metrics/comparison/compared-side.ts'
import type { MetricsQuestion } from '../metrics/compute.ts'
import { type Delivery, named, slowerTypically } from '../metrics/explain/backlog-releases.ts'
import { slowerByMean } from '../metrics/explain/carrying-changes.ts'
import { type ExplainedMetric, type Explanation, explain, type FailedDeployment, isExplained } from '../metrics/explain/explanation.ts'
import {
  type Findings,
  findingsOf,
  joinFindings,
  maxFailures,
  newestFirst,
  noFindings,
  type PlacedDelivery,
} from '../metrics/explain/findings.ts'
import { splitByService } from '../metrics/explain/split-by-service.ts'
import { type ServiceSums, totalOf } from '../metrics/explain/sums.ts'
import { windowOf } from '../metrics/windows.ts'
import { readCarriers, readLongChanges } from './carriers.ts'
import type { Db } from './database.ts'
import { readObserved } from './observed.ts'
import type { ResolvedScope } from './scope.ts'

type Found = Record<'before' | 'after', Findings>

/** Services whose failures are named. */
const maxFailing = 3

/** The explanation of a clear comparison; null where it is not clear, without reading anything. */
export async function readExplanation(
  db: Db,
  config: Config,
  resolved: ResolvedScope,
  question: Pick<MetricsQuestion, 'environment' | 'asOf'>,
  metric: ExplainedMetric,
  comparison: Comparison,
): Promise<Explanation | null> {
  if (!isExplained(comparison)) return null
  const found = await readFindings(db, config, resolved, question, comparison)
  const { before, after } = { before: found.before.sums, after: found.after.sums }
  if (metric === 'change_fail_rate') {
    return explain(metric, before, after, { longest: [], deliveries: [], failures: await readFailures(db, found) })
  }
  const [one, other] = [totalOf(before), totalOf(after)]
  const [longer, slower] = [slowerByMean(one, other), slowerTypically(one, other)]
  return explain(metric, before, after, {
    longest: longer === null ? [] : await readLongChanges(db, found[longer].longest),
    deliveries: slower === null ? [] : await readDeliveries(db, found[slower].deliveries),
    failures: [],
  })
}

/** Of both windows as they are compared, without holiday weeks. */
async function readFindings(
  db: Db,
  config: Config,
  resolved: ResolvedScope,
  { environment, asOf }: Pick<MetricsQuestion, 'environment' | 'asOf'>,
  { from, to, current }: Comparison,
): Promise<Found> {
  const { timeZone, definition } = config
  const context = { asOf, definition, timeZone }
  const [before, after] = [
    withoutHolidays(windowOf({ from, to, timeZone }), definition),
    withoutHolidays(windowOf({ ...current, timeZone }), definition),
  ]
  const found = { before: noFindings, after: noFindings }
  for await (const observed of readObserved(db, config, resolved, { environment, from, to: current.to })) {
    found.before = joinFindings(found.before, findingsOf(observed, before, context))
    found.after = joinFindings(found.after, findingsOf(observed, after, context))
  }
  return found
}

async function readDeliveries(db: Db, wanted: readonly PlacedDelivery[]): Promise<Delivery[]> {
  const deployments = await readCarriers(db, wanted)
  return wanted.flatMap(({ service, n, logSum, waitLogSum }, i) => {
    const deployment = deployments[i]
    return deployment === undefined ? [] : [{ service, deployment: named(deployment), n, logSum, waitLogSum }]
  })
}

/** Failed deployments of the services that add most to the higher rate. */
async function readFailures(db: Db, found: Found): Promise<FailedDeployment[]> {
  const rates = ({ service, judged, failed }: ServiceSums) => ({ service, n: judged, sum: failed })
  const split = splitByService(found.before.sums.map(rates), found.after.sums.map(rates))
  if (split === null) return []
  const window = split.after > split.before ? 'after' : 'before'
  const direction = window === 'after' ? 1 : -1
  const size = (each: { mix: number; within: number }) => direction * (each.mix + each.within)
  const first = split.services.filter((each) => size(each) > 0).sort((a, b) => size(b) - size(a) || (a.service < b.service ? -1 : 1))
  const failed = first.slice(0, maxFailing).flatMap(({ service }) => found[window].failures.get(service) ?? [])
  const read = await readCarriers(db, failed.sort(newestFirst).slice(0, maxFailures))
  return read.flatMap((row) => (row === undefined ? [] : [{ deployment: named(row), evidence: row.failure?.evidence[0]?.text ?? null }]))
}
