/** Orders and filters of the rows of evidence, and where a page of them ends. */
import { ShiplogError } from '../../errors.ts'

export const sorts = ['newest', 'oldest', 'longest'] as const
export type Sort = (typeof sorts)[number]

export interface RowFilter {
  /** Only rows that are in the metric, or only those that are not. */
  include?: 'included' | 'excluded'
  /** Only those excluded for it. */
  reason?: string
}

export interface Paging {
  sort: Sort
  /** The `next` of the page before. */
  after?: string
  limit: number
}

export interface Page<T> {
  rows: T[]
  /** Asks for the page after this one; null on the last. */
  next: string | null
}

/** Whether a row passes, by the reason for which it is excluded (null: it is included). */
export function passes({ include, reason }: RowFilter, found: string | null): boolean {
  if (reason !== undefined && found !== reason) return false
  return include === undefined || (include === 'included') === (found === null)
}

/** Whether a filter lets rows through that are excluded for this reason, or included (null). */
export function letsThrough(filter: RowFilter, reasons: readonly (string | null)[]): boolean {
  return reasons.some((reason) => passes(filter, reason))
}

type Part = string | number

/** A page of what was read with one row more than the limit; its cursor names the order and the last row's place in it. */
export function pageOf<Row, T>(
  found: readonly Row[],
  { limit }: Paging,
  order: string,
  position: (row: Row) => Part[],
  shown: (row: Row) => T,
): Page<T> {
  const last = found.length <= limit ? undefined : found[limit - 1]
  const next = last === undefined ? null : Buffer.from(JSON.stringify([order, ...position(last)])).toString('base64url')
  return { rows: found.slice(0, limit).map(shown), next }
}

/** What a cursor is made of: an instant or a time (bigint), a number (int), text. */
const parts = {
  instant: (value: unknown) => typeof value === 'number' && Number.isSafeInteger(value),
  number: (value: unknown) => typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31,
  text: (value: unknown) => typeof value === 'string' && !/[\0\p{Cs}]/u.test(value),
}

/** The position that a cursor names in that order; throws ShiplogError `invalid` where it is none of ours, or of another order. */
export function positionIn(order: string, cursor: string, ...shape: (keyof typeof parts)[]): Part[] {
  try {
    const [named, ...position] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown[]
    const fits = named === order && position.length === shape.length && shape.every((part, index) => parts[part](position[index]))
    if (fits) return position as Part[]
  } catch {
    // Falls through: not a cursor.
  }
  const message = 'is not one that this service gave out for such rows in this order. Take it from the page before, unchanged'
  throw new ShiplogError('invalid', `cursor ${message}.`, [{ path: 'cursor', message }])
}
