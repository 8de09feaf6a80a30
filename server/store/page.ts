/** Evidence in pages: which rows are asked for, and where a page ends. */
import { type SQL, sql } from 'drizzle-orm'
import { ShiplogError } from '../errors.ts'
import { type Instant, Tier } from '../facts.ts'
import { type Db, recordset, rows } from './database.ts'
import type { ResolvedScope } from './scope.ts'

export interface EvidenceQuestion {
  services: ResolvedScope['services']
  /** A tier's name (all its environments together) or an environment's. */
  environment: string
  /** [from, to). */
  from: Instant
  to: Instant
  /** The `next` of the page before. */
  after?: string | null
  /** All rows where absent. */
  limit?: number
}

export interface Page<T> {
  rows: T[]
  /** Asks for the page after this one; null on the last. */
  next: string | null
}

/** The part of the window in which each service belongs to the scope, as a recordset `w(service_id, start_at, end_at)`. */
export async function windows(db: Db, question: Pick<EvidenceQuestion, 'services' | 'from' | 'to'>): Promise<Window[]> {
  const ids = await serviceIds(db, question.services)
  const found: Window[] = []
  for (const { service, from, to } of question.services) {
    const id = ids.get(service)
    if (id === undefined) continue
    const start = Math.max(question.from, from ?? question.from)
    const end = Math.min(question.to, to ?? question.to)
    if (start < end) found.push({ s: id, f: start, t: end })
  }
  return found
}

export interface Window {
  /** Number of the service. */
  s: number
  f: Instant
  t: Instant
}

export function windowSet(found: Window[]): SQL {
  return recordset(found, 's int, f bigint, t bigint')
}

export async function serviceIds(db: Db, services: { service: string }[]): Promise<Map<string, number>> {
  const wanted = new Set(services.map(({ service }) => service))
  const stored = await rows<{ id: number; key: string }>(db, sql`select id, key from services`)
  return new Map(stored.filter((row) => wanted.has(row.key)).map((row) => [row.key, row.id]))
}

/** Rows of an environment, or of all environments of a tier. */
export function inEnvironment(environment: string): SQL {
  return isTier(environment) ? sql`tier = ${environment}` : sql`environment = ${environment}`
}

export function isTier(environment: string): boolean {
  return Tier.safeParse(environment).success
}

/** A page of what was read with one row more than the limit. */
export function page<Row, T>(found: Row[], limit: number | undefined, shown: (row: Row) => T, position: (row: Row) => unknown[]): Page<T> {
  const last = limit === undefined || found.length <= limit ? undefined : found[limit - 1]
  const next = last === undefined ? null : Buffer.from(JSON.stringify(position(last))).toString('base64url')
  return { rows: (last === undefined ? found : found.slice(0, limit)).map(shown), next }
}

/** What a cursor is made of: an instant (bigint), a number (int), text. */
const parts = {
  instant: (value: unknown) => typeof value === 'number' && Number.isSafeInteger(value),
  number: (value: unknown) => typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31,
  text: (value: unknown) => typeof value === 'string' && !/[\0\p{Cs}]/u.test(value),
}

/** The position that a cursor names; throws ShiplogError `invalid` where it is none of ours. */
export function positionOf(cursor: string, ...shape: (keyof typeof parts)[]): (string | number)[] {
  try {
    const position = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as unknown
    const fits = Array.isArray(position) && position.length === shape.length && shape.every((part, index) => parts[part](position[index]))
    if (fits) return position as (string | number)[]
  } catch {
    // Falls through: not a cursor.
  }
  throw new ShiplogError('invalid', 'cursor is not one that this service gave out. Take it from the page before, unchanged.')
}

export function limitTo(limit: number | undefined): SQL {
  return limit === undefined ? sql`` : sql`limit ${limit + 1}`
}
