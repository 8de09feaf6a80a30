/** Spreads of lead times and of sizes that are known by histograms. */
import { type Ascending, ascendingOf, mapped, quantileOf } from './ascending.ts'
import type { Sample } from './comparison/sample.ts'
import { logOf, Spread } from './spread.ts'
import { squares } from './statistics.ts'
import { binOf, coarseBins, coarseOf, logsOfBins, partBelow, secondsOfBin, secondsOfBins } from './tallies/bins.ts'
import { type Histogram, sumOf, total } from './tallies/histogram.ts'
import { clusterSquares } from './tallies/moments.ts'

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

/** Kept for many histograms: it holds no array of its own. */
abstract class HistogramSpread extends Spread {
  readonly n: number
  protected readonly histogram: Histogram
  protected readonly scale: Scale

  constructor(histogram: Histogram, scale: Scale) {
    super()
    this.histogram = histogram
    this.scale = scale
    this.n = total(histogram)
  }

  get ascending(): Ascending {
    const { keys, counts } = this.histogram
    return ascendingOf(this.scale.valuesOf(keys), counts)
  }

  override quantile(p: number): number | null {
    const { keys, counts } = this.histogram
    return quantileOf({ values: keys, weights: counts, n: this.n }, p, this.scale.toValue)
  }

  /** Of each level the offset from the middle: one half below it, minus one half above. */
  protected offsets(middle: number): Float64Array {
    return mapped(this.scale.valuesOf(this.histogram.keys), (value) => Math.sign(middle - value) / 2)
  }

  /** The sum over clusters of the square of the sum of what their levels stand for. */
  protected abstract squares(of: Float64Array): number
  protected abstract sums: Sample['sums']

  logs(): Sample {
    const { keys, counts } = this.histogram
    const { logsOf, coarse } = this.scale
    return {
      levels: { ...ascendingOf(logsOf(keys), counts), coarse },
      clusters: this.clusters,
      effective: this.effective,
      sums: this.sums,
      squares: (of) => this.squares(of),
    }
  }
}

/** What keys stand for, one cluster after the other; all zero between two sums. */
let dense = new Float64Array(4096)

/** Of whole clusters. */
export class ClusterSpread extends HistogramSpread {
  readonly clusters: number
  readonly sizeSquares: number
  readonly #parts: readonly Histogram[]

  constructor(clusters: readonly Histogram[], scale: Scale) {
    const parts = clusters.filter(({ keys }) => keys.length > 0)
    super(sumOf(parts), scale)
    this.#parts = parts
    this.clusters = parts.length
    this.sizeSquares = squares(parts.map(total))
  }

  protected readonly sums = (of: Float64Array): Float64Array => {
    const { keys: levels } = this.histogram
    const greatest = levels.length === 0 ? 0 : (levels[levels.length - 1] as number)
    if (greatest >= dense.length) dense = new Float64Array(2 * greatest)
    for (let i = 0; i < levels.length; i++) dense[levels[i] as number] = of[i] as number
    const found = new Float64Array(this.#parts.length)
    for (const [cluster, { keys, counts }] of this.#parts.entries()) {
      let sum = 0
      for (let i = 0; i < keys.length; i++) sum += (dense[keys[i] as number] as number) * (counts[i] as number)
      found[cluster] = sum
    }
    return found
  }

  protected squares(of: Float64Array): number {
    return squares(this.sums(of))
  }

  offsetSquares(middle: number): number {
    return this.squares(this.offsets(middle))
  }
}

/** Of values that are each a cluster of their own. */
export class SingleSpread extends HistogramSpread {
  protected readonly sums = null

  get clusters(): number {
    return this.n
  }

  get sizeSquares(): number {
    return this.n
  }

  protected squares(of: Float64Array): number {
    const { counts } = this.histogram
    let found = 0
    for (let i = 0; i < of.length; i++) found += (counts[i] as number) * (of[i] as number) ** 2
    return found
  }

  offsetSquares(middle: number): number {
    return this.squares(this.offsets(middle))
  }
}

/** Of bins in so many clusters, which are known by their moments over coarse bins. */
export class MomentSpread extends HistogramSpread {
  readonly clusters: number
  protected readonly sums = null
  readonly #moments: Histogram
  #sizeSquares: number | null = null

  constructor(histogram: Histogram, moments: Histogram, clusters: number) {
    super(histogram, bins)
    this.#moments = moments
    this.clusters = clusters
  }

  get sizeSquares(): number {
    this.#sizeSquares ??= clusterSquares(this.#moments, () => 1)
    return this.#sizeSquares
  }

  offsetSquares(middle: number): number {
    const bin = binOf(middle)
    const own = coarseOf(bin)
    return clusterSquares(this.#moments, (coarse) => (coarse < own ? 0.5 : coarse > own ? -0.5 : partBelow(bin) - 0.5))
  }

  protected squares(of: Float64Array): number {
    const means = coarseMeans(this.histogram, of)
    return clusterSquares(this.#moments, (coarse) => means[coarse] as number)
  }
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
