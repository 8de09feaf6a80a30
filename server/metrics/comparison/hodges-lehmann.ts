/** By how much one sample lies above another, where values come in clusters. */
import { studentQuantile } from '../distributions.ts'
import { sorted } from '../statistics.ts'
import { differenceQuantile } from './pairwise.ts'

/** Values with the number of the cluster that holds each. */
export interface Clustered {
  values: ArrayLike<number>
  clusters: ArrayLike<number>
}

export interface Shift {
  /** The median of all differences later - earlier. */
  estimate: number
  /** 95 %; null where it would leave the observed differences. */
  interval: [number, number] | null
}

/** The number of clusters of equal size that would tell as much: N² / Σn² (Kish); 0 of none. */
export function effectiveClusters({ values, clusters }: Clustered): number {
  const sizes = new Map<number, number>()
  for (let i = 0; i < values.length; i++) sizes.set(clusters[i] as number, (sizes.get(clusters[i] as number) ?? 0) + 1)
  let squares = 0
  for (const size of sizes.values()) squares += size * size
  return squares === 0 ? 0 : values.length ** 2 / squares
}

/**
 * The shift of Hodges and Lehmann ("Estimates of location based on rank tests", 1963): the median of all pairwise differences. On logarithms its
 * exponential is a factor. Its interval are the quantiles of the differences at 1/2 ± t·√v, where v is the variance of the share of
 * differences below the shift, taken between clusters over each value's placement among the other side's (Brunner and Munzel, 2000, with the
 * clusters of Woodruff's interval; never under that of independent values, (1/n + 1/m)/12), t with Satterthwaite's degrees. Null of no values.
 */
export function hodgesLehmann(earlier: Clustered, later: Clustered): Shift | null {
  if (earlier.values.length === 0 || later.values.length === 0) return null
  const before = sorted(earlier.values)
  const after = sorted(later.values)
  const estimate = differenceQuantile(before, after, 0.5)
  const one = placementVariance(earlier, after, estimate)
  const other = placementVariance(later, before, -estimate)
  const variance = Math.max(one + other, (1 / before.length + 1 / after.length) / 12)
  const degrees = satterthwaite(one, effectiveClusters(earlier) - 1, other, effectiveClusters(later) - 1)
  if (!(degrees > 0)) return { estimate, interval: null }
  const half = studentQuantile(0.975, degrees) * Math.sqrt(variance)
  if (half >= 0.5) return { estimate, interval: null }
  return { estimate, interval: [differenceQuantile(before, after, 0.5 - half), differenceQuantile(before, after, 0.5 + half)] }
}

/** Degrees of freedom of a sum of two variances (Satterthwaite, 1946). */
export function satterthwaite(one: number, oneDegrees: number, other: number, otherDegrees: number): number {
  if (!(oneDegrees > 0) || !(otherDegrees > 0)) return 0
  if (one + other === 0) return Math.min(oneDegrees, otherDegrees)
  return (one + other) ** 2 / (one ** 2 / oneDegrees + other ** 2 / otherDegrees)
}

/** Variance between clusters of the mean share of the other side that lies below a value moved by the shift. */
function placementVariance({ values, clusters }: Clustered, others: Float64Array, shift: number): number {
  const sums = new Map<number, number>()
  for (let i = 0; i < values.length; i++) {
    const place = placement(others, (values[i] as number) + shift) - 0.5
    sums.set(clusters[i] as number, (sums.get(clusters[i] as number) ?? 0) + place)
  }
  let squares = 0
  for (const sum of sums.values()) squares += sum * sum
  return sums.size < 2 ? 0 : ((sums.size / (sums.size - 1)) * squares) / values.length ** 2
}

/** Share of ascending values below a value; equal ones count half. Rounding must not part what the shift has made equal. */
function placement(ascending: Float64Array, value: number): number {
  const close = 1e-10 * Math.max(1, Math.abs(value))
  return (firstAbove(ascending, value - close) + firstAbove(ascending, value + close)) / (2 * ascending.length)
}

function firstAbove(ascending: Float64Array, value: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] as number) <= value) low = middle + 1
    else high = middle
  }
  return low
}
