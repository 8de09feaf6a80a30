/** A verdict in words. */
import type { Comparison } from '../answer.ts'
import type { ComparedId } from './compare-metrics.ts'

type Told = Omit<Comparison, 'text'>

/** Words for a metric that is up, and for one that is down. */
const directions: Record<ComparedId, [up: string, down: string]> = {
  deployment_frequency: ['more often', 'less often'],
  change_lead_time: ['slower', 'faster'],
  failed_deployment_recovery_time: ['slower', 'faster'],
  change_fail_rate: ['higher', 'lower'],
  deployment_rework_rate: ['higher', 'lower'],
  batch_size: ['larger', 'smaller'],
  incident_time_to_restore: ['slower', 'faster'],
}

/** `clear: 1.4 times slower than the 12 weeks before`, `no clear change`, `not enough data: 3 of 5 deployments`; `before` names the window before. */
export function comparisonText(id: ComparedId, comparison: Told, before: string): string {
  const { verdict } = comparison
  if (verdict === 'clear') return `${verdict}: ${sizeText(id, comparison, before)}`
  return verdict === 'not enough data' ? `${verdict}: ${lackText(comparison, before)}` : verdict
}

function sizeText(id: ComparedId, { factor, points }: Told, before: string): string {
  const [up, down] = directions[id]
  if (points != null) {
    const size = figure(Math.abs(points))
    return `${size} ${size === '1' ? 'point' : 'points'} ${points > 0 ? up : down} than ${before}`
  }
  if (factor === 0) return `none, unlike ${before}`
  if (factor == null) return `there was none in ${before}`
  return `${figure(Math.max(factor, 1 / factor))} times ${factor > 1 ? up : down} than ${before}`
}

function lackText({ reason, needs }: Told, before: string): string {
  if (needs !== null) return `${needs.n} of ${needs.of} ${needs.unit}${needs.of === 1 ? '' : 's'}`
  if (reason === 'not_covered') return `no data covers ${before}`
  return reason === 'basis_changed' ? `changes start or are counted otherwise than in ${before}` : 'no signal of failure'
}

/** One decimal below ten. */
function figure(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 9.95 ? 1 : 0 })
}
