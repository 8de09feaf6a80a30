import type { ReworkRateAnswer } from './answer.ts'
import { rateAbsence } from './change-fail-rate.ts'
import type { Metric } from './metric.ts'
import type { Slice } from './slice.ts'
import { wilson } from './statistics.ts'

export const reworkRate: Metric<'deployment_rework_rate'> = {
  id: 'deployment_rework_rate',
  title: 'Deployment rework rate',
  group: 'instability',
  unit: 'ratio',
  words: (definition) => ({
    question: 'What share of deployments was unplanned work to remedy a failure?',
    rule:
      'Counted deployments that remedied a failure or that their source marks as unplanned, over all counted deployments that finished in the window. ' +
      `A rollback remedies; a revert or a hotfix does where it is at least ${Math.round(definition.remedyShare * 100)} % of the deployment's changes; so does the deployment that fixes an incident while it is open.`,
    excluded:
      'Redeploys, configuration and empty deployments, failed attempts and cancelled ones. Without any signal of failure there is no rate, not zero.',
    interval: "The 95 % interval is by Wilson's method.",
  }),
  compute,
}

function compute(slice: Slice): ReworkRateAnswer {
  const { counted: n, rework: count } = slice.summary
  const reason = rateAbsence(slice, n)
  return {
    value: reason === null ? count / n : null,
    unit: 'ratio',
    n,
    count,
    signals: [...slice.signals],
    interval: reason === null ? wilson(count, n) : null,
    reason,
  }
}
