/** Values in clusters: their quantiles, the interval of their median, and what a comparison needs of them. */
import type { Interval } from './answer.ts'
import { type Ascending, ascendingOf, mapped, quantileOf } from './ascending.ts'
import { binnedSample, type Clustered, levelsOf, type Sample, sampleOf } from './comparison/sample.ts'
import { median, sorted } from './statistics.ts'
import { type ClusterTotals, totalsOf, woodruff } from './woodruff.ts'

/** By what a value becomes a logarithm: times may be zero, sizes are at least one. */
export const logOf = { times: Math.log1p, sizes: Math.log } as const

export abstract class Spread implements ClusterTotals {
  abstract readonly n: number
  abstract get clusters(): number
  abstract get sizeSquares(): number
  abstract offsetSquares(middle: number): number
  abstract get ascending(): Ascending
  /** The values' logarithms, for a comparison; `coarse`: told by their bins, within half a percent. */
  abstract logs(coarse: boolean): Sample

  #interval: { value: Interval } | null = null

  /** The number of clusters of equal size that would tell as much: N² / Σn² (Kish); 0 of none. */
  get effective(): number {
    return this.sizeSquares === 0 ? 0 : this.n ** 2 / this.sizeSquares
  }

  quantile(p: number): number | null {
    return quantileOf(this.ascending, p)
  }

  /** Of the median. */
  interval(): Interval {
    this.#interval ??= { value: woodruff(this.ascending, this) }
    return this.#interval.value
  }
}

/** Of values with their clusters; those with weights stand for several. */
export function spreadOf(clustered: Clustered, kind: keyof typeof logOf): Spread {
  return new ValueSpread(clustered, kind)
}

class ValueSpread extends Spread {
  readonly #clustered: Clustered
  readonly #kind: keyof typeof logOf
  #ascending: Ascending | null = null
  #totals: ClusterTotals | null = null

  constructor(clustered: Clustered, kind: keyof typeof logOf) {
    super()
    this.#clustered = clustered
    this.#kind = kind
  }

  get n(): number {
    return this.#isPlain ? this.#clustered.values.length : this.ascending.n
  }

  get #isPlain(): boolean {
    return (this.#clustered.weights ?? null) === null
  }

  get ascending(): Ascending {
    const { values, weights = null } = this.#clustered
    this.#ascending ??= weights === null ? ascendingOf(sorted(values)) : levelsOf(values, weights)
    return this.#ascending
  }

  get #known(): ClusterTotals {
    const { values, clusters, weights } = this.#clustered
    this.#totals ??= totalsOf(values, clusters, weights)
    return this.#totals
  }

  get clusters(): number {
    return this.#known.clusters
  }

  get sizeSquares(): number {
    return this.#known.sizeSquares
  }

  offsetSquares(middle: number): number {
    return this.#known.offsetSquares(middle)
  }

  override quantile(p: number): number | null {
    // Of the window before only the median is shown, which needs no order.
    if (p === 0.5 && this.#ascending === null && this.#isPlain) return median(this.#clustered.values)
    return super.quantile(p)
  }

  logs(coarse: boolean): Sample {
    if (coarse && this.#kind === 'times') return binnedSample(this.#clustered)
    return sampleOf({ ...this.#clustered, values: mapped(this.#clustered.values, logOf[this.#kind]) })
  }
}
