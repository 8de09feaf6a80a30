/** Makes what systems say fit for facts: text that can be stored, ids that are not too long, addresses of web pages. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Instant } from '../facts.ts'
import { clip } from '../git/text.ts'

/** Without what PostgreSQL cannot hold, and no longer than `max`. */
export function told(text: string, max: number): string {
  return clip(text.replace(/[\0\p{Cs}]/gu, '\ufffd'), max)
}

/** As `told`; undefined for a text without any letter. */
export function toldOrNone(text: string | null | undefined, max: number): string | undefined {
  const kept = told(text ?? '', max)
  return kept.trim() === '' ? undefined : kept
}

const maxIdLength = 500

/** An id; one that is too long becomes its SHA-256, so that two never become one. */
export function idText(text: string): string {
  const kept = told(text, Number.POSITIVE_INFINITY)
  return kept.length <= maxIdLength ? kept : `sha256:${createHash('sha256').update(text).digest('hex')}`
}

const WebAddress = z
  .url({ protocol: /^https?$/ })
  .max(2000)
  .regex(/^[^\p{Cc}\p{Cs}\s]*$/u)

/** An address that a browser can open, else undefined. */
export function webAddress(text: string | null | undefined): string | undefined {
  return WebAddress.safeParse(text).success ? (text ?? undefined) : undefined
}

const sha = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i

/** A whole commit id, else undefined. */
export function commitId(text: string | null | undefined): string | undefined {
  return text != null && sha.test(text) ? text.toLowerCase() : undefined
}

/** Facts lie between 1970 and the year 9999. */
export const latestInstant: Instant = Date.UTC(9999, 0, 1) - 1
