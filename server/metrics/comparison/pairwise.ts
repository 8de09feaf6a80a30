/** Order statistics of all differences between two samples, without writing the differences out. */

/**
 * Quantile (type 7) of the n·m differences `later - earlier`, both ascending: the value is halved in on while the differences below it are
 * counted in one walk along both samples (the matrix of differences is sorted in both directions: Johnson and Mizoguchi, 1978).
 */
export function differenceQuantile(earlier: Float64Array, later: Float64Array, p: number): number {
  const position = (earlier.length * later.length - 1) * p
  const rank = Math.floor(position)
  const low = differenceOfRank(earlier, later, rank)
  const part = position - rank
  if (part === 0) return low
  const near = low + resolutionOf(earlier, later)
  const high = countUpTo(earlier, later, near) > rank + 1 ? low : above(earlier, later, near)
  return low + (high - low) * part
}

/** The difference with so many others before it in order. */
function differenceOfRank(earlier: Float64Array, later: Float64Array, rank: number): number {
  let low = (later[0] as number) - (earlier.at(-1) as number)
  let high = (later.at(-1) as number) - (earlier[0] as number)
  if (countUpTo(earlier, later, low) > rank) return low
  const resolution = resolutionOf(earlier, later)
  while (high - low > resolution) {
    const middle = low + (high - low) / 2
    if (countUpTo(earlier, later, middle) > rank) high = middle
    else low = middle
  }
  return above(earlier, later, low)
}

/** Differences that lie closer to each other are taken as equal. */
function resolutionOf(earlier: Float64Array, later: Float64Array): number {
  const ends = [earlier[0], earlier.at(-1), later[0], later.at(-1)] as number[]
  return 1e-12 * Math.max(1, ...ends.map(Math.abs))
}

/** How many differences are at most the limit. */
function countUpTo(earlier: Float64Array, later: Float64Array, limit: number): number {
  let count = 0
  let j = 0
  for (let i = 0; i < earlier.length; i++) {
    const value = earlier[i] as number
    while (j < later.length && (later[j] as number) - value <= limit) j++
    count += j
  }
  return count
}

/** The least difference above the limit. */
function above(earlier: Float64Array, later: Float64Array, limit: number): number {
  let least = Number.POSITIVE_INFINITY
  let j = 0
  for (let i = 0; i < earlier.length; i++) {
    const value = earlier[i] as number
    while (j < later.length && (later[j] as number) - value <= limit) j++
    if (j < later.length) least = Math.min(least, (later[j] as number) - value)
  }
  return least
}
