import type { RecoveryAnswer } from './answer.ts'
import { type Metric, spanWords } from './metric.ts'
import { absence, type Slice } from './slice.ts'
import { countOf, survivalMedian } from './survival.ts'

export const recoveryTime: Metric<'failed_deployment_recovery_time'> = {
  id: 'failed_deployment_recovery_time',
  title: 'Failed deployment recovery time',
  group: 'throughput',
  unit: 'seconds',
  words: (definition) => ({
    question: 'When a deployment fails, how long until service is restored?',
    rule:
      'The median time from the finish of a failed deployment (or its first incident, if earlier) until its incidents are over or its last remedy is live, over the failed deployments that finished in the window. ' +
      'Those that are still open count with the time they have lasted so far (Kaplan-Meier).',
    excluded: `Deployments that did not fail, and those younger than ${spanWords(definition.failureWindow)}, unless a person has judged them.`,
    interval: 'Brookmeyer and Crowley, from six recovered ones on.',
  }),
  compute,
}

function compute(slice: Slice): RecoveryAnswer {
  const durations = slice.summary.recoveries
  const n = countOf(durations)
  const { median, interval } = survivalMedian(durations)
  return {
    value: median,
    unit: 'seconds',
    n,
    open: countOf(durations.filter(({ ended }) => !ended)),
    interval,
    reason: n === 0 ? absence(slice, 'no_failed_deployments') : median === null ? 'not_reached' : null,
  }
}
