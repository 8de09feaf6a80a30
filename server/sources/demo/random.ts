/** A small seeded generator of random numbers, so that the demo is the same on every machine. */

export interface Random {
  /** In [0, 1). */
  next(): number
  chance(probability: number): boolean
  between(low: number, high: number): number
  /** Whole number in [0, below). */
  below(limit: number): number
  pick<T>(items: readonly T[]): T
  /** Log-normal with the given median; `spread` is the standard deviation of the logarithm. */
  around(median: number, spread: number): number
  /** How many of something rare happen when `mean` are expected. */
  count(mean: number): number
}

function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  return value >>> 0
}

/** Mulberry32 over the hash of the seed: the same seed gives the same numbers. */
export function randomOf(seed: string): Random {
  let state = hash(seed)
  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    between: (low, high) => low + (high - low) * next(),
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    around(median, spread) {
      const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
      return median * Math.exp(spread * normal)
    },
    count(mean) {
      const limit = Math.exp(-mean)
      let product = next()
      let events = 0
      while (product > limit) {
        product *= next()
        events += 1
      }
      return events
    },
  }
}
