/** Order statistics of all differences between two samples, without writing the differences out. */
import { type Ascending, ascendingOf, quantileOf, weightAt } from '../ascending.ts'

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
  let upToLow = countUpTo(earlier, later, low)
  if (upToLow > rank) return low
  let upToHigh = earlier.n * later.n
  const resolution = resolutionOf(earlier, later)
  const few = 32 + (earlier.values.length + later.values.length) / 16
  const narrow = (limit: number): boolean => {
    const upTo = countUpTo(earlier, later, limit)
    if (upTo > rank) [high, upToHigh] = [limit, upTo]
    else [low, upToLow] = [limit, upTo]
    return upTo > rank
  }
  // It mostly lies near the difference of the medians.
  let limit = (quantileOf(later, 0.5) as number) - (quantileOf(earlier, 0.5) as number)
  const isAbove = low < limit && limit < high && !narrow(limit)
  for (let width = (high - low) / 64; low < limit && limit < high; width *= 2) {
    limit += isAbove ? width : -width
    if (low < limit && limit < high && narrow(limit) === isAbove) break
  }
  while (high - low > resolution) {
    if (upToHigh - upToLow <= few) return between(earlier, later, low, high, rank - upToLow)
    narrow(low + (high - low) / 2)
  }
  return above(earlier, later, low)
}

/** The difference of a rank among those in (low, high], of which there are few. */
function between(earlier: Ascending, later: Ascending, low: number, high: number, rank: number): number {
  const differences: { value: number; weight: number }[] = []
  let start = 0
  for (let i = 0; i < earlier.values.length; i++) {
    const value = earlier.values[i] as number
    while (start < later.values.length && (later.values[start] as number) - value <= low) start++
    for (let j = start; j < later.values.length && (later.values[j] as number) - value <= high; j++) {
      differences.push({ value: (later.values[j] as number) - value, weight: weightAt(earlier, i) * weightAt(later, j) })
    }
  }
  differences.sort((a, b) => a.value - b.value)
  let passed = 0
  for (const { value, weight } of differences) {
    passed += weight
    if (passed > rank) return value
  }
  return high
}

function first({ values }: Ascending): number {
  return values[0] as number
}

function last({ values }: Ascending): number {
  return values[values.length - 1] as number
}

/** Differences that lie closer to each other are taken as equal. */
function resolutionOf(earlier: Ascending, later: Ascending): number {
  if (earlier.coarse && later.coarse) return 1e-4
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
