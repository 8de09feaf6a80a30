import { type Stage, stages } from '../linked.ts'
import type { LeadTimeAnswer } from './answer.ts'
import { type Metric, spanWords } from './metric.ts'
import { absence, clusterOf, type PlacedChange, type Slice } from './slice.ts'
import { median, quantile, sorted } from './statistics.ts'
import { clusteredMedianInterval } from './woodruff.ts'

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
  const included: PlacedChange[] = []
  const excluded = { baseline: 0, same_change: 0, promotion: 0, clock_skew: 0 }
  for (const change of slice.changes) {
    const { reason } = change.explained
    if (reason === null) included.push(change)
    else if (reason !== 'already_delivered') excluded[reason]++
  }
  const n = included.length
  const values = new Float64Array(n)
  const clusters = new Uint32Array(n)
  const basis = { first_commit: 0, opened: 0, merge: 0 }
  const releases = new Set<number>()
  for (let i = 0; i < n; i++) {
    const change = included[i] as PlacedChange
    values[i] = change.seconds
    clusters[i] = clusterOf(slice, change)
    basis[change.row.basis]++
    releases.add(change.release)
  }
  const ascending = sorted(values)
  const at = (p: number) => quantile(ascending, p) as number
  return {
    value: quantile(ascending, 0.5),
    unit: 'seconds',
    n,
    clusters: slice.clusterUnit === 'week' ? new Set(clusters).size : releases.size,
    clusterUnit: slice.clusterUnit,
    deployments: releases.size,
    interval: clusteredMedianInterval(values, clusters, ascending),
    quantiles: n === 0 ? null : { p50: at(0.5), p75: at(0.75), p90: at(0.9), p95: at(0.95) },
    basis,
    stages: slice.whole ? stageMedians(included) : {},
    excluded,
    waiting: waitingAt(slice),
    reason: n === 0 ? absence(slice, 'no_changes') : null,
  }
}

/** Each over the changes where it was observed, so that they do not add up to the lead time. */
function stageMedians(changes: readonly PlacedChange[]): LeadTimeAnswer['stages'] {
  const medians: Partial<Record<Stage, { value: number; n: number }>> = {}
  for (const stage of stages) {
    const seconds = new Float64Array(changes.length)
    let n = 0
    for (const { row } of changes) {
      const value = row.stages[stage]
      if (value !== undefined) seconds[n++] = value
    }
    const value = median(seconds.subarray(0, n))
    if (value !== null) medians[stage] = { value, n }
  }
  return medians
}

function waitingAt({ waiting, asOf }: Slice): LeadTimeAnswer['waiting'] {
  let oldest = Number.POSITIVE_INFINITY
  for (const mergedAt of waiting) oldest = Math.min(oldest, mergedAt)
  return { count: waiting.length, oldestSeconds: waiting.length === 0 || asOf === null ? null : Math.max(0, asOf - oldest) / 1000 }
}
