/** One of the two windows of a comparison: its sums without those of holiday weeks, and its whole weeks. */
import type { Definition } from '../../definition.ts'
import { type Coverage, coveredDays } from '../coverage.ts'
import type { Days, Reading } from '../reading.ts'
import { clusterUnitOf, type Slice } from '../slice.ts'
import type { Summary } from '../summary.ts'
import { bucketsOf, dayNumber, type Window } from '../windows.ts'
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

/** The side of a window; `slice` says what is known of its time, `coverage` is the scope's of the window or more. */
export function comparedSide(slice: Omit<Slice, 'summary'>, reading: Reading, window: Window, coverage: Coverage): ComparedSide {
  const { definition, rollUp } = slice
  const clusterUnit = clusterUnitOf(window.days, rollUp, definition)
  const days = { from: dayNumber(window.fromDay), to: dayNumber(window.toDay) }
  const own: Slice = { ...slice, clusterUnit, summary: reading.summarise([days], clusterUnit) }
  const normal = withoutHolidays(window, definition)
  const isWhole = normal.length === 1 && normal[0]?.from === days.from && normal[0]?.to === days.to
  const compared = isWhole ? own : { ...own, summary: reading.summarise(normal, clusterUnit) }
  return { slice: own, compared, weeks: wholeWeeks(reading, window, coverage, definition) }
}

/** The days of a window that lie in no holiday week. */
export function withoutHolidays(window: Window, definition: Definition): Days[] {
  const after = dayNumber(window.toDay)
  const kept: Days[] = []
  for (const week of bucketsOf(window, 'week')) {
    if (workingWeek(week.start, definition).holiday) continue
    const from = Math.max(dayNumber(week.start), dayNumber(window.fromDay))
    const to = Math.min(dayNumber(week.end), after)
    const last = kept.at(-1)
    if (last?.to === from) last.to = to
    else kept.push({ from, to })
  }
  return kept
}

function wholeWeeks(reading: Reading, window: Window, coverage: Coverage, definition: Definition): Cluster[] {
  return bucketsOf(window, 'week').flatMap((week): Cluster[] => {
    const { days, holiday } = workingWeek(week.start, definition)
    const whole = week.from >= window.from && week.to <= window.to
    const span = { from: dayNumber(week.start), to: dayNumber(week.end) }
    if (!whole || holiday || coveredDays(coverage.ranges, span.from, span.to) < 7 - 1e-9) return []
    return [{ sum: reading.counted(span), weight: days }]
  })
}

/** How far the shares of two windows' starts or units of changes lie apart, in percentage points. */
function basisShift(one: Summary, other: Summary): number {
  const [before, after] = [basisShares(one), basisShares(other)]
  return 100 * Math.max(...before.map((share, i) => Math.abs(share - (after[i] as number))))
}

/** Shares of the starts, and of pull requests, among the changes in the lead time. */
function basisShares({ bases, pulls, leads: { n } }: Summary): number[] {
  return [bases.first_commit, bases.opened, bases.merge, pulls].map((count) => (n === 0 ? 0 : count / n))
}

/** Whether the windows' changes start, or are counted, by something else. */
export function basisChanged(one: Summary, other: Summary, definition: Definition): boolean {
  return basisShift(one, other) > definition.basisPoints + 1e-9
}
