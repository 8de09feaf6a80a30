/** What an explanation is made from: sums of each service over one of the two compared windows. */
import { refKey } from '../../facts.ts'
import { type Stage, stages } from '../../linked.ts'
import { outsideHolidays } from '../comparison/compared-side.ts'
import { workingWeek } from '../comparison/working-days.ts'
import { changeContext, explainDeployment } from '../evidence.ts'
import type { MetricsInput } from '../input.ts'
import { type Placed, type PlacedChange, placeRows } from '../slice.ts'
import { bucketsOf, windowOf } from '../windows.ts'

export interface ServiceSums {
  service: string
  /** Changes in the lead time. */
  n: number
  /** Σ ln(1 + seconds of lead time). */
  logSum: number
  /** Σ seconds of lead time. */
  seconds: number
  /** Σ seconds of each stage, over the changes where it was observed. */
  stages: Partial<Record<Stage, { sum: number; n: number }>>
  /** Σ ln(1 + seconds from merge to live). */
  waitLogSum: number
  /** Deployments that carried the changes. */
  carrying: number
  /** Deployments in the fail rate, and those of them that failed. */
  judged: number
  failed: number
}

/** All services together. */
export type Sums = Omit<ServiceSums, 'service'>

export function noSums(): Sums {
  return { n: 0, logSum: 0, seconds: 0, stages: {}, waitLogSum: 0, carrying: 0, judged: 0, failed: 0 }
}

/** Adds the services up, in the order of their names. */
export function totalOf(sums: readonly ServiceSums[]): Sums {
  const total = noSums()
  for (const each of [...sums].sort(byService)) {
    for (const key of ['n', 'logSum', 'seconds', 'waitLogSum', 'carrying', 'judged', 'failed'] as const) total[key] += each[key]
    for (const stage of stages) {
      const added = each.stages[stage]
      if (added === undefined) continue
      const known = total.stages[stage] ?? { sum: 0, n: 0 }
      total.stages[stage] = { sum: known.sum + added.sum, n: known.n + added.n }
    }
  }
  return total
}

/**
 * The sums of the days [from, to), by name of the service; services without a row are left out. The rows are those that the comparison
 * of these days rests on: included by the metric's own rules (evidence.ts), and in no holiday week. `input` may hold more days. Equal rows in
 * any order give the equal sums.
 */
export function sumsOf(input: MetricsInput, days: { from: string; to: string }): ServiceSums[] {
  const weeks = bucketsOf(windowOf(input), 'week')
  const rows = placeRows(input, windowOf(input), weeks, changeContext(input).rollUp)
  const window = windowOf({ ...days, timeZone: input.timeZone })
  const calendar = weeks.map((week) => workingWeek(week.start, input.definition))
  const normal = outsideHolidays(weeks, calendar)
  const compared = (placed: Placed) => placed.at >= window.from && placed.at < window.to && normal(placed)
  const changes = new Map<string, PlacedChange[]>()
  const sums = new Map<string, ServiceSums>()
  for (const change of rows.changes) {
    if (!change.explained.included || !compared(change)) continue
    const own = changes.get(change.row.service)
    if (own) own.push(change)
    else changes.set(change.row.service, [change])
  }
  for (const [service, own] of changes) sums.set(service, { service, ...noSums(), ...changeSums(own) })
  for (const placed of rows.deployments) {
    const { included, counts } = explainDeployment(placed.row, 'change_fail_rate', input)
    if (!included || !compared(placed)) continue
    const { service } = placed.row
    const known = sums.get(service) ?? { service, ...noSums() }
    sums.set(service, { ...known, judged: known.judged + 1, failed: known.failed + (counts ? 1 : 0) })
  }
  return [...sums.values()].sort(byService)
}

function byService(a: ServiceSums, b: ServiceSums): number {
  return a.service < b.service ? -1 : 1
}

function changeSums(changes: readonly PlacedChange[]): Omit<Sums, 'judged' | 'failed'> {
  const observed: Sums['stages'] = {}
  for (const stage of stages) {
    const values = changes.flatMap(({ row }) => row.stages[stage] ?? [])
    if (values.length > 0) observed[stage] = { sum: orderlySum(values), n: values.length }
  }
  const waits = changes.map(({ row, at }) => Math.log1p(Math.max(0, (at - row.mergedAt) / 1000)))
  return {
    n: changes.length,
    logSum: orderlySum(changes.map(({ seconds }) => Math.log1p(seconds))),
    seconds: orderlySum(changes.map(({ seconds }) => seconds)),
    stages: observed,
    waitLogSum: orderlySum(waits),
    carrying: new Set(changes.map(({ row, release }) => (row.deployment ? refKey(row.deployment) : release))).size,
  }
}

/** A sum that does not depend on the order of what is added. */
function orderlySum(values: readonly number[]): number {
  return Float64Array.from(values)
    .sort()
    .reduce((sum, value) => sum + value, 0)
}
