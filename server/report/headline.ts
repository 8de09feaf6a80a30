/** A window in one true sentence: what was counted, and no judgement of it. */
import type { LeadTimeAnswer, MetricsAnswer } from '../metrics/answer.ts'
import { count, duration } from './format.ts'

/**
 * Says what the numbers say and no more: no comparison, no verdict. `title` is the scope's name for people; without it, the scope's id.
 */
export function headline(answer: MetricsAnswer, title = titleOf(answer.scope)): string {
  const { subject, verb } = subjectOf(answer.scope, title)
  const { deployment_frequency: frequency } = answer.metrics
  const place = answer.environment
  if (answer.coverage.days === 0) return `Nothing is known of ${inText(subject)} in these days: no data covers them.`
  const span = spanOf(answer)
  if (frequency.n === 0) {
    const apart = Object.keys(frequency.excluded).length > 0
    return apart ? `${subject} had no deployment to ${place} ${span} that counts.` : `${subject} ${verb} not deployed to ${place} ${span}.`
  }
  const times = frequency.n === 1 ? 'once' : frequency.n === 2 ? 'twice' : count(frequency.n, 'time')
  const parts = [leadTime(answer.metrics.change_lead_time), failures(answer)].filter((part) => part !== null)
  const first = `${subject} ${verb} deployed to ${place} ${times} ${span}`
  return parts.length === 0 ? `${first}.` : `${first}: ${parts.join(', and ')}.`
}

function titleOf(scope: string): string {
  return scope.slice(scope.indexOf(':') + 1)
}

function subjectOf(scope: string, title: string): { subject: string; verb: string } {
  if (scope === 'org') return { subject: 'All services together', verb: 'were' }
  if (scope.startsWith('team:')) return { subject: `The services of ${title}`, verb: 'were' }
  return { subject: title, verb: 'was' }
}

function inText(subject: string): string {
  return subject.replace(/^(?:The|All) /, (word) => word.toLowerCase())
}

/** Days are told as covered where they are not all of the window. */
function spanOf({ coverage }: MetricsAnswer): string {
  const { days, of } = coverage
  if (Math.abs(of - days) < 0.05) return `in ${count(of, 'day')}`
  return `in the ${days.toLocaleString('en-US', { maximumFractionDigits: 1 })} of ${count(of, 'day')} that data covers`
}

function leadTime(answer: LeadTimeAnswer): string | null {
  if (answer.value === null) return null
  const { basis, n } = answer
  const from = basis.merge === n ? 'merge' : basis.opened === n ? 'opening' : 'start'
  if (n === 1) return `its one change was live ${duration(answer.value)} after its ${from}`
  return `half of the ${count(n, 'change')} were live within ${duration(answer.value)} of their ${from}`
}

function failures({ metrics }: MetricsAnswer): string | null {
  const { change_fail_rate: fail, failed_deployment_recovery_time: recovery } = metrics
  if (fail.reason === 'no_signal') return 'whether any failed is not known'
  if (fail.value === null) return fail.pending > 0 ? `${fail.pending === 1 ? 'it is' : 'all are'} too young to judge` : null
  const judged = `of ${count(fail.n, 'judged deployment')}`
  if (fail.count === 0) return fail.n === 1 ? 'the judged deployment did not fail' : `none ${judged} failed`
  const failed = fail.n === 1 ? 'the judged deployment failed' : `${fail.count} ${judged} failed`
  if (recovery.open === 0) return failed
  return `${failed} (${recovery.open === fail.count ? (fail.count === 1 ? 'it has' : 'they have') : `${recovery.open} ${recovery.open === 1 ? 'has' : 'have'}`} not recovered)`
}
