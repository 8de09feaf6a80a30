/** Where the collection of a cluster stands, as JSON text that the store keeps. */
import { z } from 'zod'
import { Followed } from './follow.ts'

const Cursor = z.object({
  v: z.literal(1),
  /** What was asked for when it was made. */
  scope: z.string(),
  /** By the path of a list: the resource version up to which it is known. */
  versions: z.record(z.string(), z.string()),
  /** By uid. */
  workloads: z.record(z.string(), Followed),
  /** When the first list was read, in epoch milliseconds. */
  since: z.number().nullable(),
})
export type Cursor = z.output<typeof Cursor>

/** A cursor that cannot be read is as none: the cluster is listed anew, and repeats change nothing. */
export function readCursor(text: string | null): Cursor {
  if (text !== null) {
    try {
      return Cursor.parse(JSON.parse(text))
    } catch {
      // Falls through: one of another version.
    }
  }
  return { v: 1, scope: '', versions: {}, workloads: {}, since: null }
}

export function writeCursor(cursor: Cursor): string {
  return JSON.stringify(cursor)
}
