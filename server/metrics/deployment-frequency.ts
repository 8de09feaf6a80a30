import type { FrequencyAnswer } from './answer.ts'
import type { Metric } from './metric.ts'
import type { Slice } from './slice.ts'
import { garwood } from './statistics.ts'

export const deploymentFrequency: Metric<'deployment_frequency'> = {
  id: 'deployment_frequency',
  title: 'Deployment frequency',
  group: 'throughput',
  unit: 'per_week',
  words: (definition) => ({
    question: 'How often does a version go live?',
    rule:
      'Counted deployments that finished in the window, per week of covered days. ' +
      'Counted are those that put other code live: code, rollbacks, re-lands, backports and the first one known.',
    excluded:
      'Redeploys of the version that is live, configuration and empty deployments, failed attempts and cancelled ones: they bring nothing new. ' +
      `Fewer than ${definition.minimumCoveredDays} covered days give no frequency.`,
    interval: 'Exact Poisson interval (Garwood), widened where weeks differ more than chance would have it.',
  }),
  compute,
}

function compute(slice: Slice): FrequencyAnswer {
  const { counted: n, apart } = slice.summary
  const { weeks, reason } = slice.exposure
  const value = weeks === null ? null : n / weeks
  const answer: FrequencyAnswer = {
    value,
    unit: 'per_week',
    n,
    interval: null,
    reason,
    medianDaysBetween: slice.detail === 'all' ? slice.summary.medianGap() : null,
    excluded: { ...apart },
  }
  if (weeks !== null && slice.detail !== 'value') {
    const [low, high] = garwood(n, slice.dispersion)
    answer.interval = [low / weeks, high / weeks]
  }
  if (slice.rollUp) answer.perService = value === null || slice.services === 0 ? null : value / slice.services
  return answer
}
