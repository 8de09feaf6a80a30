/** Values in ascending order, each as often as its weight says: exact values and bins of a histogram alike. */
import { medianRank, quantile } from './statistics.ts'

export interface Ascending {
  values: ArrayLike<number>
  /** How often each value occurs; null: once. */
  weights: ArrayLike<number> | null
  /** Number of values, weights counted. */
  n: number
  /** The values are those of bins, so that finer differences say nothing. */
  coarse?: boolean
}

export function ascendingOf(values: ArrayLike<number>, weights: ArrayLike<number> | null = null): Ascending {
  if (weights === null) return { values, weights, n: values.length }
  let n = 0
  for (let i = 0; i < weights.length; i++) n += weights[i] as number
  return { values, weights, n }
}

/** How often the value at a position occurs. */
export function weightAt({ weights }: Ascending, i: number): number {
  return weights === null ? 1 : (weights[i] as number)
}

/** A function of each number; several times as fast as Float64Array.from with a function. */
export function mapped(numbers: ArrayLike<number>, of: (number: number, i: number) => number): Float64Array {
  const found = new Float64Array(numbers.length)
  for (let i = 0; i < found.length; i++) found[i] = of(numbers[i] as number, i)
  return found
}

/** Quantile of type 7, as of the values written out; null of none. `toValue`: what the values stand for, where these rise with them. */
export function quantileOf(ascending: Ascending, p: number, toValue: (value: number) => number = identity): number | null {
  const { values, weights, n } = ascending
  if (weights === null) return quantile(values, p)
  if (n === 0) return null
  const position = (n - 1) * p
  const below = Math.floor(position)
  const [lower, upper] = neighbours(ascending, below)
  const [low, high] = [toValue(lower), toValue(upper)]
  return low + (high - low) * (position - below)
}

const identity = (value: number) => value

/** The value of a rank (from 0) and that of the next. */
function neighbours({ values, weights, n }: Ascending, rank: number): [number, number] {
  if (weights === null) return [values[rank] as number, values[Math.min(rank + 1, n - 1)] as number]
  let seen = 0
  let i = 0
  for (; i < weights.length; i++) {
    seen += weights[i] as number
    if (seen > rank) break
  }
  const low = values[i] as number
  if (seen > rank + 1 || rank + 1 >= n) return [low, low]
  do i++
  while ((weights[i] as number) === 0)
  return [low, values[i] as number]
}

/** Exact 95 % interval of the median of independent values; null under six of them. */
export function medianIntervalOf(ascending: Ascending): [number, number] | null {
  const rank = medianRank(ascending.n)
  if (rank === 0) return null
  return [neighbours(ascending, rank - 1)[0], neighbours(ascending, ascending.n - rank)[0]]
}
