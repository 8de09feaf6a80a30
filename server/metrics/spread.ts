/** Values in clusters: their quantiles, the interval of their median, and what a comparison needs of them. */
import type { Interval } from './answer.ts'
import { type Ascending, ascendingOf, mapped, quantileOf } from './ascending.ts'
import { binnedSample, type Clustered, levelsOf, type Sample, sampleOf } from './comparison/sample.ts'
import { once } from './once.ts'
import { median, sorted } from './statistics.ts'
import { type ClusterTotals, totalsOf, woodruff } from './woodruff.ts'

export interface Spread {
  n: number
  /** Number of clusters. */
  clusters: number
  /** The number of clusters of equal size that would tell as much: N² / Σn² (Kish); 0 of none. */
  effective: number
  quantile(p: number): number | null
  /** Of the median. */
  interval(): Interval
  /** The values' logarithms, for a comparison; `coarse`: told by their bins, within half a percent. */
  logs(coarse: boolean): Sample
  readonly ascending: Ascending
}

/** By what a value becomes a logarithm: times may be zero, sizes are at least one. */
export const logOf = { times: Math.log1p, sizes: Math.log } as const

/** Of values with their clusters; those with weights stand for several. */
export function spreadOf({ values, clusters, weights = null }: Clustered, kind: keyof typeof logOf): Spread {
  const logs = (coarse: boolean) =>
    coarse && kind === 'times'
      ? binnedSample({ values, clusters, weights })
      : sampleOf({ values: mapped(values, logOf[kind]), clusters, weights })
  if (weights !== null) return makeSpread(levelsOf(values, weights), totalsOf(values, clusters, weights), logs)
  const totals = once(() => totalsOf(values, clusters))
  const whole = once(() => makeSpread(ascendingOf(sorted(values)), totals(), logs))
  return {
    n: values.length,
    get clusters() {
      return totals().count
    },
    get effective() {
      return effectiveOf(values.length, totals())
    },
    // Of the window before only the median is shown, which needs no order.
    quantile: (p) => (p === 0.5 ? median(values) : whole().quantile(p)),
    interval: () => whole().interval(),
    get ascending() {
      return whole().ascending
    },
    logs,
  }
}

/** Kish's number of clusters: N² / Σn². */
function effectiveOf(n: number, { sizeSquares }: ClusterTotals): number {
  return sizeSquares === 0 ? 0 : n ** 2 / sizeSquares
}

/** `toValue`: what the values in `keys` stand for; a spread that is kept holds no other array. */
export function makeSpread(keys: Ascending, totals: ClusterTotals, logs: Spread['logs'], toValue?: (key: number) => number): Spread {
  const { n } = keys
  const interval = once(() => woodruff(ascending(), totals))
  const ascending = () => (toValue === undefined ? keys : { ...keys, values: mapped(keys.values, toValue) })
  return {
    n,
    clusters: totals.count,
    get effective() {
      return effectiveOf(n, totals)
    },
    quantile: (p) => quantileOf(keys, p, toValue),
    interval,
    get ascending() {
      return ascending()
    },
    logs,
  }
}
