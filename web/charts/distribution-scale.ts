/** Positions on a logarithmic axis of durations with a band of its own for zero. */

export interface LogScale {
  /** Lower and upper bound, seconds. */
  low: number
  high: number
  /** The y of a duration; zero lies in the band at the bottom. */
  y(seconds: number): number
  /** Top of the band for zero; null where there are no zeros. */
  zeroTop: number | null
  bottom: number
}

/** From a little under the smallest duration above zero to a little over the greatest. */
export function logScale(smallest: number, greatest: number, zeros: boolean, top: number, bottom: number): LogScale {
  const low = Math.max(1, smallest / 1.6)
  const high = Math.max(low * 10, greatest * 1.3)
  const zeroBand = zeros ? 26 : 0
  const floor = bottom - zeroBand
  const span = Math.log(high) - Math.log(low)
  return {
    low,
    high,
    bottom,
    zeroTop: zeros ? floor : null,
    y(seconds) {
      if (seconds <= 0) return bottom - zeroBand / 2
      const share = (Math.log(Math.max(seconds, low)) - Math.log(low)) / span
      return floor - share * (floor - top)
    },
  }
}

/** A spread in [0, 1) that is the same each time for the same key, so that zeros do not lie on one another. */
export function jitter(key: string): number {
  let hash = 2166136261
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 16777619)
  return (hash >>> 0) / 4294967296
}

/** Where two labels stand that belong at `upper` and `lower` (greater): as near as a distance between them and the bounds allow. */
export function apart(upper: number, lower: number, distance: number, top: number, bottom: number): { upper: number; lower: number } {
  const push = Math.max(0, distance - (lower - upper)) / 2
  const shift = Math.max(0, top - (upper - push)) - Math.max(0, lower + push - bottom)
  return { upper: upper - push + shift, lower: lower + push + shift }
}
