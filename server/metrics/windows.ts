/** Windows and their buckets: calendar days of one reporting time zone, daylight saving honoured. */
import { DateTime, IANAZone } from 'luxon'
import { ShiplogError } from '../errors.ts'
import type { Instant } from '../facts.ts'
import type { Bucket } from './answer.ts'

const dayMs = 86_400_000
const maximumYears = 20
const maximumBuckets = 4_000
const maximumKnown = 20_000

/** Calendar days [from, to) of a time zone, and the instants at which they begin. */
export interface Window {
  from: Instant
  to: Instant
  /** First day, YYYY-MM-DD. */
  fromDay: string
  /** The day after the last. */
  toDay: string
  /** Number of calendar days. */
  days: number
  timeZone: string
}

/** A whole bucket; the window may hold only a part of it. */
export interface Span {
  /** First day, YYYY-MM-DD. */
  start: string
  /** The day after the last. */
  end: string
  from: Instant
  to: Instant
  days: number
}

/** Days whose numbers were asked for: each question names the same ones again and again. */
const numbers = new Map<string, number>()

/** Days since 1970-01-01 of a calendar day written YYYY-MM-DD; throws `invalid`. */
export function dayNumber(day: string): number {
  const asked = numbers.get(day)
  if (asked !== undefined) return asked
  const number = parseDay(day)
  if (numbers.size >= maximumKnown) numbers.clear()
  numbers.set(day, number)
  return number
}

function parseDay(day: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== day) {
    throw new ShiplogError('invalid', `"${day}" is not a calendar day. Write it as YYYY-MM-DD, such as 2026-01-31.`)
  }
  return time / dayMs
}

/** The calendar day, YYYY-MM-DD, of a number of days since 1970-01-01. */
export function dayText(number: number): string {
  return new Date(number * dayMs).toISOString().slice(0, 10)
}

/** The day so many days later (or, negative, earlier). */
export function addDays(day: string, days: number): string {
  return dayText(dayNumber(day) + days)
}

function checkZone(timeZone: string): void {
  if (!IANAZone.isValidZone(timeZone)) {
    throw new ShiplogError('invalid', `"${timeZone}" is not a time zone. Use an IANA name such as Europe/Berlin or UTC.`)
  }
}

/** Starts of days in the zone asked last: an installation has one, and every question asks for the same days again. */
let known = { timeZone: 'UTC', starts: new Map<number, Instant>() }

/** The instant at which a day begins in a zone. */
export function startOfDay(day: number, timeZone: string): Instant {
  if (timeZone === 'UTC') return day * dayMs
  if (known.timeZone !== timeZone || known.starts.size > maximumKnown) {
    checkZone(timeZone)
    known = { timeZone, starts: new Map() }
  }
  let start = known.starts.get(day)
  if (start === undefined) {
    start = findStart(day, timeZone)
    known.starts.set(day, start)
  }
  return start
}

function findStart(day: number, timeZone: string): Instant {
  const date = new Date(day * dayMs)
  return DateTime.fromObject(
    { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() },
    { zone: timeZone },
  ).toMillis()
}

/** The calendar day, YYYY-MM-DD, on which an instant falls in a zone. */
export function dayOf(at: Instant, timeZone: string): string {
  return dayText(Math.floor(dayPosition(at, timeZone)))
}

/** Days since 1970-01-01 of instants in a zone; quick where they come in order. */
export function dayFinder(timeZone: string): (at: Instant) => number {
  let known = { day: 0, from: 0, to: 0 }
  return (at) => {
    if (at < known.from || at >= known.to) {
      const day = Math.floor(dayPosition(at, timeZone))
      known = { day, from: startOfDay(day, timeZone), to: startOfDay(day + 1, timeZone) }
    }
    return known.day
  }
}

/** An instant in days since 1970-01-01 of a zone: the day's number and the part of the day that has passed (a day of 23 or 25 hours is one day). */
export function dayPosition(at: Instant, timeZone: string): number {
  if (timeZone === 'UTC') return at / dayMs
  const local = DateTime.fromMillis(at, { zone: timeZone })
  const day = Date.UTC(local.year, local.month - 1, local.day) / dayMs
  const start = startOfDay(day, timeZone)
  return day + (at - start) / (startOfDay(day + 1, timeZone) - start)
}

/** The window of days [from, to) in an IANA time zone; throws `invalid` for days, zones and ranges that make no sense. */
export function windowOf(range: { from: string; to: string; timeZone: string }): Window {
  if (range.timeZone !== known.timeZone) checkZone(range.timeZone)
  const first = dayNumber(range.from)
  const after = dayNumber(range.to)
  if (after <= first) {
    throw new ShiplogError('invalid', `The window ends (${range.to}) before it begins (${range.from}). "to" is the day after its last day.`)
  }
  if (first < 0 || range.to > '9998-01-01') {
    throw new ShiplogError('invalid', `The window ${range.from} to ${range.to} is out of range. Ask for days from 1970-01-01 on.`)
  }
  if (after - first > Math.ceil(maximumYears * 365.25)) {
    const years = Math.round((after - first) / 365.25)
    throw new ShiplogError('invalid', `The window spans ${years} years. Ask for at most ${maximumYears} years at a time.`)
  }
  return {
    from: startOfDay(first, range.timeZone),
    to: startOfDay(after, range.timeZone),
    fromDay: range.from,
    toDay: range.to,
    days: after - first,
    timeZone: range.timeZone,
  }
}

/** Whether an instant lies in one of the windows, which are days [from, to) as days since 1970-01-01. */
export function withinDays(windows: readonly { from: number; to: number }[], timeZone: string): (at: Instant) => boolean {
  const spans = windows.map(({ from, to }) => ({ from: startOfDay(from, timeZone), to: startOfDay(to, timeZone) }))
  return (at) => spans.some(({ from, to }) => at >= from && at < to)
}

/** The Monday of the week that holds a day (ISO 8601). */
export function isoWeekStart(day: number): number {
  // 1970-01-01 was a Thursday.
  return day - ((((day + 3) % 7) + 7) % 7)
}

/** The first day of the bucket that holds a day. */
function firstDay(day: number, bucket: Bucket): number {
  if (bucket === 'day') return day
  if (bucket === 'week') return isoWeekStart(day)
  const date = new Date(day * dayMs)
  const month = bucket === 'month' ? date.getUTCMonth() : date.getUTCMonth() - (date.getUTCMonth() % 3)
  return Date.UTC(date.getUTCFullYear(), month, 1) / dayMs
}

function nextFirstDay(first: number, bucket: Bucket): number {
  if (bucket === 'day') return first + 1
  if (bucket === 'week') return first + 7
  const date = new Date(first * dayMs)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + (bucket === 'month' ? 1 : 3), 1) / dayMs
}

/** The buckets asked for last: a list asks for the same ones for each of its items. */
const lately = new Map<string, Span[]>()
const mostLately = 16

/** Every bucket that the window touches, whole ones at both ends; throws `invalid` where they are too many to show. */
export function bucketsOf(window: Window, bucket: Bucket): Span[] {
  const key = `${window.fromDay} ${window.toDay} ${window.timeZone} ${bucket}`
  const known = lately.get(key) ?? makeBuckets(window, bucket)
  lately.delete(key)
  lately.set(key, known)
  if (lately.size > mostLately) lately.delete(lately.keys().next().value as string)
  return known
}

function makeBuckets(window: Window, bucket: Bucket): Span[] {
  const spans: Span[] = []
  const after = dayNumber(window.toDay)
  let first = firstDay(dayNumber(window.fromDay), bucket)
  let from = startOfDay(first, window.timeZone)
  while (first < after) {
    if (spans.length === maximumBuckets) {
      throw new ShiplogError(
        'invalid',
        `The window holds over ${maximumBuckets} buckets of a ${bucket}. Ask for a wider bucket or a shorter window.`,
      )
    }
    const next = nextFirstDay(first, bucket)
    const to = startOfDay(next, window.timeZone)
    spans.push({ start: dayText(first), end: dayText(next), from, to, days: next - first })
    first = next
    from = to
  }
  return spans
}

/** The bucket that holds an instant, -1 for none; the spans follow each other without a gap. */
export function spanIndex(spans: readonly Span[], at: Instant): number {
  let low = 0
  let high = spans.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((spans[middle] as Span).to <= at) low = middle + 1
    else high = middle
  }
  const span = spans[low]
  return span && at >= span.from ? low : -1
}

/** The window of an ISO week such as 2026-W47; throws `invalid`. */
export function isoWeekWindow(week: string, timeZone: string): Window {
  const match = /^(\d{4})-W(\d{2})$/.exec(week)
  if (!match) throw new ShiplogError('invalid', `"${week}" is not an ISO week. Write it as 2026-W47.`)
  const monday = DateTime.fromObject({ weekYear: Number(match[1]), weekNumber: Number(match[2]) }, { zone: 'utc' })
  if (!monday.isValid) {
    const weeks = DateTime.fromObject({ weekYear: Number(match[1]) }, { zone: 'utc' }).weeksInWeekYear
    throw new ShiplogError('invalid', `${match[1]} has no week ${match[2]}. Its weeks are 01 to ${weeks}.`)
  }
  const from = monday.toISODate()
  return windowOf({ from, to: addDays(from, 7), timeZone })
}

/** The ISO week, such as 2026-W47, that holds a day. */
export function isoWeekOf(day: string): string {
  const date = DateTime.fromMillis(dayNumber(day) * dayMs, { zone: 'utc' })
  return `${date.weekYear}-W${String(date.weekNumber).padStart(2, '0')}`
}
