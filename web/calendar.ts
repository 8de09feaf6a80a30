/** Calendar days as text (2026-11-23), in the installation's time zone; windows are [from, to). */

const dayMs = 86_400_000

export interface Period {
  from: string
  to: string
}

export function isDay(text: unknown): text is string {
  return (
    typeof text === 'string' &&
    /^\d{4}-\d{2}-\d{2}$/.test(text) &&
    !Number.isNaN(Date.parse(text)) &&
    dayOf(Date.parse(text), 'UTC') === text
  )
}

/** The calendar day of an instant. */
export function dayOf(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(at)
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10)
}

export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / dayMs)
}

/** The Monday of the day's ISO week. */
export function mondayOf(day: string): string {
  const weekday = (new Date(day).getUTCDay() + 6) % 7
  return addDays(day, -weekday)
}

function firstOfMonth(day: string, monthsBack: number): string {
  const date = new Date(day)
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - monthsBack, 1)).toISOString().slice(0, 10)
}

export interface Preset {
  id: string
  label: string
  bucket: 'day' | 'week' | 'month' | 'quarter'
  period(today: string): Period
}

/** Windows of whole weeks or months and the current one, so that only the last bucket is partial. */
export const presets: Preset[] = [
  { id: '4w', label: 'Last 4 weeks', bucket: 'day', period: (today) => ({ from: addDays(mondayOf(today), -28), to: addDays(today, 1) }) },
  {
    id: '12w',
    label: 'Last 12 weeks',
    bucket: 'week',
    period: (today) => ({ from: addDays(mondayOf(today), -84), to: addDays(today, 1) }),
  },
  {
    id: '26w',
    label: 'Last 26 weeks',
    bucket: 'week',
    period: (today) => ({ from: addDays(mondayOf(today), -182), to: addDays(today, 1) }),
  },
  { id: '12m', label: 'Last 12 months', bucket: 'month', period: (today) => ({ from: firstOfMonth(today, 12), to: addDays(today, 1) }) },
  { id: '24m', label: 'Last 24 months', bucket: 'quarter', period: (today) => ({ from: firstOfMonth(today, 24), to: addDays(today, 1) }) },
]

const standard = presets[1] as Preset

/** The last 12 whole ISO weeks and the current one: what the API takes where no window is asked. */
export function lastTwelveWeeks(today: string): Period {
  return standard.period(today)
}

/** The ISO week of a day: `2026-W48`. */
export function isoWeekOf(day: string): string {
  const thursday = addDays(mondayOf(day), 3)
  const year = thursday.slice(0, 4)
  const week = Math.floor(daysBetween(`${year}-01-01`, thursday) / 7) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}

/** The Monday of an ISO week; null where there is no such week. */
export function mondayOfWeek(week: string): string | null {
  const match = /^(\d{4})-W(\d{2})$/.exec(week)
  if (!match) return null
  const monday = addDays(mondayOf(`${match[1]}-01-04`), (Number(match[2]) - 1) * 7)
  return isoWeekOf(monday) === week ? monday : null
}

/** The last day of a window, for people: windows themselves end before `to`. */
export function lastDay(to: string): string {
  return addDays(to, -1)
}
