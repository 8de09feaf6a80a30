/** The difference of two mean lead times, split exactly into the stages of a change. */
import { type Stage, stages } from '../../linked.ts'
import type { Sums } from './sums.ts'

export interface StagePart {
  /** Null: what no observed stage covers. */
  stage: Stage | null
  /** Seconds per change of each window, over all of its changes, and their difference. */
  before: number
  after: number
  size: number
  /** Changes for which it was observed; null for the rest. */
  observed: { before: number; after: number } | null
}

export interface StageSplit {
  /** Mean seconds. */
  before: number
  after: number
  /** They add up to `after - before`. */
  parts: StagePart[]
}

/**
 * Unlike medians, sums of seconds are additive: each stage is told per change of the window, whether it was observed for that change or not, and
 * what is left of the mean lead time is a line of its own. Null where a window has no change, or no stage was observed in either.
 */
export function splitByStage(before: Sums, after: Sums): StageSplit | null {
  if (before.n === 0 || after.n === 0) return null
  const parts: StagePart[] = []
  let [restBefore, restAfter] = [before.seconds / before.n, after.seconds / after.n]
  for (const stage of stages) {
    const [was, is] = [before.stages[stage], after.stages[stage]]
    if (was === undefined && is === undefined) continue
    const [one, other] = [(was?.sum ?? 0) / before.n, (is?.sum ?? 0) / after.n]
    restBefore -= one
    restAfter -= other
    parts.push({ stage, before: one, after: other, size: other - one, observed: { before: was?.n ?? 0, after: is?.n ?? 0 } })
  }
  if (parts.length === 0) return null
  parts.push({ stage: null, before: restBefore, after: restAfter, size: restAfter - restBefore, observed: null })
  return { before: before.seconds / before.n, after: after.seconds / after.n, parts }
}
