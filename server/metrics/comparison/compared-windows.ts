/** Which days are compared with which (definition `dora@1`, section 6). */
import type { Instant } from '../../facts.ts'
import type { Bucket } from '../answer.ts'
import { addDays, dayNumber, dayOf, dayText, type Window } from '../windows.ts'

interface Days {
  from: string
  to: string
}

export interface ComparedWindows {
  current: Days
  before: Days
  /** The window before in words: `the 12 weeks before`. */
  name: string
}

type Unit = 'week' | 'month'

/** No window is longer, in days, and none begins before 1970. */
const longest = 7305

/** The first day that the comparison of a window may need, whatever the present; the window's own where nothing lies before it. */
export function earliestCompared({ from, to }: Days): string {
  const starts = [addDays(from, dayNumber(from) - dayNumber(to))]
  for (const unit of ['week', 'month'] as const) if (begins(from, unit)) starts.push(moved(from, -unitsUpTo(from, to, unit), unit))
  return dayText(Math.max(0, dayNumber(from) - longest, Math.min(...starts.map(dayNumber))))
}

/**
 * Whole weeks are compared with the weeks before, months with months, other windows with as many days. A window that holds the present ends with
 * the last complete day. One of whole weeks or months up to today is compared by those that are complete; where the present cuts the asked
 * weeks or months themselves, as many days of those before. Null where no day is complete. `present` is the end of coverage.
 */
export function comparedWindows(window: Window, present: Instant | null, bucket: Bucket): ComparedWindows | null {
  if (present === null) return null
  const [from, to] = [window.fromDay, window.toDay]
  const end = present >= window.to ? to : earlierOf(to, dayOf(present, window.timeZone))
  if (end <= from) return null
  const units: Unit[] = bucket === 'month' || bucket === 'quarter' ? ['month', 'week'] : ['week', 'month']
  const cut = present < window.to
  const unit = units.find((each) => begins(from, each) && begins(to, each)) ?? (cut ? units.find((each) => begins(from, each)) : undefined)
  if (unit === undefined) return byDays(from, end)
  const whole = wholeUnits(from, end, unit)
  const open = !begins(to, unit)
  if (whole > 0 && (open || moved(from, whole, unit) === to)) {
    const current = { from, to: moved(from, whole, unit) }
    return { current, before: { from: moved(from, -whole, unit), to: from }, name: `the ${amount(whole, unit)} before` }
  }
  const asked = unitsUpTo(from, to, unit)
  const first = moved(from, -asked, unit)
  const days = dayNumber(end) - dayNumber(from)
  const name = `the same ${amount(days, 'day')} of the ${amount(asked, unit)} before`
  return { current: { from, to: end }, before: { from: first, to: earlierOf(addDays(first, days), from) }, name }
}

function byDays(from: string, end: string): ComparedWindows {
  const days = dayNumber(end) - dayNumber(from)
  return { current: { from, to: end }, before: { from: addDays(from, -days), to: from }, name: `the ${amount(days, 'day')} before` }
}

/** `week`, `12 weeks`. */
function amount(n: number, unit: string): string {
  return n === 1 ? unit : `${n} ${unit}s`
}

function earlierOf(one: string, other: string): string {
  return one < other ? one : other
}

/** Whether a week (Monday) or month begins on the day. */
function begins(day: string, unit: Unit): boolean {
  return unit === 'month' ? day.endsWith('-01') : new Date(day).getUTCDay() === 1
}

/** The first day so many weeks or months later. */
function moved(day: string, by: number, unit: Unit): string {
  if (unit === 'week') return addDays(day, 7 * by)
  const date = new Date(day)
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + by, 1)).toISOString().slice(0, 10)
}

/** Weeks or months that lie wholly in [from, end). */
function wholeUnits(from: string, end: string, unit: Unit): number {
  const touched = unitsUpTo(from, end, unit)
  return moved(from, touched, unit) === end ? touched : touched - 1
}

/** Weeks or months that [from, to) touches. */
function unitsUpTo(from: string, to: string, unit: Unit): number {
  if (unit === 'week') return Math.ceil((dayNumber(to) - dayNumber(from)) / 7)
  const [first, last] = [new Date(from), new Date(addDays(to, -1))]
  return 12 * (last.getUTCFullYear() - first.getUTCFullYear()) + last.getUTCMonth() - first.getUTCMonth() + 1
}
