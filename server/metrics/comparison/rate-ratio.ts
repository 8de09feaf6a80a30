/** The ratio of two rates of counts per week. */
import { studentQuantile } from '../distributions.ts'
import { satterthwaite } from './hodges-lehmann.ts'
import type { Cluster } from './permute-clusters.ts'

export interface RateRatio {
  /** Later rate over earlier; null where the earlier one is zero. */
  factor: number | null
  /** 95 %; null where a side has no count or a single week. */
  interval: [number, number] | null
}

/**
 * Count over exposure of the later weeks, divided by that of the earlier ones. The interval is one of its logarithm (the delta method, as for
 * a ratio of Poisson rates: Rothman and Greenland, "Modern Epidemiology", chapter 14) with the variance taken between whole weeks, never under
 * that of a Poisson count, and t with Satterthwaite's degrees, for weeks vary more than chance would have it.
 */
export function rateRatio(earlier: readonly Cluster[], later: readonly Cluster[]): RateRatio {
  const before = logRate(earlier)
  const after = logRate(later)
  if (before.rate === 0 || earlier.length === 0 || later.length === 0) return { factor: null, interval: null }
  const factor = after.rate / before.rate
  const degrees = satterthwaite(before.variance, earlier.length - 1, after.variance, later.length - 1)
  if (after.rate === 0 || !(degrees > 0)) return { factor, interval: null }
  const half = studentQuantile(0.975, degrees) * Math.sqrt(before.variance + after.variance)
  return { factor, interval: [factor * Math.exp(-half), factor * Math.exp(half)] }
}

/** A rate and the variance of its logarithm. */
function logRate(weeks: readonly Cluster[]): { rate: number; variance: number } {
  let count = 0
  let exposure = 0
  for (const { sum, weight } of weeks) {
    count += sum
    exposure += weight
  }
  const rate = exposure === 0 ? 0 : count / exposure
  if (count === 0) return { rate: 0, variance: 0 }
  let squares = 0
  for (const { sum, weight } of weeks) squares += (sum - rate * weight) ** 2
  const n = weeks.length
  const between = n < 2 ? 0 : (n / (n - 1)) * squares
  return { rate, variance: Math.max(between, count) / count ** 2 }
}
