/** Where the collection of a PagerDuty source stands, as JSON text that the store keeps. */
import { z } from 'zod'

const Cursor = z.object({
  v: z.literal(1),
  /** How far back it is read. */
  since: z.string(),
  /** The newest time at which an incident that was read had been created; null: none was read yet. */
  top: z.string().nullable(),
  /** When the last run that came to its end began. */
  looked: z.string().nullable(),
  /** What decides which incidents count, and whose they are. */
  rules: z.string(),
  /** Ids of those that count and were not over. */
  open: z.array(z.string()),
})
export type Cursor = z.output<typeof Cursor>

/** A cursor that cannot be read is as none: everything is read anew, and repeats change nothing. */
export function readCursor(text: string | null, since: string): Cursor {
  if (text !== null) {
    try {
      return Cursor.parse(JSON.parse(text))
    } catch {
      // Falls through: one of another version.
    }
  }
  return { v: 1, since, top: null, looked: null, rules: '', open: [] }
}

export function writeCursor(cursor: Cursor): string {
  return JSON.stringify(cursor)
}

export function monthsBefore(now: Date, months: number): string {
  const at = new Date(now)
  at.setUTCMonth(at.getUTCMonth() - months)
  return at.toISOString()
}
