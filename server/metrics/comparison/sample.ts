/** A sample whose values come in clusters, as the comparisons see it: its distinct values, and sums over whole clusters. */
import { type Ascending, ascendingOf, mapped } from '../ascending.ts'
import { squares as sumOfSquares } from '../statistics.ts'
import { binOf, logsOfBins } from '../tallies/bins.ts'

/** Values with the number of the cluster that holds each. */
export interface Clustered {
  values: ArrayLike<number>
  clusters: ArrayLike<number>
  /** How many values each stands for; absent: one. */
  weights?: ArrayLike<number> | null
}

export interface Sample {
  levels: Ascending
  clusters: number
  /** The number of clusters of equal size that would tell as much: N² / Σn² (Kish); 0 of none. */
  effective: number
  /** For each cluster the sum of what its values stand for, `of[i]` being what `levels.values[i]` does; null where the clusters are known by their moments alone. */
  sums: ((of: Float64Array) => Float64Array) | null
  /** The sum over clusters of the square of such a sum. */
  squares(of: Float64Array): number
}

/** Each distinct value once, in order, with its weight. */
export function levelsOf(values: ArrayLike<number>, weights: ArrayLike<number> | null): Ascending {
  const levels = distinct(values)
  const counts = new Float64Array(levels.length)
  for (let i = 0; i < values.length; i++) {
    const at = placeIn(levels, values[i] as number)
    counts[at] = (counts[at] as number) + (weights === null ? 1 : (weights[i] as number))
  }
  return ascendingOf(levels, counts)
}

function distinct(values: ArrayLike<number>): Float64Array {
  const ascending = Float64Array.from(values).sort()
  let size = 0
  for (const value of ascending) if (size === 0 || ascending[size - 1] !== value) ascending[size++] = value
  return ascending.subarray(0, size)
}

function placeIn(levels: Float64Array, value: number): number {
  let low = 0
  let high = levels.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((levels[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Of every value with its cluster. */
export function sampleOf({ values, clusters, weights = null }: Clustered): Sample {
  const levels = levelsOf(values, weights)
  const places = new Uint32Array(values.length)
  for (let i = 0; i < places.length; i++) places[i] = placeIn(levels.values as Float64Array, values[i] as number)
  return sampleOfPlaces(levels, places, clusters, weights)
}

/** Of durations in seconds, each told by its bin; its values are ln(1 + seconds). */
export function binnedSample({ values, clusters, weights = null }: Clustered): Sample {
  const bins = new Uint32Array(values.length)
  let greatest = 0
  for (let i = 0; i < bins.length; i++) {
    const bin = binOf(values[i] as number)
    bins[i] = bin
    greatest = Math.max(greatest, bin)
  }
  const counts = new Float64Array(greatest + 1)
  for (let i = 0; i < bins.length; i++) {
    const bin = bins[i] as number
    counts[bin] = (counts[bin] as number) + (weights === null ? 1 : (weights[i] as number))
  }
  const used: number[] = []
  const placeOf = new Uint32Array(greatest + 1)
  for (let bin = 0; bin <= greatest; bin++) if ((counts[bin] as number) > 0) placeOf[bin] = used.push(bin) - 1
  const levels: Ascending = {
    ...ascendingOf(
      logsOfBins(used),
      mapped(used, (bin) => counts[bin] as number),
    ),
    coarse: true,
  }
  const places = bins.map((bin) => placeOf[bin] as number)
  return sampleOfPlaces(levels, places, clusters, weights)
}

/** `places[i]` is the position of a value among the levels. */
function sampleOfPlaces(levels: Ascending, places: Uint32Array, clusters: ArrayLike<number>, weights: ArrayLike<number> | null): Sample {
  const numbers = new Map<number, number>()
  const cluster = new Uint32Array(places.length)
  let last = Number.NaN
  let number: number | undefined
  for (let i = 0; i < places.length; i++) {
    const name = clusters[i] as number
    // Those of a cluster mostly follow each other.
    if (name !== last) number = numbers.get(name)
    last = name
    if (number === undefined) {
      number = numbers.size
      numbers.set(name, number)
    }
    cluster[i] = number
  }
  function sums(of: Float64Array): Float64Array {
    const found = new Float64Array(numbers.size)
    for (let i = 0; i < places.length; i++) {
      const at = cluster[i] as number
      found[at] = (found[at] as number) + (of[places[i] as number] as number) * (weights === null ? 1 : (weights[i] as number))
    }
    return found
  }
  const squares = (of: Float64Array) => sumOfSquares(sums(of))
  const sizeSquares = squares(new Float64Array(levels.values.length).fill(1))
  return { levels, clusters: numbers.size, effective: sizeSquares === 0 ? 0 : levels.n ** 2 / sizeSquares, sums, squares }
}
