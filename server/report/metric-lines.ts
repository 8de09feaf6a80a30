/** The metrics of the week, each beside the four weeks before. */
import { type BesideId, besideIds, type MetricId, type MetricsAnswer, metricIds } from '../metrics/answer.ts'
import { isoWeekOf } from '../metrics/windows.ts'
import type { MetricLine } from './snapshot.ts'

/** `week` answers for the week alone, `history` for the weeks before it by week. */
export function metricLines(week: MetricsAnswer, history: MetricsAnswer): MetricLine[] {
  return [...metricIds, ...besideIds].map((id) => metricLine(id, week, history))
}

function metricLine(id: MetricId | BesideId, { metrics }: MetricsAnswer, history: MetricsAnswer): MetricLine {
  const { unit, value, n, interval, reason, comparison } = metrics[id]
  const line: MetricLine = { id, unit, value, n, interval, reason, ...nothingMore, before: [] }
  if (comparison !== undefined) line.comparison = comparison.text
  for (const entry of history.series) {
    const point = entry.metrics[id]
    const count = point.count ?? null
    line.before.push({ week: isoWeekOf(entry.start), value: point.value, n: point.n, count, reason: point.reason })
  }
  if (id === 'change_lead_time') {
    const { clusters, clusterUnit } = metrics[id]
    line.clusters = n === 0 ? null : { n: clusters, unit: clusterUnit }
  }
  if (id === 'change_fail_rate') {
    const { pending, provisional } = metrics[id]
    Object.assign(line, { pending, provisional })
  }
  if (id === 'change_fail_rate' || id === 'deployment_rework_rate') {
    line.count = metrics[id].count
    line.signals = metrics[id].signals
  }
  if (id === 'failed_deployment_recovery_time' || id === 'incident_time_to_restore') line.open = metrics[id].open
  return line
}

const nothingMore = { count: null, pending: 0, provisional: 0, open: 0, clusters: null, signals: [] }
