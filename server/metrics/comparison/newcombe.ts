/** The difference of two independent rates. */
import { chiSquareTail } from '../distributions.ts'
import { wilson } from '../statistics.ts'

export interface Share {
  count: number
  n: number
}

/**
 * 95 % interval of the later share minus the earlier one: the hybrid score interval, method 10 of Newcombe, "Interval estimation for the
 * difference between independent proportions", 1998. Null where a side has no observation.
 */
export function newcombe(earlier: Share, later: Share): [number, number] | null {
  const before = wilson(earlier.count, earlier.n)
  const after = wilson(later.count, later.n)
  if (before === null || after === null) return null
  const one = earlier.count / earlier.n
  const other = later.count / later.n
  const difference = other - one
  return [difference - Math.hypot(other - after[0], before[1] - one), difference + Math.hypot(after[1] - other, one - before[0])]
}

/** Two-sided p of equal rates by the score test (Pearson's chi-square of the two-by-two table, without correction); 1 where nothing differs. */
export function scoreTest(one: Share, other: Share): number {
  const n = one.n + other.n
  const share = (one.count + other.count) / n
  if (one.n === 0 || other.n === 0 || share === 0 || share === 1) return 1
  const difference = one.count / one.n - other.count / other.n
  return chiSquareTail((difference * difference) / (share * (1 - share) * (1 / one.n + 1 / other.n)), 1)
}
