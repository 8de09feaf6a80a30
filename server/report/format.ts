/** Numbers as people say them: durations, rates, counts, days. Pure and with no import but luxon. */
import { DateTime } from 'luxon'

const minute = 60
const hour = 3600
const day = 24 * hour

/** Seconds as `45 s`, `12 min`, `3 h 12 min`, `2.4 days` or `14 months`. */
export function duration(seconds: number): string {
  const size = Math.abs(seconds)
  if (size < 59.5) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / minute)
  if (Math.abs(minutes) < 60) return `${minutes} min`
  if (Math.abs(minutes) < 24 * 60) {
    const rest = Math.abs(minutes % 60)
    return `${Math.trunc(minutes / 60)} h${rest === 0 ? '' : ` ${rest} min`}`
  }
  if (size < 100 * day) return plural(oneDecimal(seconds / day), 'day')
  return plural(oneDecimal(seconds / (30.436875 * day)), 'month')
}

/** For narrow cells: `45 s`, `12 min`, `3.2 h`, `2.4 d`. */
export function shortDuration(seconds: number): string {
  const size = Math.abs(seconds)
  if (size < 59.5) return `${Math.round(seconds)} s`
  if (size < 59.5 * minute) return `${Math.round(seconds / minute)} min`
  return size < 23.95 * hour ? `${oneDecimal(seconds / hour)} h` : `${oneDecimal(seconds / day)} d`
}

/** At most two decimals, fewer where they say nothing: 1.56, 12.3, 240. */
export function number(value: number): string {
  const size = Math.abs(value)
  return value.toLocaleString('en-US', { maximumFractionDigits: size >= 100 ? 0 : size >= 10 ? 1 : 2 })
}

/** `8 %`, or `0.4 %` below one. */
export function percent(ratio: number): string {
  const value = ratio * 100
  return `${value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) >= 0.95 ? 0 : 1 })} %`
}

/** `1 of 12 (8 %)`. */
export function rate(count: number, n: number): string {
  return n === 0 ? '0 of 0' : `${whole(count)} of ${whole(n)} (${percent(count / n)})`
}

/** `1 change`, `1,240 changes`. */
export function count(n: number, noun: string): string {
  return plural(whole(n), noun)
}

/** `16 Nov 2026` for the calendar day 2026-11-16. */
export function dayText(isoDay: string): string {
  return DateTime.fromISO(isoDay, { zone: 'utc' }).toFormat('d LLL yyyy', { locale: 'en' })
}

/** `Mon 16 Nov 2026, 14:05` in the time zone. */
export function timeText(rfc3339: string, timeZone: string): string {
  return DateTime.fromISO(rfc3339, { zone: timeZone }).toFormat('ccc d LLL yyyy, HH:mm', { locale: 'en' })
}

function oneDecimal(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 })
}

function whole(n: number): string {
  return n.toLocaleString('en-US', { maximumFractionDigits: 0 })
}

function plural(amount: string, noun: string): string {
  if (amount === '1' || amount === '-1') return `${amount} ${noun}`
  return `${amount} ${/[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`}`
}
