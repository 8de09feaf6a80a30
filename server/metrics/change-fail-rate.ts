import type { FailRateAnswer } from './answer.ts'
import { longestSignalWindow } from './evidence.ts'
import { type Metric, spanWords } from './metric.ts'
import { absence, type Slice } from './slice.ts'
import { wilson } from './statistics.ts'

export const changeFailRate: Metric<'change_fail_rate'> = {
  id: 'change_fail_rate',
  title: 'Change fail rate',
  group: 'instability',
  unit: 'ratio',
  words: (definition) => ({
    question: 'What share of deployments fails and has to be remedied?',
    rule:
      'Failed deployments over all that are old enough to be judged and finished in the window. ' +
      'Failed are those that an incident, a person, a rollback, a revert or a hotfix shows to have degraded service; the signals that the data could show are listed beside the rate.',
    excluded:
      `Deployments younger than ${spanWords(definition.failureWindow)} are pending, failed or not, unless a person has judged them; until ${spanWords(longestSignalWindow(definition))} have passed the rate is provisional. ` +
      'Redeploys, configuration and empty deployments count only when they are named as failed. Without any signal there is no rate, not zero.',
    interval: "The 95 % interval is by Wilson's method.",
  }),
  compute,
}

function compute(slice: Slice): FailRateAnswer {
  const { judged: n, failed: count, pending, provisional } = slice.summary
  const reason = rateAbsence(slice, n, pending)
  const { weeks } = slice.exposure
  return {
    value: reason === null ? count / n : null,
    unit: 'ratio',
    n,
    count,
    pending,
    provisional,
    signals: [...slice.signals],
    interval: reason === null ? wilson(count, n) : null,
    failuresPerWeek: weeks === null || slice.signals.length === 0 ? null : count / weeks,
    reason,
  }
}

/** Why a rate over deployments has no value; null where it has one. */
export function rateAbsence(slice: Slice, n: number, pending = 0): FailRateAnswer['reason'] {
  if (n === 0 && pending === 0 && !slice.covered) return 'not_covered'
  if (slice.signals.length === 0) return 'no_signal'
  if (n > 0) return null
  return pending > 0 ? 'all_pending' : absence(slice, 'no_deployments')
}
