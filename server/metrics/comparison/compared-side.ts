/** One of the two windows of a comparison: its rows without those of holiday weeks, and its whole weeks. */
import type { Definition } from '../../definition.ts'
import { type Coverage, coveredDays } from '../coverage.ts'
import { explainDeployment } from '../evidence.ts'
import { clusterUnitOf, type Placed, type Slice } from '../slice.ts'
import { dayNumber, type Span, spanIndex, type Window } from '../windows.ts'
import type { Cluster } from './permute-clusters.ts'
import { workingWeek } from './working-days.ts'

export interface ComparedSide {
  /** What the metrics have in the window, holiday weeks too: for the value that is shown. */
  slice: Slice
  /** What is compared. */
  compared: Slice
  /** Counted deployments and working days of each whole covered week that is no holiday week. */
  weeks: Cluster[]
}

/**
 * The side of the rows that lie in the window. `slice` holds the rows of a span around it, placed in `weeks`; `coverage` is the scope's of
 * the window or more.
 */
export function comparedSide(slice: Slice, weeks: readonly Span[], window: Window, coverage: Coverage): ComparedSide {
  const calendar = weeks.map((week) => workingWeek(week.start, slice.definition))
  const inside = ({ at }: Pick<Placed, 'at'>) => at >= window.from && at < window.to
  const own: Slice = {
    ...slice,
    clusterUnit: clusterUnitOf(window.days, slice.rollUp, slice.definition),
    deployments: slice.deployments.filter(inside),
    changes: slice.changes.filter(inside),
    incidents: slice.incidents.filter(inside),
  }
  const normal = outsideHolidays(weeks, calendar)
  const compared = calendar.some(({ holiday }) => holiday)
    ? {
        ...own,
        deployments: own.deployments.filter(normal),
        changes: own.changes.filter(normal),
        incidents: own.incidents.filter(normal),
      }
    : own
  return { slice: own, compared, weeks: wholeWeeks(compared, weeks, calendar, window, coverage) }
}

/** Whether a row lies in no holiday week; `calendar` tells of each of the weeks. */
export function outsideHolidays(weeks: readonly Span[], calendar: readonly ReturnType<typeof workingWeek>[]) {
  return ({ at }: Pick<Placed, 'at'>): boolean => !calendar[spanIndex(weeks, at)]?.holiday
}

function wholeWeeks(
  slice: Slice,
  weeks: readonly Span[],
  calendar: readonly ReturnType<typeof workingWeek>[],
  window: Window,
  coverage: Coverage,
): Cluster[] {
  const counts = new Float64Array(weeks.length)
  for (const { row, week } of slice.deployments) {
    if (explainDeployment(row, 'deployment_frequency', slice).included) counts[week] = (counts[week] as number) + 1
  }
  return weeks.flatMap((week, i): Cluster[] => {
    const { days, holiday } = calendar[i] as ReturnType<typeof workingWeek>
    const whole = week.from >= window.from && week.to <= window.to
    if (!whole || holiday || coveredDays(coverage.ranges, dayNumber(week.start), dayNumber(week.end)) < 7 - 1e-9) return []
    return [{ sum: counts[i] as number, weight: days }]
  })
}

/** How far the shares of two windows' starts or units of changes lie apart, in percentage points. */
export function basisShift(one: Slice, other: Slice): number {
  const [before, after] = [basisShares(one), basisShares(other)]
  return 100 * Math.max(...before.map((share, i) => Math.abs(share - (after[i] as number))))
}

/** Shares of the starts, and of pull requests, among the changes in the lead time. */
function basisShares(slice: Slice): number[] {
  const counts = { first_commit: 0, opened: 0, merge: 0 }
  let pulls = 0
  let n = 0
  for (const { explained, row } of slice.changes) {
    if (!explained.included) continue
    n++
    counts[row.basis]++
    // A pull request is keyed by its source and id, a commit by its sha.
    if (row.key.includes('/')) pulls++
  }
  return [counts.first_commit, counts.opened, counts.merge, pulls].map((count) => (n === 0 ? 0 : count / n))
}

/** Whether the windows' changes start, or are counted, by something else. */
export function basisChanged(one: Slice, other: Slice, definition: Definition): boolean {
  return basisShift(one, other) > definition.basisPoints + 1e-9
}
