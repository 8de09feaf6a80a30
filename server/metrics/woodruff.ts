/** The interval of a median whose values come in clusters. */
import type { Interval } from './answer.ts'
import { studentQuantile } from './distributions.ts'
import { medianInterval, quantile } from './statistics.ts'

/** Fewer effective clusters give no interval. */
const minimumClusters = 5

/**
 * 95 % interval of the median after Woodruff, for values that are alike within a cluster (definition `dora@1`, section 6): the variance of the
 * share below the median is taken between clusters, and the limits are the quantiles at 1/2 plus and minus Student's t times its root. With
 * one value a cluster, exact order statistics. Null under five effective clusters, or where a limit leaves the observed range.
 *
 * `clusters[i]` is the number of the cluster that holds `values[i]`; `ascending` are the same values in order.
 */
export function clusteredMedianInterval(values: ArrayLike<number>, clusters: ArrayLike<number>, ascending: Float64Array): Interval {
  const n = values.length
  const middle = quantile(ascending, 0.5)
  if (middle === null) return null
  const places = new Map<number, number>()
  const sizes: number[] = []
  const offsets: number[] = []
  for (let i = 0; i < n; i++) {
    const cluster = clusters[i] as number
    const value = values[i] as number
    let place = places.get(cluster)
    if (place === undefined) {
      place = places.size
      places.set(cluster, place)
      sizes.push(0)
      offsets.push(0)
    }
    sizes[place] = (sizes[place] as number) + 1
    offsets[place] = (offsets[place] as number) + (value < middle ? 0.5 : value > middle ? -0.5 : 0)
  }
  const count = places.size
  const sizeSquares = sizes.reduce((sum, size) => sum + size * size, 0)
  const offsetSquares = offsets.reduce((sum, offset) => sum + offset * offset, 0)
  if (count === n && n >= 6) return medianInterval(ascending)
  const effective = (n * n) / sizeSquares
  if (effective < minimumClusters) return null
  const variance = Math.max(((count / (count - 1)) * offsetSquares) / (n * n), 1 / (4 * n))
  const half = studentQuantile(0.975, effective - 1) * Math.sqrt(variance)
  if (half >= 0.5) return null
  return [quantile(ascending, 0.5 - half) as number, quantile(ascending, 0.5 + half) as number]
}
