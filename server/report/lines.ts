/** The words of a report's metric lines, the same in every format. */
import { count, duration, number, percent, rate, shortDuration } from './format.ts'
import type { MetricLine } from './snapshot.ts'
import { absenceWords } from './words.ts'

type Value = Pick<MetricLine, 'unit'> & MetricLine['before'][number]

/** The value in human units, or why there is none. */
export function valueText({ unit, ...line }: Pick<MetricLine, 'unit'> & Omit<Value, 'week' | 'unit'>): string {
  if (line.value === null) return line.reason === 'too_short' ? `${line.n} so far` : absentText(line.reason)
  if (unit === 'ratio') return line.count === null ? percent(line.value) : rate(line.count, line.n)
  return plainText(unit, line.value)
}

/** For a narrow cell: the percentage alone, a dash where there is no value. */
export function shortText(line: Pick<MetricLine, 'unit'> & Omit<Value, 'week' | 'unit'>): string {
  if (line.value === null) return '–'
  if (line.unit === 'seconds') return shortDuration(line.value)
  return plainText(line.unit, line.value).replace(' a week', '')
}

function absentText(reason: MetricLine['reason']): string {
  return reason === null ? 'no value' : absenceWords[reason]
}

function plainText(unit: MetricLine['unit'], value: number): string {
  if (unit === 'seconds') return duration(value)
  if (unit === 'ratio') return percent(value)
  return unit === 'per_week' ? `${number(value)} a week` : number(value)
}

/** `1.2 to 3.4`; empty where too few observations stand behind an interval. */
export function intervalText({ unit, interval }: Pick<MetricLine, 'unit' | 'interval'>): string {
  if (interval === null) return ''
  const [low, high] = interval
  const end = high === null ? 'not reached' : plainText(unit, high)
  return `${plainText(unit, low).replace(' a week', '')} to ${end.replace(' a week', '')}`
}

const nouns: Record<MetricLine['id'], string> = {
  deployment_frequency: 'deployment',
  change_lead_time: 'change',
  failed_deployment_recovery_time: 'failed deployment',
  change_fail_rate: 'judged deployment',
  deployment_rework_rate: 'counted deployment',
  batch_size: 'deployment',
  incident_time_to_restore: 'incident',
}

/** What the number rests on: `43 changes in 12 deployments`; empty where that is nothing. */
export function sampleText(line: MetricLine): string {
  if (line.n === 0 && line.pending === 0) return ''
  const parts = [count(line.n, nouns[line.id]) + (line.clusters === null ? '' : ` in ${count(line.clusters.n, line.clusters.unit)}`)]
  if (line.open > 0) parts.push(`${line.open} not recovered`)
  if (line.pending > 0) parts.push(`${line.pending} too young to judge`)
  if (line.provisional > 0) parts.push(`${line.provisional} may still change`)
  return parts.join(', ')
}
