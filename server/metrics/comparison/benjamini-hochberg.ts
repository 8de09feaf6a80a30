/** Which of many comparisons stand out. */

/**
 * Whether each p is rejected when at most a share q of the rejected ones may be false (Benjamini and Hochberg, "Controlling the false discovery
 * rate", 1995): all up to the greatest p that is at most q times its rank over their number.
 */
export function benjaminiHochberg(ps: readonly number[], q: number): boolean[] {
  const ascending = [...ps].sort((a, b) => a - b)
  let limit = Number.NEGATIVE_INFINITY
  ascending.forEach((p, i) => {
    if (p <= (q * (i + 1)) / ascending.length) limit = p
  })
  return ps.map((p) => p <= limit)
}
