/** Answers a metrics question: the window's values, the series of its buckets, and how it differs from the window before. Pure. */
import {
  type BesideId,
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
import { changeContext } from './evidence.ts'
import { answersOf, someAnswersOf } from './index.ts'
import type { MetricsInput } from './input.ts'
import { observeRows } from './observe-rows.ts'
import { observedReading } from './observed-reading.ts'
import type { Days, Reading } from './reading.ts'
import { clusterUnitOf, exposureOf, nothingWaits, type Slice, seenSignals, type Waiting, waitingOf } from './slice.ts'
import { overdispersion } from './statistics.ts'
import { bucketsOf, dayNumber, type Span, type Window, windowOf } from './windows.ts'

const everyMetric: readonly ComparedId[] = [...metricIds, ...besideIds]

/** What is asked, and what is known beside the sums. */
export type MetricsQuestion = Omit<MetricsInput, 'deployments' | 'changes' | 'deliveredBefore' | 'waiting' | 'incidents'> & {
  waiting: Waiting
}

export interface Compared {
  /** From which day on the reading holds what is compared with; none where it begins with the window. */
  earliest?: string
  /** Metrics that are compared. */
  ids?: readonly ComparedId[]
}

/**
 * Computes every metric from linked rows, and with those of the days before (`splitInput`) how the `compared` ones differ from the window before;
 * throws ShiplogError `invalid` for a window that makes no sense. Equal rows in any order give the equal answer.
 */
export function computeMetrics(input: MetricsInput, earlier?: MetricsInput, compared: readonly ComparedId[] = everyMetric): MetricsAnswer {
  const rows =
    earlier === undefined
      ? input
      : {
          ...input,
          deliveredBefore: earlier.deliveredBefore,
          deployments: [...earlier.deployments, ...input.deployments],
          changes: [...earlier.changes, ...input.changes],
          incidents: [...earlier.incidents, ...input.incidents],
        }
  const reading = observedReading(observeRows(rows), input.timeZone, input)
  const question = { ...input, waiting: waitingOf(input.waiting) }
  return answerMetrics(question, reading, { earliest: earlier?.from, ids: compared })
}

/** As computeMetrics, from sums that reach from `earliest` to the end of the window. */
export function answerMetrics(question: MetricsQuestion, reading: Reading, { earliest, ids = everyMetric }: Compared = {}): MetricsAnswer {
  const { definition } = question
  const window = windowOf(question)
  const { rollUp } = changeContext(question)
  const coverage = coverageOf(question.services, window)
  const pooled = pool(reading, daysOf(window), coverage)
  const whole = wholeSlice(question, reading, window, coverage, pooled.services)
  const values = answersOf(whole)
  return {
    scope: question.scope,
    from: question.from,
    to: question.to,
    timeZone: question.timeZone,
    bucket: question.bucket,
    environment: question.environment,
    asOf: question.asOf === null ? null : new Date(question.asOf).toISOString().replace('.000Z', 'Z'),
    definition: definition.version,
    coverage: { days: coverage.days, of: window.days },
    ...(rollUp ? { pooled } : {}),
    ...(reading.relativeError === null ? {} : { estimate: { relativeError: reading.relativeError } }),
    metrics:
      earliest === undefined ? values : withComparisons(values, comparisonsOf(whole, question, reading, { coverage, earliest, ids })),
    series: seriesOf(whole, question, reading, coverage),
  }
}

function wholeSlice(question: MetricsQuestion, reading: Reading, window: Window, coverage: Coverage, services: number): Slice {
  const { definition } = question
  const { rollUp } = changeContext(question)
  const clusterUnit = clusterUnitOf(window.days, rollUp, definition)
  return {
    detail: 'all',
    definition,
    asOf: question.asOf,
    rollUp,
    services,
    signals: seenSignals(question.services),
    covered: coverage.days > 0,
    exposure: exposureOf(coverage.days, coverage.days, definition.minimumCoveredDays),
    dispersion: dispersionOf(reading, window, coverage),
    clusterUnit,
    summary: reading.summarise([daysOf(window)], clusterUnit),
    waiting: question.waiting,
  }
}

/** What a list shows of a scope. */
export interface ListedAnswer {
  estimate?: { relativeError: number }
  metrics: Pick<Metrics, MetricId>
  /** Of each bucket only the values. */
  series: (Omit<SeriesEntry, 'metrics'> & { values: Record<MetricId, number | null> })[]
}

/** As answerMetrics, of the five metrics and without what no list shows. */
export function answerListed(question: MetricsQuestion, reading: Reading, earliest: string): ListedAnswer {
  const window = windowOf(question)
  const coverage = coverageOf(question.services, window)
  const whole: Slice = { ...wholeSlice(question, reading, window, coverage, coverage.services.size), detail: 'point' }
  const values = someAnswersOf(whole, metricIds)
  const comparisons = comparisonsOf(whole, question, reading, { coverage, earliest, ids: metricIds, inList: true })
  return {
    ...(reading.relativeError === null ? {} : { estimate: { relativeError: reading.relativeError } }),
    metrics: Object.fromEntries(metricIds.map((id) => [id, { ...values[id], comparison: comparisons[id] }])) as Pick<Metrics, MetricId>,
    series: bucketsIn(whole, question, reading, coverage, 'value').map(({ slice, ...entry }) => {
      const found = someAnswersOf(slice, metricIds)
      return { ...entry, values: Object.fromEntries(metricIds.map((id) => [id, found[id].value])) as Record<MetricId, number | null> }
    }),
  }
}

function daysOf({ fromDay, toDay }: Pick<Window, 'fromDay' | 'toDay'>): Days {
  return { from: dayNumber(fromDay), to: dayNumber(toDay) }
}

function withComparisons(metrics: Metrics, comparisons: Partial<Comparisons>): Metrics {
  const entries = Object.entries(metrics).map(([id, answer]) => {
    const comparison = comparisons[id as keyof Metrics]
    return [id, comparison === undefined ? answer : { ...answer, comparison }]
  })
  return Object.fromEntries(entries) as Metrics
}

/** Both windows as they are compared; the reading may begin before the window that is needed. */
function comparisonsOf(
  whole: Slice,
  question: MetricsQuestion,
  reading: Reading,
  { coverage, earliest, ids, inList = false }: { coverage: Coverage; earliest: string; ids: readonly ComparedId[]; inList?: boolean },
): Partial<Comparisons> {
  const { timeZone } = question
  const windows = comparedWindows(windowOf(question), coverage.until, question.bucket)
  if (windows === null || windows.before.from < earliest) {
    return nothingCompared({ from: earliest, to: question.from }, question, ids)
  }
  const before = windowOf({ ...windows.before, timeZone })
  const covered = coverageOf(question.services, before)
  const earlier = {
    ...whole,
    covered: covered.days > 0,
    exposure: exposureOf(covered.days, covered.days, whole.definition.minimumCoveredDays),
    services: covered.services.size,
  }
  return compareMetrics(
    windows,
    comparedSide(earlier, reading, before, covered),
    comparedSide(whole, reading, windowOf({ ...windows.current, timeZone }), coverage),
    ids,
    inList,
  )
}

/** How many services stand behind a roll-up, and which deploys most. */
function pool(reading: Reading, days: Days, coverage: Coverage): NonNullable<MetricsAnswer['pooled']> {
  const deployed = reading.deployed(days)
  const services = new Set(coverage.services)
  let total = 0
  let most = 0
  let largest: string | null = null
  for (const [service, count] of deployed) {
    services.add(service)
    total += count
    if (count > most || (count === most && count > 0 && service < (largest as string))) {
      largest = service
      most = count
    }
  }
  return { services: services.size, largestShare: largest === null ? null : most / total, largest }
}

/** Dispersion of the counted deployments over the ISO weeks that the window holds and the coverage covers wholly. */
function dispersionOf(reading: Reading, window: Window, coverage: Coverage): number {
  const weeks = bucketsOf(window, 'week').filter(({ start, end, from, to }) => {
    return from >= window.from && to <= window.to && coveredDays(coverage.ranges, dayNumber(start), dayNumber(end)) === 7
  })
  return overdispersion(weeks.map(({ start, end }) => reading.counted(daysOf({ fromDay: start, toDay: end }))))
}

function seriesOf(whole: Slice, question: MetricsQuestion, reading: Reading, coverage: Coverage): SeriesEntry[] {
  return bucketsIn(whole, question, reading, coverage, 'point').map(({ slice, ...entry }) => ({
    ...entry,
    metrics: pointsOf(answersOf(slice)),
  }))
}

function bucketsIn(whole: Slice, question: MetricsQuestion, reading: Reading, coverage: Coverage, detail: Slice['detail']) {
  const window = windowOf(question)
  const present = coverage.until ?? whole.asOf ?? Number.NEGATIVE_INFINITY
  return bucketsOf(window, question.bucket).map((span) => {
    const slice: Slice = { ...bucketSlice(whole, span, window, reading, coverage), detail }
    return {
      slice,
      start: span.start,
      end: span.end,
      partial: span.from < window.from || span.to > Math.min(window.to, present),
      provisional: slice.summary.isProvisional,
      ...(question.bucket === 'week' && workingWeek(span.start, whole.definition).holiday ? { holiday: true as const } : {}),
    }
  })
}

function bucketSlice(whole: Slice, span: Span, window: Window, reading: Reading, coverage: Coverage): Slice {
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
  const clusterUnit = clusterUnitOf(end - start, whole.rollUp, whole.definition)
  return {
    ...whole,
    covered: covered > 0,
    exposure,
    clusterUnit,
    summary: reading.summarise([{ from: start, to: end }], clusterUnit),
    waiting: nothingWaits,
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
