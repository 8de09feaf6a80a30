/** Fisher's exact test of two rates. */
import { logGamma } from '../distributions.ts'
import type { Share } from './newcombe.ts'

/**
 * Two-sided p of equal rates: the sum of the probabilities of all two-by-two tables with these margins that are no more probable than the
 * observed one (Fisher, 1935; the rule that R's fisher.test follows).
 */
export function fisher(one: Share, other: Share): number {
  const hits = one.count + other.count
  const least = Math.max(0, hits - other.n)
  const most = Math.min(hits, one.n)
  const observed = logTable(one.count, one, other)
  let p = 0
  for (let count = least; count <= most; count++) {
    const probability = logTable(count, one, other)
    // Tables of equal probability must not be parted by rounding.
    if (probability <= observed + 1e-7) p += Math.exp(probability)
  }
  return Math.min(1, p)
}

/** Logarithm of the hypergeometric probability that so many of the hits lie on the first side. */
function logTable(count: number, one: Share, other: Share): number {
  const hits = one.count + other.count
  return logChoose(one.n, count) + logChoose(other.n, hits - count) - logChoose(one.n + other.n, hits)
}

function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1)
}
