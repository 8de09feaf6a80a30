/** The median of durations some of which are still running: Kaplan-Meier and Brookmeyer-Crowley. */
import type { Instant } from '../facts.ts'
import type { Interval } from './answer.ts'
import { z95 } from './statistics.ts'

export interface Duration {
  seconds: number
  /** False where it still runs: it lasted at least this long. */
  ended: boolean
  /** How many it stands for; absent: one. */
  count?: number
}

/** How many durations there are. */
export function countOf(durations: readonly Duration[]): number {
  return durations.reduce((sum, { count = 1 }) => sum + count, 0)
}

/** From a beginning to its end; without one it runs until asOf. */
export function durationOf(beganAt: Instant, endedAt: Instant | null, asOf: Instant | null): Duration {
  const until = endedAt ?? asOf ?? beganAt
  return { seconds: Math.max(0, until - beganAt) / 1000, ended: endedAt !== null }
}

/** Durations in ascending order, as numbers. */
export interface Ordered {
  seconds: Float64Array
  /** How many durations each stands for, and how many of these ended. */
  counts: Float64Array
  ends: Float64Array
  n: number
}

/** Every metric and comparison asks for the same ones. */
const orders = new WeakMap<readonly Duration[], Ordered>()

/** The list must not change afterwards. */
export function inOrder(durations: readonly Duration[]): Ordered {
  const known = orders.get(durations)
  if (known) return known
  const ascending = [...durations].sort((a, b) => a.seconds - b.seconds)
  const ordered: Ordered = {
    seconds: new Float64Array(ascending.length),
    counts: new Float64Array(ascending.length),
    ends: new Float64Array(ascending.length),
    n: countOf(durations),
  }
  for (const [i, { seconds, ended, count = 1 }] of ascending.entries()) {
    ordered.seconds[i] = seconds
    ordered.counts[i] = count
    ordered.ends[i] = ended ? count : 0
  }
  orders.set(durations, ordered)
  return ordered
}

export interface Survival {
  /** Null where the curve never comes down to one half. */
  median: number | null
  /** 95 %; null under six ended durations. An upper limit is null where the data do not reach it. */
  interval: Interval
}

/** Fewer ended durations give no interval. */
const minimumEnded = 6

/** The steps of a falling curve, each from a time on. */
interface Curve {
  times: Float64Array
  /** Product of the shares that did not end, and Greenwood's sum. */
  shares: Float64Array
  greenwood: Float64Array
  length: number
}

const tolerance = 1e-9

/** Where a falling curve comes down to one half; the midpoint where it rests at exactly one half before it falls further. */
function halfTime({ times, length }: Curve, heightOf: (step: number) => number): number | null {
  for (let step = 0; step < length; step++) {
    const height = heightOf(step)
    if (height >= 0.5 + tolerance) continue
    const at = times[step] as number
    if (Math.abs(height - 0.5) >= tolerance) return at
    for (let later = step + 1; later < length; later++) {
      if (heightOf(later) < height - tolerance) return (at + (times[later] as number)) / 2
    }
    return at
  }
  return null
}

/** Confidence limit of a survival share on the log(-log) scale, which stays within 0 and 1; direction -1 is the lower one. */
function shareLimit(share: number, greenwood: number, direction: -1 | 1): number {
  if (share === 0) return 0
  const log = Math.log(share)
  return Math.exp(-Math.exp(Math.log(-log) - (direction * z95 * Math.sqrt(greenwood)) / Math.abs(log)))
}

/**
 * Kaplan-Meier median in seconds (without running durations: the ordinary median) with the interval of Brookmeyer and Crowley: the times
 * whose survival share does not differ from one half. Running durations are censored, never dropped.
 */
export function survivalMedian(durations: readonly Duration[]): Survival {
  const known = survivals.get(durations) ?? survivalOf(inOrder(durations))
  survivals.set(durations, known)
  return known
}

const survivals = new WeakMap<readonly Duration[], Survival>()

function survivalOf(durations: Ordered): Survival {
  const curve = curveOf(durations)
  const { shares, greenwood } = curve
  const median = halfTime(curve, (step) => shares[step] as number)
  if (durations.ends.reduce((sum, ends) => sum + ends, 0) < minimumEnded) return { median, interval: null }
  const limit = (direction: -1 | 1) => halfTime(curve, (step) => shareLimit(shares[step] as number, greenwood[step] as number, direction))
  const from = limit(-1)
  return { median, interval: from === null ? null : [from, limit(1)] }
}

function curveOf({ seconds, counts, ends, n }: Ordered): Curve {
  const curve: Curve = {
    times: new Float64Array(seconds.length),
    shares: new Float64Array(seconds.length),
    greenwood: new Float64Array(seconds.length),
    length: 0,
  }
  let share = 1
  let greenwood = 0
  let left = n
  for (let i = 0; i < seconds.length; ) {
    const at = seconds[i] as number
    const atRisk = left
    let events = 0
    for (; i < seconds.length && seconds[i] === at; i++) {
      left -= counts[i] as number
      events += ends[i] as number
    }
    if (events === 0) continue
    share = events === atRisk ? 0 : share * (1 - events / atRisk)
    greenwood += events === atRisk ? 0 : events / (atRisk * (atRisk - events))
    curve.times[curve.length] = at
    curve.shares[curve.length] = share
    curve.greenwood[curve.length++] = greenwood
  }
  return curve
}
