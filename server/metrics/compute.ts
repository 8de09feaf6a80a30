/** Answers a metrics question: the window's values, and the series of its buckets. Pure; equal rows in any order give the equal answer. */
import {
  type BesideId,
  type Bucket,
  besideIds,
  type MetricId,
  type Metrics,
  type MetricsAnswer,
  metricIds,
  type Point,
  type SeriesEntry,
} from './answer.ts'
import { type ComparedId, type Comparisons, compareMetrics, nothingCompared } from './comparison/compare-metrics.ts'
import { comparedSide } from './comparison/compared-side.ts'
import { comparedWindows } from './comparison/compared-windows.ts'
import { workingWeek } from './comparison/working-days.ts'
import { type Coverage, coverageOf, coveredDays } from './coverage.ts'
import { changeContext, explainDeployment, isProvisional } from './evidence.ts'
import { answersOf } from './index.ts'
import type { MetricsInput } from './input.ts'
import { clusterUnitOf, exposureOf, placeRows, type Slice, seenSignals } from './slice.ts'
import { overdispersion } from './statistics.ts'
import { bucketsOf, dayNumber, type Span, spanIndex, type Window, windowOf } from './windows.ts'

const everyMetric: readonly ComparedId[] = [...metricIds, ...besideIds]

/**
 * Computes every metric of a scope and window, and with the rows of the days before (`splitInput`) how the `compared` ones differ from the window before;
 * throws ShiplogError `invalid` for a window that makes no sense.
 */
export function computeMetrics(input: MetricsInput, earlier?: MetricsInput, compared: readonly ComparedId[] = everyMetric): MetricsAnswer {
  const window = windowOf(input)
  const spans = bucketsOf(window, input.bucket)
  const weeks = input.bucket === 'week' ? spans : bucketsOf(window, 'week')
  const { rollUp } = changeContext(input)
  const coverage = coverageOf(input.services, window)
  const rows = placeRows(input, window, weeks, rollUp)
  const pooled = pool(rows.deployments, coverage, input)
  const whole: Slice = {
    whole: true,
    definition: input.definition,
    asOf: input.asOf,
    rollUp,
    services: pooled.services,
    signals: seenSignals(input),
    covered: coverage.days > 0,
    exposure: exposureOf(coverage.days, coverage.days, input.definition.minimumCoveredDays),
    dispersion: dispersionOf(rows.deployments, weeks, window, coverage, input),
    clusterUnit: clusterUnitOf(window.days, rollUp, input.definition),
    ...rows,
    waiting: input.waiting,
  }
  return {
    scope: input.scope,
    from: input.from,
    to: input.to,
    timeZone: input.timeZone,
    bucket: input.bucket,
    environment: input.environment,
    asOf: input.asOf === null ? null : new Date(input.asOf).toISOString().replace('.000Z', 'Z'),
    definition: input.definition.version,
    coverage: { days: coverage.days, of: window.days },
    ...(rollUp ? { pooled } : {}),
    metrics:
      earlier === undefined
        ? answersOf(whole)
        : withComparisons(answersOf(whole), comparisonsOf(whole, input, earlier, { weeks, coverage, compared })),
    series: seriesOf(whole, spans, input.bucket, window, coverage),
  }
}

function withComparisons(metrics: Metrics, comparisons: Partial<Comparisons>): Metrics {
  const entries = Object.entries(metrics).map(([id, answer]) => {
    const comparison = comparisons[id as keyof Metrics]
    return [id, comparison === undefined ? answer : { ...answer, comparison }]
  })
  return Object.fromEntries(entries) as Metrics
}

/** Both windows as they are compared; the earlier rows may begin before the window that is needed. */
function comparisonsOf(
  whole: Slice,
  input: MetricsInput,
  earlier: MetricsInput,
  { weeks, coverage, compared }: { weeks: readonly Span[]; coverage: Coverage; compared: readonly ComparedId[] },
): Partial<Comparisons> {
  const window = windowOf(input)
  const windows = comparedWindows(window, coverage.until, input.bucket)
  if (windows === null || windows.before.from < earlier.from) return nothingCompared(earlier, input, compared)
  const earlierWindow = windowOf(earlier)
  const earlierWeeks = bucketsOf(earlierWindow, 'week')
  const before = windowOf({ ...windows.before, timeZone: input.timeZone })
  const covered = coverageOf(input.services, before)
  const rows: Slice = {
    ...whole,
    ...placeRows(earlier, earlierWindow, earlierWeeks, whole.rollUp),
    covered: covered.days > 0,
    exposure: exposureOf(covered.days, covered.days, input.definition.minimumCoveredDays),
    services: covered.services.size,
  }
  return compareMetrics(
    windows,
    comparedSide(rows, earlierWeeks, before, covered),
    comparedSide(whole, weeks, windowOf({ ...windows.current, timeZone: input.timeZone }), coverage),
    compared,
  )
}

/** How many services stand behind a roll-up, and which deploys most. */
function pool(deployments: Slice['deployments'], coverage: Coverage, input: MetricsInput): NonNullable<MetricsAnswer['pooled']> {
  const services = new Set(coverage.services)
  const counts = new Map<string, number>()
  let total = 0
  for (const { row } of deployments) {
    services.add(row.service)
    if (!explainDeployment(row, 'deployment_frequency', input).included) continue
    counts.set(row.service, (counts.get(row.service) ?? 0) + 1)
    total++
  }
  let largest: string | null = null
  for (const [service, count] of counts) {
    const most = largest === null ? 0 : (counts.get(largest) as number)
    if (count > most || (count === most && service < (largest as string))) largest = service
  }
  return { services: services.size, largestShare: largest === null ? null : (counts.get(largest) as number) / total, largest }
}

/** Dispersion of the counted deployments over the ISO weeks that the window holds and the coverage covers wholly. */
function dispersionOf(
  deployments: Slice['deployments'],
  weeks: readonly Span[],
  window: Window,
  coverage: Coverage,
  input: MetricsInput,
): number {
  const counts = new Float64Array(weeks.length)
  for (const { row, week } of deployments) {
    if (explainDeployment(row, 'deployment_frequency', input).included) counts[week] = (counts[week] as number) + 1
  }
  return overdispersion(
    counts.filter((_, i) => {
      const { start, end, from, to } = weeks[i] as Span
      return from >= window.from && to <= window.to && coveredDays(coverage.ranges, dayNumber(start), dayNumber(end)) === 7
    }),
  )
}

function seriesOf(whole: Slice, spans: readonly Span[], bucket: Bucket, window: Window, coverage: Coverage): SeriesEntry[] {
  const slices = spans.map((span) => bucketSlice(whole, span, window, coverage))
  for (const row of whole.deployments) slices[spanIndex(spans, row.at)]?.deployments.push(row)
  for (const row of whole.changes) slices[spanIndex(spans, row.at)]?.changes.push(row)
  for (const row of whole.incidents) slices[spanIndex(spans, row.at)]?.incidents.push(row)
  const present = coverage.until ?? whole.asOf ?? Number.NEGATIVE_INFINITY
  return slices.map((slice, i) => {
    const span = spans[i] as Span
    return {
      start: span.start,
      end: span.end,
      partial: span.from < window.from || span.to > Math.min(window.to, present),
      provisional: slice.deployments.some(({ row }) => isProvisional(row, slice)),
      ...(bucket === 'week' && workingWeek(span.start, whole.definition).holiday ? { holiday: true as const } : {}),
      metrics: pointsOf(answersOf(slice)),
    }
  })
}

/** The bucket's own slice, still without rows. */
function bucketSlice(whole: Slice, span: Span, window: Window, coverage: Coverage): Slice {
  const first = dayNumber(span.start)
  const start = Math.max(first, dayNumber(window.fromDay))
  const end = Math.min(first + span.days, dayNumber(window.toDay))
  const covered = coveredDays(coverage.ranges, start, end)
  const floor = Math.min(7, span.days)
  // Cut by the window or the present alone, a bucket is taken at seven days at least: its count stands and is not extrapolated.
  const known = Math.min(end, coverage.ranges.at(-1)?.to ?? end) - start
  const exposure =
    covered >= known - 1e-9
      ? exposureOf(covered, Math.max(covered, floor), 0)
      : exposureOf(covered, covered, Math.min(whole.definition.minimumCoveredDays, floor))
  return {
    ...whole,
    whole: false,
    covered: covered > 0,
    exposure,
    clusterUnit: clusterUnitOf(end - start, whole.rollUp, whole.definition),
    deployments: [],
    changes: [],
    incidents: [],
    waiting: [],
  }
}

function pointsOf(metrics: Metrics): Record<MetricId | BesideId, Point> {
  const points = Object.entries(metrics).map(([id, answer]): [string, Point] => {
    const { value, n, interval, reason } = answer as Metrics[keyof Metrics]
    const point: Point = { value, n, interval, reason }
    if ('count' in answer) point.count = answer.count
    if ('quantiles' in answer) point.p90 = answer.quantiles?.p90 ?? null
    return [id, point]
  })
  return Object.fromEntries(points) as Record<MetricId | BesideId, Point>
}
