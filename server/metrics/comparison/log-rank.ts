/** The log-rank test, and the factor between two samples of durations some of which still run. */
import { mapped } from '../ascending.ts'
import { chiSquareTail } from '../distributions.ts'
import { z95 } from '../statistics.ts'
import { type Duration, inOrder, type Ordered } from '../survival.ts'
import type { Cluster } from './permute-clusters.ts'

/**
 * Two-sided p of equal survival (Mantel, 1966; Peto and Peto, 1972): observed less expected ends of one side, over the hypergeometric
 * variance. 1 where no moment has both sides at risk.
 */
export function logRank(one: readonly Duration[], other: readonly Duration[]): number {
  const z = score(inOrder(one), inOrder(other), 1)
  return chiSquareTail(z * z, 1)
}

/**
 * The test's scores: each duration's end (1 or 0) less the hazard that it has passed among all of both sides (Nelson and Aalen). Those of a side
 * add up to its observed less its expected ends, so that permuting them is the log-rank test without its normal approximation (Peto and Peto,
 * 1972), which calls too much clear where a side has few.
 */
export function logRankScores(one: readonly Duration[], other: readonly Duration[]): [Cluster[], Cluster[]] {
  const all = inOrder([...one, ...other])
  const hazards = new Map<number, number>()
  let hazard = 0
  let left = all.n
  for (let i = 0; i < all.seconds.length; ) {
    const at = all.seconds[i] as number
    const atRisk = left
    let ends = 0
    for (; i < all.seconds.length && all.seconds[i] === at; i++) {
      left -= all.counts[i] as number
      ends += all.ends[i] as number
    }
    hazard += ends / atRisk
    hazards.set(at, hazard)
  }
  const scores = (side: readonly Duration[]) =>
    side.flatMap(({ seconds, ended, count = 1 }) =>
      Array.from({ length: count }, () => ({ sum: (ended ? 1 : 0) - (hazards.get(seconds) as number), weight: 1 })),
    )
  return [scores(one), scores(other)]
}

export interface TimeRatio {
  /** Later times over earlier ones; null where nothing on one of the sides has ended. */
  factor: number | null
  /** 95 %: the factors that the test does not reject at 5 %. An upper limit is null where none is too great. */
  interval: [number, number | null] | null
}

/** Factors beyond these are not looked for. */
const farthest = Math.log(1e6)

/**
 * By what factor the later durations are longer: the factor by which the earlier ones must be stretched for the log-rank test to see no
 * difference (Louis, "Nonparametric analysis of an accelerated failure time model", 1981), which is Hodges and Lehmann's idea with running
 * durations. Times under a second are taken as a second.
 */
export function timeRatio(earlier: readonly Duration[], later: readonly Duration[]): TimeRatio {
  if (!earlier.some(({ ended }) => ended) || !later.some(({ ended }) => ended)) return { factor: null, interval: null }
  const before = atLeastOneSecond(inOrder(earlier))
  const after = atLeastOneSecond(inOrder(later))
  // What stands for several is told by its bin.
  const resolution = [...earlier, ...later].some(({ count = 1 }) => count > 1) ? 1e-5 : 1e-9
  // The later side ends less often than expected while the earlier one is stretched too little.
  const rising = (log: number) => score(after, before, Math.exp(log))
  const first = crossing(rising, -1e-9, 0, resolution)
  const middle = (first + crossing(rising, 1e-9, first, resolution)) / 2
  const low = crossing(rising, -z95, middle, resolution)
  const high = crossing(rising, z95, middle, resolution)
  if (Math.abs(middle) >= farthest * 0.999) return { factor: null, interval: null }
  return {
    factor: Math.exp(middle),
    interval:
      low <= -farthest * 0.999
        ? null
        : [Math.exp(Math.min(low, middle)), high >= farthest * 0.999 ? null : Math.exp(Math.max(high, middle))],
  }
}

function atLeastOneSecond(durations: Ordered): Ordered {
  return { ...durations, seconds: mapped(durations.seconds, (seconds) => Math.max(1, seconds)) }
}

/** Where a rising step function passes a level, looked for from somewhere near. */
function crossing(rising: (log: number) => number, level: number, near: number, resolution: number): number {
  let low = -farthest
  let high = farthest
  const narrow = (log: number): boolean => {
    const isAbove = rising(log) > level
    if (isAbove) high = log
    else low = log
    return isAbove
  }
  const isBelow = !narrow(near)
  for (let width = resolution; low < high; width *= 8) {
    const log = isBelow ? near + width : near - width
    if (log <= low || log >= high || narrow(log) === isBelow) break
  }
  while (high - low > resolution) narrow((low + high) / 2)
  return (low + high) / 2
}

/** Observed less expected ends of the first side over its standard deviation, the other side's times stretched by a factor. */
function score(one: Ordered, other: Ordered, stretch: number): number {
  let i = 0
  let j = 0
  let difference = 0
  let variance = 0
  let firstLeft = one.n
  let otherLeft = other.n
  while (i < one.seconds.length && j < other.seconds.length) {
    const firstAtRisk = firstLeft
    const atRisk = firstLeft + otherLeft
    // Stretching rounds: what differs by that alone is one moment.
    const moment = Math.min(one.seconds[i] as number, (other.seconds[j] as number) * stretch) * (1 + 1e-12)
    let firstEnds = 0
    let ends = 0
    for (; i < one.seconds.length && (one.seconds[i] as number) <= moment; i++) {
      firstEnds += one.ends[i] as number
      firstLeft -= one.counts[i] as number
    }
    for (; j < other.seconds.length && (other.seconds[j] as number) * stretch <= moment; j++) {
      ends += other.ends[j] as number
      otherLeft -= other.counts[j] as number
    }
    ends += firstEnds
    const share = firstAtRisk / atRisk
    difference += firstEnds - ends * share
    variance += (ends * share * (1 - share) * (atRisk - ends)) / (atRisk - 1)
  }
  return variance <= 0 ? 0 : difference / Math.sqrt(variance)
}
