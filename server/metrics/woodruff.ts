/** The interval of a median whose values come in clusters. */
import type { Interval } from './answer.ts'
import { type Ascending, ascendingOf, medianIntervalOf, quantileOf } from './ascending.ts'
import { studentQuantile } from './distributions.ts'
import { squares } from './statistics.ts'

/** Fewer effective clusters give no interval. */
const minimumClusters = 5

/** What is known of the clusters of some values. */
export interface ClusterTotals {
  /** Their number. */
  clusters: number
  /** The sum of their squared sizes. */
  sizeSquares: number
  /** The sum, over clusters, of the squared number of values below the middle (equal ones count half) less half of the cluster's size. */
  offsetSquares(middle: number): number
}

/**
 * 95 % interval of the median after Woodruff, for values that are alike within a cluster (definition `dora@1`, section 6): the variance of the
 * share below the median is taken between clusters, and the limits are the quantiles at 1/2 plus and minus Student's t times its root. With
 * one value a cluster, exact order statistics. Null under five effective clusters, or where a limit leaves the observed range.
 *
 * `clusters[i]` is the number of the cluster that holds `values[i]`; `ascending` are the same values in order.
 */
export function clusteredMedianInterval(values: ArrayLike<number>, clusters: ArrayLike<number>, ascending: Float64Array): Interval {
  return woodruff(ascendingOf(ascending), totalsOf(values, clusters))
}

/** As clusteredMedianInterval, of values that may stand for several. */
export function woodruff(ascending: Ascending, totals: ClusterTotals): Interval {
  const { n } = ascending
  const middle = quantileOf(ascending, 0.5)
  if (middle === null) return null
  const { clusters: count, sizeSquares } = totals
  if (count === n && n >= 6) return medianIntervalOf(ascending)
  const effective = (n * n) / sizeSquares
  if (effective < minimumClusters) return null
  const variance = Math.max(((count / (count - 1)) * totals.offsetSquares(middle)) / (n * n), 1 / (4 * n))
  const half = studentQuantile(0.975, effective - 1) * Math.sqrt(variance)
  if (half >= 0.5) return null
  return [quantileOf(ascending, 0.5 - half) as number, quantileOf(ascending, 0.5 + half) as number]
}

/** `weights[i]` says how many values `values[i]` stands for; without them each is one. */
export function totalsOf(values: ArrayLike<number>, clusters: ArrayLike<number>, weights: ArrayLike<number> | null = null): ClusterTotals {
  const places = new Map<number, number>()
  const placed = new Uint32Array(values.length)
  const sizes: number[] = []
  let last = Number.NaN
  let place: number | undefined
  for (let i = 0; i < values.length; i++) {
    const cluster = clusters[i] as number
    // Those of a cluster mostly follow each other.
    if (cluster !== last) place = places.get(cluster)
    last = cluster
    if (place === undefined) {
      place = sizes.length
      places.set(cluster, place)
      sizes.push(0)
    }
    placed[i] = place
    sizes[place] = (sizes[place] as number) + (weights === null ? 1 : (weights[i] as number))
  }
  return {
    clusters: sizes.length,
    sizeSquares: squares(sizes),
    offsetSquares(middle) {
      const offsets = new Float64Array(sizes.length)
      for (let i = 0; i < values.length; i++) {
        const value = values[i] as number
        const offset = value < middle ? 0.5 : value > middle ? -0.5 : 0
        const place = placed[i] as number
        offsets[place] = (offsets[place] as number) + (weights === null ? offset : offset * (weights[i] as number))
      }
      return squares(offsets)
    },
  }
}
