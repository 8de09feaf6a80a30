/** The few changes that carry most of the difference of two mean lead times. */
import type { Sums } from './sums.ts'

export interface LongChange {
  service: string
  repository: string
  key: string
  title: string
  url: string | null
  /** Milliseconds since the epoch. */
  deployedAt: number
  /** Lead time. */
  seconds: number
}

export interface CarryingChanges {
  /** Which window they are of: the one with the longer mean. */
  window: 'before' | 'after'
  /** Longest first, each with the seconds that it adds to the window's mean beyond the other window's. */
  changes: (LongChange & { size: number })[]
  /** Of the window. */
  of: number
  /** What they add of the difference of the means; over 1 where the other changes moved the other way. */
  share: number
  /** Whether so few carry at least half of it. */
  most: boolean
  /** Mean seconds of the window's other changes. */
  meanWithout: number
}

/** Of how many changes it is still a few, at most. */
export const fewChanges = 5

/** Few are at most five, and at most one in ten. */
const fewShare = 0.1

/**
 * A change adds (its seconds - the other window's mean) / n to the difference of the means: these add up to it. The fewest of the longest that
 * carry half of it, else as many as are still few. Null where the means are equal or one has none.
 * `longest` holds the longest changes of the window with the longer mean (`slowerByMean`), in any order.
 */
export function carryingChanges(before: Sums, after: Sums, longest: readonly LongChange[]): CarryingChanges | null {
  const window = slowerByMean(before, after)
  if (window === null) return null
  const [slower, other] = window === 'after' ? [after, before] : [before, after]
  const otherMean = other.seconds / other.n
  const difference = slower.seconds / slower.n - otherMean
  const few = Math.min(fewChanges, Math.max(1, Math.floor(slower.n * fewShare)), slower.n - 1)
  const ordered = [...longest].sort((a, b) => b.seconds - a.seconds || (a.key < b.key ? -1 : 1)).slice(0, few)
  const changes: CarryingChanges['changes'] = []
  let share = 0
  for (const change of ordered) {
    const size = (change.seconds - otherMean) / slower.n
    changes.push({ ...change, size })
    share += size / difference
    if (share >= 0.5) break
  }
  if (changes.length === 0) return null
  const without = slower.seconds - changes.reduce((sum, { seconds }) => sum + seconds, 0)
  return { window, changes, of: slower.n, share, most: share >= 0.5, meanWithout: without / (slower.n - changes.length) }
}

/** The window whose changes took longer on average; null where neither did. */
export function slowerByMean(before: Sums, after: Sums): 'before' | 'after' | null {
  if (before.n === 0 || after.n === 0) return null
  const difference = after.seconds / after.n - before.seconds / before.n
  if (difference === 0) return null
  return difference > 0 ? 'after' : 'before'
}
