/** Dates of commits and tags, which anybody can write as they like. */
import type { Instant } from '../facts.ts'

/** The years that RFC 3339 can write, with room for an offset. */
const earliest = Date.parse('0001-01-01T00:00:00Z')
const latest = Date.UTC(9998, 0, 1)

/** Seconds since the epoch as an instant, kept within the years 1 to 9998. */
export function instantOf(seconds: number): Instant {
  return Math.min(latest, Math.max(earliest, seconds * 1000))
}

/** Whether a date was beyond what is kept. */
export function isClamped(at: Instant): boolean {
  return at === earliest || at === latest
}

/** The date of an `author`, `committer` or `tagger` line of an object, also before 1970; null where there is none. */
export function dateOf(header: string, field: 'author' | 'committer' | 'tagger'): Instant | null {
  const line = new RegExp(`^${field} (.*)$`, 'm').exec(header)?.[1]
  if (line === undefined) return null
  const digits = /^\s*(-?\d{1,30})(?:\s|$)/.exec(line.slice(line.lastIndexOf('>') + 1))?.[1]
  return digits === undefined ? null : instantOf(Number(digits))
}
