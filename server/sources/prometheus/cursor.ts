/** Where the reading of past alerts goes on. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Instant } from '../../facts.ts'
import type { Firing } from './episodes.ts'
import type { PrometheusOptions } from './options.ts'

const Saved = z.object({
  version: z.literal(1),
  /** Of the rule that says which alerts count. */
  rule: z.string(),
  /** The last step that was read, in milliseconds. */
  to: z.int(),
  /** Until then alerts were counted by another rule: those that no longer count are withdrawn. */
  recountTo: z.int(),
  firing: z.record(z.string(), z.int()),
})

export interface Cursor {
  to: Instant
  recountTo: Instant
  firing: Firing
  isRuleNew: boolean
}

/** Null: from the beginning, as with a cursor that this version does not know. */
export function parseCursor(text: string | null, options: PrometheusOptions): Cursor | null {
  try {
    const { rule, to, recountTo, firing } = Saved.parse(JSON.parse(text ?? ''))
    return { to, recountTo, firing, isRuleNew: rule !== ruleText(options) }
  } catch {
    return null
  }
}

export function cursorText(options: PrometheusOptions, { to, recountTo, firing }: Omit<Cursor, 'isRuleNew'>): string {
  return JSON.stringify({ version: 1, rule: ruleText(options), to, recountTo, firing } satisfies z.input<typeof Saved>)
}

/** What an incident is, and of which service and severity, follows from these. */
function ruleText({ alerts, except, service, severity, externalLabels }: PrometheusOptions): string {
  return createHash('sha256')
    .update(JSON.stringify([alerts, except, service, severity, externalLabels]))
    .digest('hex')
    .slice(0, 16)
}
