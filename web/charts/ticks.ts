/** Round numbers for an axis, in the unit that people read. */
import type { MetricName } from '../search.ts'

const minute = 60
const hour = 3600
const day = 24 * hour

const durationSteps = [
  1,
  5,
  10,
  30,
  minute,
  2 * minute,
  5 * minute,
  10 * minute,
  15 * minute,
  30 * minute,
  hour,
  2 * hour,
  3 * hour,
  6 * hour,
  12 * hour,
  day,
  2 * day,
  5 * day,
  10 * day,
  20 * day,
  30 * day,
  60 * day,
  120 * day,
  365 * day,
  730 * day,
]

/** Ticks from zero to at least `highest`, four or five of them. */
export function niceTicks(metric: MetricName, highest: number): number[] {
  const top = highest <= 0 ? smallest(metric) : highest
  const step = stepFor(metric, top)
  const count = Math.max(1, Math.ceil(top / step - 1e-9))
  return Array.from({ length: count + 1 }, (_, index) => index * step)
}

function smallest(metric: MetricName): number {
  if (isDuration(metric)) return hour
  return isRatio(metric) ? 0.1 : 4
}

function isDuration(metric: MetricName): boolean {
  return metric === 'change_lead_time' || metric === 'failed_deployment_recovery_time' || metric === 'incident_time_to_restore'
}

function isRatio(metric: MetricName): boolean {
  return metric === 'change_fail_rate' || metric === 'deployment_rework_rate'
}

function stepFor(metric: MetricName, highest: number): number {
  const rough = highest / 4
  if (isDuration(metric)) return durationSteps.find((step) => step >= rough) ?? Math.ceil(rough / (365 * day)) * 365 * day
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough - 1e-12) ?? 10
  return step * power
}

/** Durations that people know, for a logarithmic axis between two bounds. */
export function logTicks(low: number, high: number): number[] {
  const known = [1, 10, minute, 10 * minute, hour, 6 * hour, day, 7 * day, 30 * day, 180 * day, 730 * day]
  return known.filter((tick) => tick >= low && tick <= high)
}
