import type { BatchSizeAnswer } from './answer.ts'
import { explainDeployment } from './evidence.ts'
import type { Metric } from './metric.ts'
import { absence, clusterOf, type Slice } from './slice.ts'
import { quantile, sorted } from './statistics.ts'
import { clusteredMedianInterval } from './woodruff.ts'

/** DORA's bands of changes per deployment: each with its largest size. */
const bands = [
  ['1', 1],
  ['2-10', 10],
  ['11-50', 50],
  ['51-100', 100],
  ['over 100', Number.POSITIVE_INFINITY],
] as const

export const batchSize: Metric<'batch_size'> = {
  id: 'batch_size',
  title: 'Batch size',
  group: 'beside',
  unit: 'changes',
  words: (definition) => ({
    question: 'How many changes does a deployment carry?',
    rule: 'The median number of changes per counted deployment that finished in the window and carries at least one.',
    excluded: 'Deployments that carry no change: rollbacks, re-lands, the first one known, and those whose commit is not known.',
    interval: `Exact order statistics of the median; by whole weeks from ${definition.weekClusters} weeks on.`,
  }),
  compute,
}

function compute(slice: Slice): BatchSizeAnswer {
  const sizes: number[] = []
  const clusters: number[] = []
  let counted = 0
  const counts = bands.map(([label]) => ({ label, n: 0 }))
  for (const placed of slice.deployments) {
    const { included, reason } = explainDeployment(placed.row, 'batch_size', slice)
    if (included || reason === 'carries_nothing') counted++
    if (!included) continue
    const size = placed.row.changes
    sizes.push(size)
    clusters.push(clusterOf(slice, placed))
    const band = counts[bands.findIndex(([, largest]) => size <= largest)]
    if (band) band.n++
  }
  const ascending = sorted(sizes)
  const n = sizes.length
  return {
    value: quantile(ascending, 0.5),
    unit: 'changes',
    n,
    p90: quantile(ascending, 0.9),
    interval: clusteredMedianInterval(sizes, clusters, ascending),
    bands: counts,
    reason: n > 0 ? null : absence(slice, counted === 0 ? 'no_deployments' : 'no_changes'),
  }
}
