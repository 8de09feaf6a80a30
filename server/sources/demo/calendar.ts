/** The working calendar of the demo's organisation: weekends, public holidays, a freeze at Christmas, summer. */
import { DateTime } from 'luxon'
import type { Instant } from '../../facts.ts'

export const demoTimeZone = 'Europe/Berlin'

const minute = 60_000
const workdayMinutes = 8.5 * 60
const daysBefore = 21
const daysAfter = 75

export interface Day {
  /** Calendar day, `2026-11-23`. */
  day: string
  start: Instant
  end: Instant
  weekday: number
  /** Whole weeks since the demo's first Monday. */
  week: number
  working: boolean
  /** Only remedies are deployed. */
  frozen: boolean
  /** How much work is done, 1 on an ordinary working day. */
  load: number
}

export interface Calendar {
  /** From the first Monday to the last day asked for. */
  days: Day[]
  /** The instant after so many working minutes; Infinity where it lies beyond the calendar. */
  afterWork(at: Instant, minutes: number): Instant
  /** The first moment from `at` at which a planned deployment may go out. */
  deployWindow(at: Instant, friday: boolean): Instant
  /** Undefined beyond the last day. */
  dayOf(at: Instant): Day | undefined
  /** The first Monday plus so many weeks. */
  weekStart(week: number): Instant
}

/** Easter Sunday by the anonymous Gregorian algorithm. */
export function easter(year: number): DateTime {
  const a = year % 19
  const b = Math.floor(year / 100)
  const c = year % 100
  const d = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7
  const f = d + e - 7 * Math.floor((a + 11 * d + 22 * e) / 451) + 114
  return DateTime.utc(year, Math.floor(f / 31), (f % 31) + 1)
}

function holidaysOf(year: number): string[] {
  const sunday = easter(year)
  const movable = [-2, 1, 39, 50].map((days) => sunday.plus({ days }).toISODate() as string)
  return [...movable, ...['01-01', '05-01', '10-03', '12-25', '12-26'].map((day) => `${year}-${day}`)]
}

function loadOf(monthDay: string): number {
  if (monthDay >= '12-24' || monthDay <= '01-02') return 0.15
  if (monthDay >= '12-18') return 0.5
  return monthDay >= '07-20' && monthDay <= '08-22' ? 0.7 : 1
}

/** The Monday, in the demo's time zone, that lies `weeks` weeks before the week of a day. */
export function firstMonday(day: string, weeks: number): string {
  return DateTime.fromISO(day, { zone: demoTimeZone }).startOf('week').minus({ weeks }).toISODate() as string
}

/** Position of the first item that passes, in a list where all after it pass too; the length where none does. */
function firstWhere<T>(items: T[], passes: (item: T) => boolean): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (passes(items[middle] as T)) high = middle
    else low = middle + 1
  }
  return low
}

/** Calendar days from the first Monday to the day of `until`; both ends included. */
export function calendarOf(monday: string, until: Instant): Calendar {
  const first = DateTime.fromISO(monday, { zone: demoTimeZone })
  const holidays = new Set<string>()
  for (let year = first.year - 1; year <= DateTime.fromMillis(until).year + 1; year++) {
    for (const day of holidaysOf(year)) holidays.add(day)
  }
  const days: Day[] = []
  const mornings: Instant[] = []
  const deployDays: { open: Instant; close: Instant; fridayClose: Instant }[] = []
  for (let index = -daysBefore; ; index++) {
    const date = first.plus({ days: index })
    if (date.toMillis() > until + daysAfter * 24 * 60 * minute) break
    const day = date.toISODate() as string
    const working = date.weekday <= 5 && !holidays.has(day)
    const monthDay = day.slice(5)
    const frozen = monthDay >= '12-18' || monthDay <= '01-02'
    const at = (hour: number, minutes = 0) => date.set({ hour, minute: minutes }).toMillis()
    if (working) mornings.push(at(9))
    if (working && !frozen) deployDays.push({ open: at(9, 10), close: at(17), fridayClose: date.weekday === 5 ? at(14) : at(17) })
    if (index < 0 || date.toMillis() > until) continue
    const start = date.toMillis()
    const load = working ? loadOf(monthDay) : 0.05
    days.push({
      day,
      start,
      end: date.plus({ days: 1 }).toMillis(),
      weekday: date.weekday,
      week: Math.floor(index / 7),
      working,
      frozen,
      load,
    })
  }

  const lastMorning = (at: Instant) => firstWhere(mornings, (morning) => morning > at) - 1
  return {
    days,
    afterWork(at, minutes) {
      const index = lastMorning(at)
      const worked = index < 0 ? 0 : Math.min((at - (mornings[index] as number)) / minute, workdayMinutes)
      const position = worked + minutes
      const morning = mornings[Math.max(index, 0) + Math.floor(position / workdayMinutes)]
      if (morning === undefined) return Number.POSITIVE_INFINITY
      return morning + Math.floor((position % workdayMinutes) * 60) * 1000
    },
    deployWindow(at, friday) {
      const window = deployDays[firstWhere(deployDays, ({ close, fridayClose }) => at < (friday ? close : fridayClose))]
      return window === undefined ? Number.POSITIVE_INFINITY : Math.max(at, window.open)
    },
    dayOf: (at) => days[firstWhere(days, (day) => at < day.end)],
    weekStart: (week) => first.plus({ weeks: week }).toMillis(),
  }
}
