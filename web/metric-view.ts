/** How each metric's answer is put into figures and words; the same for tiles, charts, tables and reports. */
import type { Comparison, Interval, ListedMetrics, MetricsAnswer, Point, SeriesEntry } from './api.ts'
import { isoWeekOf, lastDay } from './calendar.ts'
import {
  changesFigure,
  counted,
  durationFigure,
  type Figure,
  figureIn,
  formatDay,
  frequencyFigure,
  joined,
  percentFigure,
} from './format.ts'
import type { BucketName, MetricName } from './search.ts'
import { absenceWords } from './words.ts'

/** The value in the metric's own unit. */
export function metricFigure(metric: MetricName, value: number): Figure {
  switch (metric) {
    case 'deployment_frequency':
      return frequencyFigure(value)
    case 'change_fail_rate':
    case 'deployment_rework_rate':
      return percentFigure(value)
    case 'batch_size':
      return changesFigure(value)
    default:
      return durationFigure(value)
  }
}

export function metricText(metric: MetricName, value: number): string {
  return joined(metricFigure(metric, value))
}

/** As `intervalText`, without the unit where the value beside it has the same. */
export function shortIntervalText(metric: MetricName, value: number, interval: Interval): string | null {
  const text = intervalText(metric, interval)
  const { unit } = metricFigure(metric, value)
  return text?.endsWith(` ${unit}`) && !text.includes(' – ') && !text.startsWith('from') ? text.slice(0, -unit.length - 1) : text
}

/** `0.92–1.3 days`: one unit for both limits; an upper limit that is not reached is said to be open. */
export function intervalText(metric: MetricName, interval: Interval): string | null {
  if (interval === null) return null
  const [low, high] = interval
  const lower = metricFigure(metric, low)
  if (high === null) return `from ${joined(lower)}, no upper limit yet`
  const upper = metricFigure(metric, high)
  if (lower.unit !== upper.unit && low > 0) {
    // A limit too small for the other's unit keeps its own.
    const same = figureIn(low, upper.unit)
    if (Number(same) >= 0.1) return `${same}–${joined(upper)}`
  }
  if (lower.unit === upper.unit || low === 0)
    return lower.unit === '%' ? `${lower.figure}–${upper.figure}%` : `${lower.figure}–${upper.figure} ${upper.unit}`
  return `${joined(lower)} – ${joined(upper)}`
}

const clusterNouns = { deployment: 'deployment', release: 'release', week: 'week' } as const

/** How many observations stand behind a value: `240 changes in 12 deployments`, `1 of 20 deployments`. */
export function basisText(metric: MetricName, metrics: MetricsAnswer['metrics']): string {
  switch (metric) {
    case 'deployment_frequency':
      return counted(metrics.deployment_frequency.n, 'deployment')
    case 'change_lead_time': {
      const { n, clusters, clusterUnit } = metrics.change_lead_time
      return `${counted(n, 'change')} in ${counted(clusters, clusterNouns[clusterUnit])}`
    }
    case 'change_fail_rate':
    case 'deployment_rework_rate': {
      const { count, n } = metrics[metric]
      return `${count.toLocaleString('en-GB')} of ${counted(n, 'deployment')}`
    }
    case 'failed_deployment_recovery_time': {
      const { n, open } = metrics.failed_deployment_recovery_time
      return `${counted(n, 'failed deployment')}${open > 0 ? `, ${open} still open` : ''}`
    }
    case 'batch_size':
      return counted(metrics.batch_size.n, 'deployment')
    case 'incident_time_to_restore': {
      const { n, open } = metrics.incident_time_to_restore
      return `${counted(n, 'incident')}${open > 0 ? `, ${open} still open` : ''}`
    }
  }
}

/** Why there are no failures by the week; they are counted where the data shows failures and the days suffice. */
export function weeklyAbsence({ change_fail_rate: fails, deployment_frequency: frequency }: MetricsAnswer['metrics']): string {
  const reason = frequency.reason === 'not_covered' || fails.signals.length > 0 ? frequency.reason : 'no_signal'
  return absenceWords[reason ?? 'too_short']
}

/** `Before, 8 Jun – 30 Aug 2026: 2.8 days; this is 0.8–1.1 times that (95% interval)`. */
export function beforeText(metric: MetricName, { from, to, value, interval, points }: Comparison): string {
  const days = `Before, ${formatDay(from)} – ${formatDay(lastDay(to), true)}`
  const was = `${days}: ${value === null ? 'no value' : metricText(metric, value)}`
  if (interval === null) return was
  const [low, high] = interval.map((limit) => limit?.toLocaleString('en-GB', { maximumSignificantDigits: 2 }))
  const range = high === undefined ? `${low} or more` : `${low} to ${high}`
  return points === undefined ? `${was}; this is ${range} times that (95% interval)` : `${was}; this is ${range} points more (95% interval)`
}

/** How many items of a list, or of a part of it, were compared, and how many stand out: `of 12 compared, 2 stand out`. */
export function comparedText(items: ListedMetrics[]): string {
  const comparisons = items.map(({ metrics }) => Object.values(metrics ?? {}).flatMap(({ comparison }) => comparison ?? []))
  const compared = comparisons.filter((each) => each.some(({ p }) => p !== null)).length
  const out = comparisons.filter((each) => each.some(({ standsOut }) => standsOut)).length
  return `of ${compared} compared, ${out} ${out === 1 ? 'stands' : 'stand'} out`
}

/** How many observations stand behind one bucket's value. */
export function pointBasis(metric: MetricName, point: Point): string {
  if (point.count !== undefined) return `${point.count} of ${point.n}`
  const noun = {
    change_lead_time: 'change',
    incident_time_to_restore: 'incident',
    failed_deployment_recovery_time: 'failed deployment',
  } as const
  return counted(point.n, metric in noun ? noun[metric as keyof typeof noun] : 'deployment')
}

export function seriesValues(series: SeriesEntry[], metric: MetricName): (number | null)[] {
  return series.map((entry) => entry.metrics[metric].value)
}

/** What a sparkline shows, for those who do not see it. */
export function sparklineLabel(metric: MetricName, values: (number | null)[]): string {
  const known = values.filter((value) => value !== null)
  const latest = known.at(-1)
  if (latest === undefined) return `No data in ${values.length} weeks`
  const gaps = values.length - known.length
  const range = `${metricText(metric, Math.min(...known))} to ${metricText(metric, Math.max(...known))}`
  return `${values.length} weeks, ${range}, latest ${metricText(metric, latest)}${gaps > 0 ? `, ${gaps} without data` : ''}`
}

/** A bucket's name on an axis: `12 Oct`, `Oct 26`, `Q4 26`. */
export function bucketLabel(start: string, bucket: BucketName): string {
  if (bucket === 'quarter') return `Q${Math.floor((Number(start.slice(5, 7)) - 1) / 3) + 1} ${start.slice(0, 4)}`
  if (bucket === 'month')
    return new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', month: 'short', year: 'numeric' }).format(new Date(start))
  return formatDay(start)
}

/** A bucket's name in full: `Week 2026-W42, 12–18 Oct 2026`. */
export function bucketName(entry: { start: string; end: string }, bucket: BucketName): string {
  if (bucket === 'day') return formatDay(entry.start, true)
  if (bucket === 'week') return `${isoWeekOf(entry.start)}, ${formatDay(entry.start)} – ${formatDay(lastDay(entry.end), true)}`
  return bucketLabel(entry.start, bucket)
}
