/** Instants on the wire. */
import type { Instant } from '../facts.ts'

/** RFC 3339 in UTC, without the fraction where there is none. */
export function timeText(at: Instant): string {
  return new Date(at).toISOString().replace('.000Z', 'Z')
}

export function timeTextOrNull(at: Instant | null): string | null {
  return at === null ? null : timeText(at)
}
