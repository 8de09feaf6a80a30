/** How fast a run's step goes and when it may end, from what this run itself saw of it. */
import type { Progress } from '../sources/source.ts'
import type { RunProgress } from '../store/runs.ts'

/** What was seen so long ago counts half: long enough for steps of several seconds each, short enough to follow a change of pace. */
const halfLifeMs = 60_000
/** Before that a rate says little. */
const shortestMs = 2000

interface Seen {
  /** Units and the time they took, both fading. */
  units: number
  ms: number
  done: number
  at: number
}

/**
 * Adds rate and time left to each progress, told at instants in milliseconds. What was done before a step was first seen, as after a
 * resume, is in no rate; nor is the time of other steps in between, such as a wait.
 */
export function createProgressRate(): (progress: Progress, at: number) => RunProgress {
  const steps = new Map<string, Seen>()
  let current = ''
  return (progress, at) => {
    const { step, done, total } = progress
    const before = steps.get(step)
    const seen = before === undefined || current !== step ? returned(before, done, at) : advanced(before, done, at)
    current = step
    steps.set(step, seen)
    const ratePerSecond = seen.units > 0 && seen.ms >= shortestMs ? seen.units / (seen.ms / 1000) : null
    return { ...progress, ratePerSecond, secondsLeft: secondsLeft(done, total, ratePerSecond) }
  }
}

function returned(before: Seen | undefined, done: number, at: number): Seen {
  return { units: before?.units ?? 0, ms: before?.ms ?? 0, done, at }
}

function advanced(before: Seen, done: number, at: number): Seen {
  const passed = Math.max(0, at - before.at)
  const fading = 0.5 ** (passed / halfLifeMs)
  return { units: before.units * fading + Math.max(0, done - before.done), ms: before.ms * fading + passed, done, at }
}

function secondsLeft(done: number, total: number | null, ratePerSecond: number | null): number | null {
  return total === null || ratePerSecond === null ? null : Math.max(0, total - done) / ratePerSecond
}
