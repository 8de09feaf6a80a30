import { changeExclusions } from '../linked.ts'
import type { LeadTimeAnswer } from './answer.ts'
import { type Metric, spanWords } from './metric.ts'
import { absence, type Slice } from './slice.ts'

export const changeLeadTime: Metric<'change_lead_time'> = {
  id: 'change_lead_time',
  title: 'Change lead time',
  group: 'throughput',
  unit: 'seconds',
  words: (definition) => ({
    question: 'How long does a change take from its first commit to live?',
    rule:
      'The median time from the start of a change (its first commit, or the opening of its pull request if that is earlier) to the finish of the deployment that carried it, ' +
      'over the changes that went live in the window.',
    excluded:
      'History that the first known deployment already held, a change that was delivered before as a cherry-pick, pull requests that only promote others, ' +
      'and changes that start after they went live (a clock is wrong).',
    interval:
      `Changes that go live together are not independent, so the interval rests on whole deployments (in a roll-up, deployments of one commit within ${spanWords(definition.releaseWindow)}), ` +
      `or on whole weeks from ${definition.weekClusters} weeks on. Five of them are the least.`,
  }),
  compute,
}

function compute(slice: Slice): LeadTimeAnswer {
  const { leads, releases, bases, excluded } = slice.summary
  const { n } = leads
  const at = (p: number) => leads.quantile(p) as number
  return {
    value: leads.quantile(0.5),
    unit: 'seconds',
    n,
    clusters: slice.clusterUnit === 'week' ? leads.clusters : releases,
    clusterUnit: slice.clusterUnit,
    deployments: releases,
    interval: slice.detail === 'value' ? null : leads.interval(),
    quantiles: n === 0 || slice.detail === 'value' ? null : { p50: at(0.5), p75: at(0.75), p90: at(0.9), p95: at(0.95) },
    basis: { ...bases },
    stages: slice.detail === 'all' ? slice.summary.stages() : {},
    excluded: Object.fromEntries(changeExclusions.map((reason) => [reason, excluded[reason]])) as LeadTimeAnswer['excluded'],
    waiting: waitingAt(slice),
    reason: n === 0 ? absence(slice, 'no_changes') : null,
  }
}

function waitingAt({ waiting: { count, oldest }, asOf }: Slice): LeadTimeAnswer['waiting'] {
  return { count, oldestSeconds: oldest === null || asOf === null ? null : Math.max(0, asOf - oldest) / 1000 }
}
