/** By how much one sample lies above another, where values come in clusters. */
import { type Ascending, mapped, weightAt } from '../ascending.ts'
import { studentQuantile } from '../distributions.ts'
import { differenceQuantileOf } from './pairwise.ts'
import { type Clustered, type Sample, sampleOf } from './sample.ts'

export interface Shift {
  /** The median of all differences later - earlier. */
  estimate: number
  /** 95 %; null where it would leave the observed differences. */
  interval: [number, number] | null
}

/** The number of clusters of equal size that would tell as much: N² / Σn² (Kish); 0 of none. */
export function effectiveClusters(values: Clustered): number {
  return sampleOf(values).effective
}

/**
 * The shift of Hodges and Lehmann ("Estimates of location based on rank tests", 1963): the median of all pairwise differences. On logarithms its
 * exponential is a factor. Its interval are the quantiles of the differences at 1/2 ± t·√v, where v is the variance of the share of
 * differences below the shift, taken between clusters over each value's placement among the other side's (Brunner and Munzel, 2000, with the
 * clusters of Woodruff's interval; never under that of independent values, (1/n + 1/m)/12), t with Satterthwaite's degrees. Null of no values.
 */
export function hodgesLehmann(earlier: Clustered, later: Clustered): Shift | null {
  return shiftBetween(sampleOf(earlier), sampleOf(later))
}

/** As hodgesLehmann, of samples of which the clusters may be known by their moments alone. */
export function shiftBetween(earlier: Sample, later: Sample, withInterval = true): Shift | null {
  const [before, after] = [earlier.levels, later.levels]
  if (before.n === 0 || after.n === 0) return null
  const estimate = differenceQuantileOf(before, after, 0.5)
  if (!withInterval) return { estimate, interval: null }
  const one = placementVariance(earlier, after, estimate)
  const other = placementVariance(later, before, -estimate)
  const variance = Math.max(one + other, (1 / before.n + 1 / after.n) / 12)
  const degrees = satterthwaite(one, earlier.effective - 1, other, later.effective - 1)
  if (!(degrees > 0)) return { estimate, interval: null }
  const half = studentQuantile(0.975, degrees) * Math.sqrt(variance)
  if (half >= 0.5) return { estimate, interval: null }
  return { estimate, interval: [differenceQuantileOf(before, after, 0.5 - half), differenceQuantileOf(before, after, 0.5 + half)] }
}

/** Degrees of freedom of a sum of two variances (Satterthwaite, 1946). */
export function satterthwaite(one: number, oneDegrees: number, other: number, otherDegrees: number): number {
  if (!(oneDegrees > 0) || !(otherDegrees > 0)) return 0
  if (one + other === 0) return Math.min(oneDegrees, otherDegrees)
  return (one + other) ** 2 / (one ** 2 / oneDegrees + other ** 2 / otherDegrees)
}

/** Variance between clusters of the mean share of the other side that lies below a value moved by the shift. */
function placementVariance(side: Sample, others: Ascending, shift: number): number {
  if (side.clusters < 2) return 0
  const squares = side.squares(placements(side.levels, others, shift))
  return ((side.clusters / (side.clusters - 1)) * squares) / side.levels.n ** 2
}

/** The share of the others below each level moved by the shift, less one half; equal ones count half. */
function placements({ values }: Ascending, others: Ascending, shift: number): Float64Array {
  let [low, high] = [0, 0]
  let [below, upTo] = [0, 0]
  return mapped(values, (level) => {
    const value = level + shift
    // Rounding must not part what the shift has made equal.
    const close = 1e-10 * Math.max(1, Math.abs(value))
    for (; low < others.values.length && (others.values[low] as number) <= value - close; low++) below += weightAt(others, low)
    for (; high < others.values.length && (others.values[high] as number) <= value + close; high++) upTo += weightAt(others, high)
    return (below + upTo) / (2 * others.n) - 0.5
  })
}
