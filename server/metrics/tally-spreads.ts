/** Spreads of lead times and of sizes that are known by histograms. */
import { type Ascending, ascendingOf, mapped } from './ascending.ts'
import type { Sample } from './comparison/sample.ts'
import { logOf, makeSpread, type Spread } from './spread.ts'
import { squares } from './statistics.ts'
import { binOf, coarseBins, coarseOf, logsOfBins, partBelow, secondsOfBin, secondsOfBins } from './tallies/bins.ts'
import { type Histogram, sumOf, total } from './tallies/histogram.ts'
import { clusterSquares } from './tallies/moments.ts'
import type { ClusterTotals } from './woodruff.ts'

/** What the keys of a histogram stand for. */
export interface Scale {
  /** None where they are the values themselves. */
  toValue?: (key: number) => number
  valuesOf: (keys: ArrayLike<number>) => ArrayLike<number>
  logsOf: (keys: ArrayLike<number>) => Float64Array
  /** The keys are bins. */
  coarse: boolean
}

export const bins: Scale = { toValue: secondsOfBin, valuesOf: secondsOfBins, logsOf: logsOfBins, coarse: true }
export const sizes: Scale = { valuesOf: (keys) => keys, logsOf: (keys) => mapped(keys, logOf.sizes), coarse: false }

function keysOf({ keys, counts }: Histogram): Ascending {
  return ascendingOf(keys, counts)
}

/** What keys stand for, one cluster after the other; all zero between two sums. */
let dense = new Float64Array(4096)

/** Of whole clusters. */
export function spreadOfClusters(clusters: readonly Histogram[], { toValue, valuesOf, logsOf, coarse }: Scale): Spread {
  const filled = clusters.filter(({ keys }) => keys.length > 0)
  const all = sumOf(filled)
  const ascending = keysOf(all)
  const sizeSquares = squares(filled.map(total))
  const sums = (of: Float64Array): Float64Array => {
    const greatest = all.keys.length === 0 ? 0 : (all.keys[all.keys.length - 1] as number)
    if (greatest >= dense.length) dense = new Float64Array(2 * greatest)
    for (let i = 0; i < all.keys.length; i++) dense[all.keys[i] as number] = of[i] as number
    const found = new Float64Array(filled.length)
    for (const [cluster, { keys, counts }] of filled.entries()) {
      let sum = 0
      for (let i = 0; i < keys.length; i++) sum += (dense[keys[i] as number] as number) * (counts[i] as number)
      found[cluster] = sum
    }
    return found
  }
  const totals: ClusterTotals = {
    count: filled.length,
    sizeSquares,
    offsetSquares: (middle) => squares(sums(mapped(valuesOf(all.keys), (value) => Math.sign(middle - value) / 2))),
  }
  const logs = (): Sample => ({
    levels: { ...ascending, coarse, values: logsOf(all.keys) },
    clusters: filled.length,
    effective: sizeSquares === 0 ? 0 : ascending.n ** 2 / sizeSquares,
    sums,
    squares: (of) => squares(sums(of)),
  })
  return makeSpread(ascending, totals, logs, toValue)
}

/** Of values that are each a cluster of their own. */
export function spreadOfSingles(histogram: Histogram, { toValue, valuesOf, logsOf, coarse }: Scale): Spread {
  const ascending = keysOf(histogram)
  const squaresOf = (of: Float64Array) => {
    let found = 0
    for (let i = 0; i < of.length; i++) found += (histogram.counts[i] as number) * (of[i] as number) ** 2
    return found
  }
  const totals: ClusterTotals = {
    count: ascending.n,
    sizeSquares: ascending.n,
    offsetSquares: (middle) => squaresOf(mapped(valuesOf(histogram.keys), (value) => Math.sign(middle - value) / 2)),
  }
  const logs = (): Sample => ({
    levels: { ...ascending, coarse, values: logsOf(histogram.keys) },
    clusters: ascending.n,
    effective: ascending.n,
    sums: null,
    squares: squaresOf,
  })
  return makeSpread(ascending, totals, logs, toValue)
}

/** Of bins in so many clusters, which are known by their moments over coarse bins. */
export function spreadOfMoments(histogram: Histogram, moments: Histogram, clusters: number): Spread {
  const ascending = keysOf(histogram)
  let known: number | null = null
  const totals: ClusterTotals = {
    count: clusters,
    get sizeSquares() {
      known ??= clusterSquares(moments, () => 1)
      return known
    },
    offsetSquares(middle) {
      const bin = binOf(middle)
      const own = coarseOf(bin)
      return clusterSquares(moments, (coarse) => (coarse < own ? 0.5 : coarse > own ? -0.5 : partBelow(bin) - 0.5))
    },
  }
  const logs = (): Sample => ({
    levels: { ...ascending, coarse: true, values: logsOfBins(histogram.keys) },
    clusters,
    effective: totals.sizeSquares === 0 ? 0 : ascending.n ** 2 / totals.sizeSquares,
    sums: null,
    squares(of) {
      const means = coarseMeans(histogram, of)
      return clusterSquares(moments, (coarse) => means[coarse] as number)
    },
  })
  return makeSpread(ascending, totals, logs, secondsOfBin)
}

/** The mean over each coarse bin of what its values stand for. */
function coarseMeans({ keys, counts }: Histogram, of: Float64Array): Float64Array {
  const sums = new Float64Array(coarseBins)
  const numbers = new Float64Array(coarseBins)
  for (let i = 0; i < keys.length; i++) {
    const coarse = coarseOf(keys[i] as number)
    sums[coarse] = (sums[coarse] as number) + (of[i] as number) * (counts[i] as number)
    numbers[coarse] = (numbers[coarse] as number) + (counts[i] as number)
  }
  return mapped(sums, (sum, coarse) => (numbers[coarse] === 0 ? 0 : sum / (numbers[coarse] as number)))
}
