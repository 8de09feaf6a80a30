/** How every question reaches the database: one type for both drivers, raw rows, and rows in bulk as one JSON parameter. */
import { DrizzleQueryError, type SQL, sql } from 'drizzle-orm'
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core'

/** The database or a transaction on it, whichever driver stands behind. */
export type Db = PgDatabase<PgQueryResultHKT, Record<string, never>>

const chunkSize = 5000

/** The rows of a statement; bigint columns are numbers on both drivers. Throws the driver's error without the parameters. */
export async function rows<T>(db: Db, statement: SQL): Promise<T[]> {
  try {
    const result = (await db.execute(statement)) as unknown
    return (Array.isArray(result) ? result : (result as { rows: unknown[] }).rows) as T[]
  } catch (error) {
    throw driverError(error)
  }
}

/** The driver's error without statement and parameters: drizzle's and PGlite's repeat them, and a log would hold every fact. */
export function driverError(error: unknown): unknown {
  const cause = error instanceof DrizzleQueryError && error.cause ? error.cause : error
  if (cause !== null && typeof cause === 'object') for (const key of ['query', 'params', 'queryOptions']) Reflect.deleteProperty(cause, key)
  return cause
}

/**
 * As rows, for many of them: they come as one JSON text with an array for each column, because PGlite spends more on each cell of a
 * result than on its making, and an array for each row takes four times as long. The rows keep the statement's order.
 */
export async function packedRows<T extends unknown[]>(db: Db, columns: readonly string[], statement: SQL): Promise<T[]> {
  const arrays = sql.raw(columns.map((column) => `json_agg(${column})`).join(', '))
  const [row] = await rows<{ pack: string }>(db, sql`select json_build_array(${arrays})::text as pack from (${statement}) r`)
  const unpacked = JSON.parse(row?.pack ?? '[]') as (unknown[] | null)[]
  return (unpacked[0] ?? []).map((_, index) => unpacked.map((column) => column?.[index]) as T)
}

/** `json_to_recordset(...) as t(columns)`: bulk input that is the same on both drivers. */
export function recordset(values: readonly unknown[], columns: string): SQL {
  return recordsetOf(JSON.stringify(values), columns)
}

/** The same of what is JSON already. */
export function recordsetOf(json: string, columns: string): SQL {
  return sql`json_to_recordset(${json}::text::json) as t(${sql.raw(columns)})`
}

/** A list parameter for `= any(...)`: sent as JSON, because the drivers disagree on arrays. */
export function textList(values: readonly string[]): SQL {
  return sql`(select array_agg(value) from json_array_elements_text(${JSON.stringify(values)}::text::json))::text[]`
}
export function intList(values: readonly number[]): SQL {
  return sql`(select array_agg(value::int) from json_array_elements_text(${JSON.stringify(values)}::text::json))::int[]`
}

/** Slices small enough for one statement. */
export function* chunks<T>(values: Iterable<T>, size = chunkSize): Generator<T[]> {
  let chunk: T[] = []
  for (const value of values) {
    chunk.push(value)
    if (chunk.length === size) {
      yield chunk
      chunk = []
    }
  }
  if (chunk.length > 0) yield chunk
}
