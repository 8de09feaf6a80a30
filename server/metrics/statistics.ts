/** Quantiles, and 95 % intervals of rates, counts and medians (definition `dora@1`, section 6). */
import { chiSquareQuantile, logGamma } from './distributions.ts'

/** The 97.5 % quantile of the normal distribution. */
export const z95 = 1.959963984540054

/** The values in ascending order, in an array of their own. */
export function sorted(values: ArrayLike<number>): Float64Array {
  return new Float64Array(values).sort()
}

/** Quantile with linear interpolation (R type 7, SQL's percentile_cont) of ascending values; null of none. */
export function quantile(ascending: ArrayLike<number>, p: number): number | null {
  if (ascending.length === 0) return null
  const position = (ascending.length - 1) * p
  const below = Math.floor(position)
  const low = ascending[below] as number
  const high = ascending[Math.min(below + 1, ascending.length - 1)] as number
  return low + (high - low) * (position - below)
}

/** One for all medians, which are found one after the other; grows with the largest. */
let room = new Float64Array(4096)

/** Median by selection, which needs no full sort; null of none. */
export function median(values: ArrayLike<number>): number | null {
  return medianOf(values.length, (rest) => rest.set(values))
}

/** As median, of values that are written into the array that is given; it may hold others already. */
export function medianOf(n: number, write: (rest: Float64Array) => void): number | null {
  if (n === 0) return null
  if (n > room.length) room = new Float64Array(2 * n)
  const rest = room.subarray(0, n)
  write(rest)
  const middle = n >> 1
  partition(rest, middle)
  const high = rest[middle] as number
  if (n % 2 === 1) return high
  let low = rest[0] as number
  for (let i = 1; i < middle; i++) low = Math.max(low, rest[i] as number)
  return low + (high - low) / 2
}

/** Moves the value of rank k (from 0) to its place, none greater before it and none less after (Hoare's selection). */
function partition(values: Float64Array, k: number): void {
  let left = 0
  let right = values.length - 1
  while (left < right) {
    const pivot = values[(left + right) >> 1] as number
    let i = left
    let j = right
    while (i <= j) {
      while ((values[i] as number) < pivot) i++
      while ((values[j] as number) > pivot) j--
      if (i > j) break
      const swapped = values[i] as number
      values[i++] = values[j] as number
      values[j--] = swapped
    }
    if (k <= j) right = j
    else if (k >= i) left = i
    else return
  }
}

/** The sum of the squares of some numbers. */
export function squares(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) ** 2
  return sum
}

/** Wilson's score interval of count out of n; null of none. */
export function wilson(count: number, n: number): [number, number] | null {
  if (n === 0) return null
  const share = count / n
  const z2 = z95 * z95
  const centre = share + z2 / (2 * n)
  const half = z95 * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n))
  const scale = 1 + z2 / n
  // The closed form is exact at both ends; rounding is not.
  return [count === 0 ? 0 : Math.max(0, (centre - half) / scale), count === n ? 1 : Math.min(1, (centre + half) / scale)]
}

/** Garwood's exact interval of a Poisson count; a count spread out by the dispersion is taken at count / dispersion, times it. */
export function garwood(count: number, dispersion = 1): [number, number] {
  const effective = count / dispersion
  return [(dispersion * chiSquareQuantile(0.025, 2 * effective)) / 2, (dispersion * chiSquareQuantile(0.975, 2 * effective + 2)) / 2]
}

/** Variance over mean of counts in equal spans, at least 1: how much less even than chance they are. 1 of fewer than two counts. */
export function overdispersion(counts: ArrayLike<number>): number {
  const n = counts.length
  if (n < 2) return 1
  let sum = 0
  for (let i = 0; i < n; i++) sum += counts[i] as number
  if (sum === 0) return 1
  const mean = sum / n
  let squares = 0
  for (let i = 0; i < n; i++) squares += ((counts[i] as number) - mean) ** 2
  return Math.max(1, squares / (n - 1) / mean)
}

/** Rank (from 1) of the lower exact 95 % limit of the median of n independent values; 0 where n is under 6. The upper rank is n + 1 - rank. */
export function medianRank(n: number): number {
  // Ten standard deviations below the middle nothing is left that would show in a double.
  let k = Math.max(0, Math.floor(n / 2 - 5 * Math.sqrt(n)))
  let below = 0
  let term = Math.exp(logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) - n * Math.LN2)
  while (below + term <= 0.025) {
    below += term
    term *= (n - k) / (k + 1)
    k++
  }
  return below === 0 ? 0 : k
}

/** Exact interval of the median of independent values from their order statistics; null under 6 values. */
export function medianInterval(ascending: ArrayLike<number>): [number, number] | null {
  const rank = medianRank(ascending.length)
  if (rank === 0) return null
  return [ascending[rank - 1] as number, ascending[ascending.length - rank] as number]
}
