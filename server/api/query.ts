/** The parameters that the questions share: scope, window, environment, bucket. */
import { z } from '@hono/zod-openapi'
import { DateTime } from 'luxon'
import { ShiplogError } from '../errors.ts'
import { buckets } from '../metrics/answer.ts'

/** Text of a request line: without NUL, which PostgreSQL cannot hold. */
export function word(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .refine((value) => !value.includes('\0'), 'must not contain a NUL character')
}

export const Day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a day such as 2026-01-31')
  .refine((text) => DateTime.fromISO(text, { zone: 'utc' }).isValid, 'is not a day of the calendar')
  .refine((text) => text >= '1970-01-01' && text < '9000-01-01', 'must lie between 1970 and 9000')
  .openapi({ format: 'date', example: '2026-01-01' })

export const Scope = word(300)
  .regex(/^(?:service:.+|team:.+|org)$/s, 'must be service:ID, team:ID or org')
  .openapi({ description: '`service:ID`, `team:ID` or `org`.', example: 'service:checkout' })

export const windowShape = {
  from: Day.optional().openapi({ description: 'First day. Default: the Monday twelve whole weeks before the current week.' }),
  to: Day.optional().openapi({ description: 'The day after the last. Default: tomorrow, so that today is in.', example: '2026-04-01' }),
}
export const environmentShape = {
  environment: word(200)
    .default('production')
    .openapi({ description: "A tier (all its environments together) or one environment's name.", example: 'production' }),
}
export const BucketName = z.enum(buckets).default('week').openapi({ description: 'Length of the entries of `series`.' })

export interface Window {
  from: string
  to: string
}

/** The asked window, or the last twelve whole weeks and the current one. */
export function windowFrom(asked: { from?: string; to?: string }, now: Date, timeZone: string): Window {
  const today = DateTime.fromJSDate(now, { zone: timeZone }).startOf('day')
  const to = asked.to ?? dayText(today.plus({ days: 1 }))
  const from = asked.from ?? dayText(lastDay(to, today).startOf('week').minus({ weeks: 12 }))
  if (from >= to)
    throw new ShiplogError('invalid', `from: ${from} must be earlier than to (${to}), which is the day after the last`, [
      { path: 'from', message: 'must be earlier than to' },
    ])
  return { from, to }
}

/** The day whose week is the current one: today, or the last day of a window that ends before. */
function lastDay(to: string, today: DateTime): DateTime {
  const last = DateTime.fromISO(to, { zone: today.zone }).minus({ days: 1 })
  return last < today ? last : today
}

function dayText(at: DateTime): string {
  return at.toFormat('yyyy-MM-dd')
}
