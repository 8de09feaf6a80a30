import type { DeploymentReason, FrequencyAnswer } from './answer.ts'
import { explainDeployment } from './evidence.ts'
import type { Metric } from './metric.ts'
import type { Slice } from './slice.ts'
import { garwood, median, sorted } from './statistics.ts'

const dayMs = 86_400_000

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
  const excluded: Partial<Record<DeploymentReason, number>> = {}
  const times: number[] = []
  for (const { row, at } of slice.deployments) {
    const { included, reason } = explainDeployment(row, 'deployment_frequency', slice)
    if (included) times.push(at)
    else if (reason) excluded[reason] = (excluded[reason] ?? 0) + 1
  }
  const ascending = sorted(times)
  const gaps = ascending.subarray(1).map((at, i) => (at - (ascending[i] as number)) / dayMs)
  const n = times.length
  const { weeks, reason } = slice.exposure
  const value = weeks === null ? null : n / weeks
  const answer: FrequencyAnswer = { value, unit: 'per_week', n, interval: null, reason, medianDaysBetween: median(gaps), excluded }
  if (weeks !== null) {
    const [low, high] = garwood(n, slice.dispersion)
    answer.interval = [low / weeks, high / weeks]
  }
  if (slice.rollUp) answer.perService = value === null || slice.services === 0 ? null : value / slice.services
  return answer
}
