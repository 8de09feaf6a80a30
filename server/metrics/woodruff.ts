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
 * `clusters[i]` is the cluster of `values[i]`, a small non-negative integer; `ascending` are the same values in order.
 */
export function clusteredMedianInterval(values: ArrayLike<number>, clusters: ArrayLike<number>, ascending: Float64Array): Interval {
  const n = values.length
  const middle = quantile(ascending, 0.5)
  if (middle === null) return null
  let last = 0
  for (let i = 0; i < n; i++) last = Math.max(last, clusters[i] as number)
  const sizes = new Float64Array(last + 1)
  const offsets = new Float64Array(last + 1)
  for (let i = 0; i < n; i++) {
    const cluster = clusters[i] as number
    const value = values[i] as number
    sizes[cluster] = (sizes[cluster] as number) + 1
    offsets[cluster] = (offsets[cluster] as number) + (value < middle ? 0.5 : value > middle ? -0.5 : 0)
  }
  let count = 0
  let sizeSquares = 0
  let offsetSquares = 0
  for (let k = 0; k <= last; k++) {
    if (sizes[k] === 0) continue
    count++
    sizeSquares += (sizes[k] as number) ** 2
    offsetSquares += (offsets[k] as number) ** 2
  }
  if (count === n && n >= 6) return medianInterval(ascending)
  const effective = (n * n) / sizeSquares
  if (effective < minimumClusters) return null
  const variance = Math.max(((count / (count - 1)) * offsetSquares) / (n * n), 1 / (4 * n))
  const half = studentQuantile(0.975, effective - 1) * Math.sqrt(variance)
  if (half >= 0.5) return null
  return [quantile(ascending, 0.5 - half) as number, quantile(ascending, 0.5 + half) as number]
}
