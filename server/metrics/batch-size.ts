import type { BatchSizeAnswer } from './answer.ts'
import type { Ascending } from './ascending.ts'
import type { Metric } from './metric.ts'
import { absence, type Slice } from './slice.ts'

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
  const { sizes, carriesNothing } = slice.summary
  const { n } = sizes
  return {
    value: sizes.quantile(0.5),
    unit: 'changes',
    n,
    p90: sizes.quantile(0.9),
    interval: slice.detail === 'value' ? null : sizes.interval(),
    bands: bandsOf(sizes.ascending),
    reason: n > 0 ? null : absence(slice, carriesNothing === 0 ? 'no_deployments' : 'no_changes'),
  }
}

function bandsOf({ values, weights }: Ascending): BatchSizeAnswer['bands'] {
  const counts = bands.map(([label]) => ({ label, n: 0 }))
  for (let i = 0; i < values.length; i++) {
    const band = counts[bands.findIndex(([, largest]) => (values[i] as number) <= largest)]
    if (band) band.n += weights === null ? 1 : (weights[i] as number)
  }
  return counts
}
