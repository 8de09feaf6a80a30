/** Logarithmic bins of durations: every value of a bin lies within half a percent of the bin's own. */

import { mapped } from '../ascending.ts'

/** Greatest relative error of a value that is told by its bin (Masson, Rim and Lee, "DDSketch", 2019). */
export const relativeError = 0.005

const logRatio = Math.log((1 + relativeError) / (1 - relativeError))
/** Bin 1 begins at a millisecond; bin 0 is all below. */
const least = 0.001
const first = Math.ceil(Math.log(least) / logRatio) - 1
/** The last bin holds 300,000 years and all above. */
const last = 3700

/** Fine bins in one coarse bin. */
const coarseness = 32
export const coarseBins = Math.floor(last / coarseness) + 1

export function binOf(seconds: number): number {
  if (seconds < least) return 0
  return Math.min(last, Math.max(1, Math.ceil(Math.log(seconds) / logRatio) - first))
}

const values = Float64Array.from({ length: last + 1 }, (_, bin) =>
  bin === 0 ? 0 : Math.exp((bin + first) * logRatio) * (1 - relativeError),
)

const logs = values.map(Math.log1p)

/** The value, in seconds, that stands for a bin: from each in the bin it differs by at most `relativeError`. */
export function secondsOfBin(bin: number): number {
  return values[bin] as number
}

/** The values of bins. */
export function secondsOfBins(bins: ArrayLike<number>): Float64Array {
  return mapped(bins, (bin) => values[bin] as number)
}

/** ln(1 + seconds) of their values. */
export function logsOfBins(bins: ArrayLike<number>): Float64Array {
  return mapped(bins, (bin) => logs[bin] as number)
}

export function coarseOf(bin: number): number {
  return Math.floor(bin / coarseness)
}

/** The part of a coarse bin that lies below a value of it, as of values spread evenly over its fine bins. */
export function partBelow(bin: number): number {
  return ((bin % coarseness) + 0.5) / coarseness
}
