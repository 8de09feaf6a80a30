/** Reads the times of objects. */
import type { Instant } from '../../facts.ts'

/** Null for what is no time, or none that a fact can hold. */
export function instant(text: string | null | undefined): Instant | null {
  const at = Date.parse(text ?? '')
  return Number.isNaN(at) || at < 0 || at >= Date.UTC(9999, 0, 1) ? null : at
}
