/** Second moments of clusters: what tells how far sums over whole clusters scatter, once the clusters themselves are no longer known. */
import { coarseBins, coarseOf } from './bins.ts'
import type { Histogram } from './histogram.ts'

const width = 128

/** Number of values of a cluster in each coarse bin, as they add to the moments of their day: the product of each pair of bins. */
export function addProducts(more: Map<number, number>, bins: readonly number[], sign: 1 | -1): void {
  const counts = new Map<number, number>()
  for (const bin of bins) counts.set(coarseOf(bin), (counts.get(coarseOf(bin)) ?? 0) + 1)
  const coarse = [...counts].sort(([a], [b]) => a - b)
  for (const [i, [one, n]] of coarse.entries()) {
    for (let j = i; j < coarse.length; j++) {
      const [other, m] = coarse[j] as [number, number]
      const key = one * width + other
      more.set(key, (more.get(key) ?? 0) + sign * n * m)
    }
  }
}

/** The sum, over clusters, of the squared sum of a function of the coarse bin over the cluster's values. */
export function clusterSquares({ keys, counts }: Histogram, of: (coarse: number) => number): number {
  const values = Float64Array.from({ length: coarseBins }, (_, coarse) => of(coarse))
  let sum = 0
  for (let k = 0; k < keys.length; k++) {
    const key = keys[k] as number
    const one = Math.floor(key / width)
    const other = key % width
    sum += (one === other ? 1 : 2) * (counts[k] as number) * (values[one] as number) * (values[other] as number)
  }
  return Math.max(0, sum)
}
