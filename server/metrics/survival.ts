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

export interface Survival {
  /** Null where the curve never comes down to one half. */
  median: number | null
  /** 95 %; null under six ended durations. An upper limit is null where the data do not reach it. */
  interval: Interval
}

/** Fewer ended durations give no interval. */
const minimumEnded = 6

/** One step of a curve: its height from this time on. */
interface Step {
  at: number
  height: number
}

const tolerance = 1e-9

/** Where a falling curve comes down to one half; the midpoint where it rests at exactly one half before it falls further. */
function halfTime(steps: Step[]): number | null {
  const first = steps.findIndex((step) => step.height < 0.5 + tolerance)
  const step = steps[first]
  if (!step) return null
  if (Math.abs(step.height - 0.5) >= tolerance) return step.at
  const next = steps.slice(first + 1).find((later) => later.height < step.height - tolerance)
  return next ? (step.at + next.at) / 2 : step.at
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
  const ordered = [...durations].sort((a, b) => a.seconds - b.seconds)
  const curve: Step[] = []
  const lower: Step[] = []
  const upper: Step[] = []
  let share = 1
  let greenwood = 0
  let ended = 0
  let left = countOf(ordered)
  for (let i = 0; i < ordered.length; ) {
    const at = (ordered[i] as Duration).seconds
    const atRisk = left
    let events = 0
    for (; i < ordered.length && (ordered[i] as Duration).seconds === at; i++) {
      const { count = 1, ended: isEnd } = ordered[i] as Duration
      left -= count
      if (isEnd) events += count
    }
    if (events === 0) continue
    ended += events
    share = events === atRisk ? 0 : share * (1 - events / atRisk)
    greenwood += events === atRisk ? 0 : events / (atRisk * (atRisk - events))
    curve.push({ at, height: share })
    lower.push({ at, height: shareLimit(share, greenwood, -1) })
    upper.push({ at, height: shareLimit(share, greenwood, 1) })
  }
  const median = halfTime(curve)
  if (ended < minimumEnded) return { median, interval: null }
  const from = halfTime(lower)
  return { median, interval: from === null ? null : [from, halfTime(upper)] }
}
