/** Order statistics of all differences between two samples, without writing the differences out. */
import { type Ascending, ascendingOf } from '../ascending.ts'

/**
 * Quantile (type 7) of the n·m differences `later - earlier`, both ascending: the value is halved in on while the differences below it are
 * counted in one walk along both samples (the matrix of differences is sorted in both directions: Johnson and Mizoguchi, 1978).
 */
export function differenceQuantile(earlier: Float64Array, later: Float64Array, p: number): number {
  return differenceQuantileOf(ascendingOf(earlier), ascendingOf(later), p)
}

/** As differenceQuantile, of values that may stand for several. */
export function differenceQuantileOf(earlier: Ascending, later: Ascending, p: number): number {
  const position = (earlier.n * later.n - 1) * p
  const rank = Math.floor(position)
  const low = differenceOfRank(earlier, later, rank)
  const part = position - rank
  if (part === 0) return low
  const near = low + resolutionOf(earlier, later)
  const high = countUpTo(earlier, later, near) > rank + 1 ? low : above(earlier, later, near)
  return low + (high - low) * part
}

/** The difference with so many others before it in order. */
function differenceOfRank(earlier: Ascending, later: Ascending, rank: number): number {
  let low = first(later) - last(earlier)
  let high = last(later) - first(earlier)
  if (countUpTo(earlier, later, low) > rank) return low
  const resolution = resolutionOf(earlier, later)
  while (high - low > resolution) {
    const middle = low + (high - low) / 2
    if (countUpTo(earlier, later, middle) > rank) high = middle
    else low = middle
  }
  return above(earlier, later, low)
}

function first({ values }: Ascending): number {
  return values[0] as number
}

function last({ values }: Ascending): number {
  return values[values.length - 1] as number
}

/** Differences that lie closer to each other are taken as equal. */
function resolutionOf(earlier: Ascending, later: Ascending): number {
  if (earlier.coarse && later.coarse) return 1e-5
  const ends = [first(earlier), last(earlier), first(later), last(later)]
  return 1e-12 * Math.max(1, ...ends.map(Math.abs))
}

/** How many differences are at most the limit. */
function countUpTo(earlier: Ascending, later: Ascending, limit: number): number {
  const { values, weights } = earlier
  const { values: others, weights: otherWeights } = later
  let count = 0
  let passed = 0
  let j = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    while (j < others.length && (others[j] as number) - value <= limit) {
      passed += otherWeights === null ? 1 : (otherWeights[j] as number)
      j++
    }
    count += weights === null ? passed : passed * (weights[i] as number)
  }
  return count
}

/** The least difference above the limit. */
function above({ values }: Ascending, { values: others }: Ascending, limit: number): number {
  let least = Number.POSITIVE_INFINITY
  let j = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    while (j < others.length && (others[j] as number) - value <= limit) j++
    if (j < others.length) least = Math.min(least, (others[j] as number) - value)
  }
  return least
}
