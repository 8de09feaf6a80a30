/** The metrics answer as a table that a person reads in a terminal. */
import type { Absence, Comparison, Interval, MetricsAnswer, SeriesEntry } from '../metrics/answer.ts'
import { count, duration, number, percent } from '../report/format.ts'
import { absenceWords } from '../report/words.ts'
import type { Paint } from './paint.ts'

interface Row {
  title: string
  value: string
  interval: string
  basis: string
}

/** Lines without a line break at the end; `series` adds a row for each bucket. */
export function metricsTable(answer: MetricsAnswer, options: { paint: Paint; series: boolean }): string {
  const { paint } = options
  const groups: [string, Row[]][] = [
    ['Throughput', throughput(answer)],
    ['Instability', instability(answer)],
    ['Beside them', beside(answer)],
  ]
  const rows = groups.flatMap(([, list]) => list)
  const widths = { title: widest(rows, 'title'), value: widest(rows, 'value'), interval: Math.max(12, widest(rows, 'interval')) }
  const lines = heading(answer, paint)
  lines.push('', paint.dim(`  ${''.padEnd(widths.title)}  ${''.padEnd(widths.value)}  ${'95 % interval'.padEnd(widths.interval)}  from`))
  for (const [title, list] of groups) {
    lines.push(paint.bold(title))
    for (const row of list) lines.push(lineOf(row, widths, paint))
  }
  lines.push(...comparisonLines(answer, paint))
  if (options.series) lines.push('', ...seriesLines(answer, paint))
  return lines.join('\n')
}

function lineOf(row: Row, widths: { title: number; value: number; interval: number }, paint: Paint): string {
  const value = row.value.padEnd(widths.value)
  const cells = [
    row.title.padEnd(widths.title),
    row.value === '-' ? paint.dim(value) : paint.bold(value),
    row.interval.padEnd(widths.interval),
    row.basis,
  ]
  return `  ${cells.join('  ')}`.trimEnd()
}

/** Each metric in the window before, and the verdict on the difference. */
function comparisonLines({ metrics }: MetricsAnswer, paint: Paint): string[] {
  const compared: [string, Comparison | undefined, (value: number) => string][] = [
    ['Deployment frequency', metrics.deployment_frequency.comparison, perWeek],
    ['Change lead time, median', metrics.change_lead_time.comparison, duration],
    ['Recovery time, median', metrics.failed_deployment_recovery_time.comparison, duration],
    ['Change fail rate', metrics.change_fail_rate.comparison, percent],
    ['Deployment rework rate', metrics.deployment_rework_rate.comparison, percent],
    ['Batch size, median', metrics.batch_size.comparison, (value) => count(value, 'change')],
    ['Incident time to restore', metrics.incident_time_to_restore.comparison, duration],
  ]
  const known = compared.flatMap(([title, comparison, text]) => (comparison === undefined ? [] : [{ title, comparison, text }]))
  const [first] = known
  if (first === undefined) return []
  const rows = known.map(({ title, comparison, text }): Row => {
    const value = comparison.value === null ? '-' : text(comparison.value)
    return { title, value, interval: differenceText(comparison), basis: comparison.text }
  })
  const widths = {
    title: widest(rows, 'title'),
    value: Math.max(6, widest(rows, 'value')),
    interval: Math.max(12, widest(rows, 'interval')),
  }
  const head = `  ${''.padEnd(widths.title)}  ${'before'.padEnd(widths.value)}  ${'95 % interval'.padEnd(widths.interval)}  verdict`
  const title = `Compared with ${first.comparison.from} to ${first.comparison.to}`
  return ['', paint.bold(title), paint.dim(head), ...rows.map((row) => lineOf(row, widths, paint))]
}

/** The interval of the factor or of the points. */
function differenceText({ interval, points }: Comparison): string {
  if (interval === null) return ''
  const [low, high] = interval
  const unit = points === undefined ? 'times' : 'points'
  return high === null ? `${number(low)} or more ${unit}` : `${number(low)} to ${number(high)} ${unit}`
}

function widest(rows: Row[], cell: keyof Row): number {
  return Math.max(...rows.map((row) => row[cell].length))
}

function heading(answer: MetricsAnswer, paint: Paint): string[] {
  const { from, to, timeZone, environment, coverage, pooled } = answer
  const asOf = answer.asOf === null ? 'nothing collected yet' : `data as of ${answer.asOf.replace(/\.\d+Z$/, 'Z')}`
  const covered = `${number(coverage.days)} of ${count(coverage.of, 'day')} covered`
  const lines = [
    `${paint.bold(answer.scope)}  ${from} to ${to} (to is not included), ${timeZone}, ${environment}`,
    paint.dim(`${covered}, ${asOf}, definition ${answer.definition}`),
  ]
  if (pooled !== undefined) {
    const largest = pooled.largestShare === null ? '' : `; ${pooled.largest} has ${percent(pooled.largestShare)} of the deployments`
    lines.push(paint.dim(`${count(pooled.services, 'service')} pooled${largest}`))
  }
  return lines
}

function throughput({ metrics }: MetricsAnswer): Row[] {
  const frequency = metrics.deployment_frequency
  const lead = metrics.change_lead_time
  const recovery = metrics.failed_deployment_recovery_time
  const between = frequency.medianDaysBetween === null ? '' : `, ${duration(frequency.medianDaysBetween * 86_400)} apart (median)`
  const rows = [
    rowOf('Deployment frequency', frequency, perWeek, `${count(frequency.n, 'deployment')}${between}`),
    rowOf('Change lead time, median', lead, duration, `${count(lead.n, 'change')} in ${count(lead.clusters, lead.clusterUnit)}`),
  ]
  if (lead.quantiles !== null) {
    const { p75, p90, p95 } = lead.quantiles
    rows.push({ title: '  p75, p90, p95', value: [p75, p90, p95].map(duration).join(', '), interval: '', basis: '' })
  }
  const open = recovery.open > 0 ? `, ${recovery.open} still open` : ''
  rows.push(rowOf('Recovery time, median', recovery, duration, `${count(recovery.n, 'failed deployment')}${open}`))
  return rows
}

function instability({ metrics }: MetricsAnswer): Row[] {
  const fail = metrics.change_fail_rate
  const rework = metrics.deployment_rework_rate
  const waiting = [fail.pending > 0 ? `${fail.pending} pending` : '', fail.provisional > 0 ? `${fail.provisional} provisional` : ''].filter(
    Boolean,
  )
  const seen = (signals: string[]) => (signals.length === 0 ? '' : `, signals: ${signals.join(', ')}`)
  const failBasis = [`${fail.count} of ${count(fail.n, 'deployment')}`, ...waiting].join(', ')
  return [
    rowOf('Change fail rate', fail, percent, `${failBasis}${seen(fail.signals)}`),
    rowOf('Deployment rework rate', rework, percent, `${rework.count} of ${count(rework.n, 'deployment')}${seen(rework.signals)}`),
  ]
}

function beside({ metrics, coverage }: MetricsAnswer): Row[] {
  const batch = metrics.batch_size
  const restore = metrics.incident_time_to_restore
  const { waiting } = metrics.change_lead_time
  const oldest = waiting.oldestSeconds === null ? '' : `the oldest for ${duration(waiting.oldestSeconds)}`
  const p90 = batch.p90 === null ? '' : `, p90 ${number(batch.p90)}`
  const open = restore.open > 0 ? `, ${restore.open} still open` : ''
  return [
    rowOf('Batch size, median', batch, (value) => count(value, 'change'), `${count(batch.n, 'deployment')}${p90}`),
    rowOf('Incident time to restore', restore, duration, `${count(restore.n, 'incident')}${open}`),
    coverage.days === 0 && waiting.count === 0
      ? { title: 'Waiting changes', value: '-', interval: '', basis: absenceWords.not_covered }
      : { title: 'Waiting changes', value: count(waiting.count, 'change'), interval: '', basis: oldest },
  ]
}

interface Measured {
  value: number | null
  interval: Interval
  reason: Absence | null
}

function rowOf(title: string, metric: Measured, text: (value: number) => string, basis: string): Row {
  if (metric.value === null) return { title, value: '-', interval: '', basis: metric.reason === null ? basis : absenceWords[metric.reason] }
  return { title, value: text(metric.value), interval: intervalText(metric.interval, text), basis }
}

/** Too few independent observations have no interval, and say so. */
function intervalText(interval: Interval, text: (value: number) => string): string {
  if (interval === null) return 'too few'
  const [low, high] = interval
  return high === null ? `${text(low)} or more` : `${bare(text(low), text(high))} to ${text(high)}`
}

/** The lower limit without its unit where the upper one repeats it. */
function bare(low: string, high: string): string {
  const single = /^([\d.,]+) ([^\d]+?)s?$/
  const [, figure, unit] = single.exec(low) ?? []
  return figure !== undefined && unit === single.exec(high)?.[2] ? figure : low
}

function perWeek(value: number): string {
  return `${number(value)} per week`
}

function seriesLines(answer: MetricsAnswer, paint: Paint): string[] {
  const head = [answer.bucket, 'deployments', 'per week', 'lead time', 'fail rate', 'recovery', '']
  const rows = answer.series.map((entry) => seriesRow(entry))
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)))
  const render = (row: string[]) =>
    `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`
  return [paint.dim(render(head).trimEnd()), ...rows.map((row) => render(row).trimEnd())]
}

function seriesRow({ start, metrics, partial, provisional }: SeriesEntry): string[] {
  const cell = (value: number | null, text: (value: number) => string) => (value === null ? '-' : text(value))
  const marks = [partial ? 'partial' : '', provisional ? 'provisional' : ''].filter(Boolean).join(', ')
  return [
    start,
    metrics.deployment_frequency.n.toLocaleString('en-US'),
    cell(metrics.deployment_frequency.value, number),
    cell(metrics.change_lead_time.value, duration),
    cell(metrics.change_fail_rate.value, percent),
    cell(metrics.failed_deployment_recovery_time.value, duration),
    marks,
  ]
}
