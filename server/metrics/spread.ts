/** Values in clusters: their quantiles, the interval of their median, and what a comparison needs of them. */
import type { Interval } from './answer.ts'
import { type Ascending, ascendingOf, quantileOf } from './ascending.ts'
import { type Clustered, levelsOf } from './comparison/sample.ts'
import { sorted } from './statistics.ts'
import { type ClusterTotals, totalsOf, woodruff } from './woodruff.ts'

export interface Spread {
  n: number
  clusters: number
  quantile(p: number): number | null
  /** Of the median. */
  interval(): Interval
  ascending: Ascending
  totals: ClusterTotals
  /** Every value with its cluster; null where the clusters are known by their moments alone. */
  clustered: Clustered | null
  /** The sum over clusters of the squared sum of a function of the value. */
  squares: ((of: (value: number) => number) => number) | null
}

/** Of values with their clusters; those with weights stand for several. */
export function spreadOf({ values, clusters, weights = null }: Clustered): Spread {
  const ascending = weights === null ? ascendingOf(sorted(values)) : levelsOf(values, weights)
  return spread(ascending, totalsOf(values, clusters, weights), { clustered: { values, clusters, weights }, squares: null })
}

/** Of values of whose clusters only moments are known. */
export function spreadOfMoments(ascending: Ascending, totals: ClusterTotals, squares: NonNullable<Spread['squares']>): Spread {
  return spread(ascending, totals, { clustered: null, squares })
}

function spread(ascending: Ascending, totals: ClusterTotals, known: Pick<Spread, 'clustered' | 'squares'>): Spread {
  return {
    n: ascending.n,
    clusters: totals.count,
    quantile: (p) => quantileOf(ascending, p),
    interval: () => woodruff(ascending, totals),
    ascending,
    totals,
    ...known,
  }
}
