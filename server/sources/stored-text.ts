/** Text of other systems as a fact may hold it. */
import type { Instant } from '../facts.ts'
import { clip } from '../git/text.ts'

/** Without NUL and half characters, which PostgreSQL cannot keep, and of at most `max` UTF-16 units. */
export function stored(text: string, max: number): string {
  return clip(text.replaceAll(/\0|\p{Cs}/gu, '\ufffd'), max)
}

/** The address where it is one that a fact may hold. */
export function storedUrl(text: string | null | undefined): string | undefined {
  if (text === null || text === undefined || text.length > 2000 || stored(text, 2000) !== text) return undefined
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? text : undefined
}

/** A full commit id in lower case; undefined where the text is none. */
export function commitId(text: string | null | undefined): string | undefined {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(text ?? '') ? text?.toLowerCase() : undefined
}

/** Facts lie between 1970 and the year 9999. */
export const latestInstant: Instant = Date.UTC(9999, 0, 1) - 1
