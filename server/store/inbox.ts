/** What systems sent: kept as it came until it is read, then by its key alone, so that a repeat is known. */
import { type SQL, sql } from 'drizzle-orm'
import type { Instant } from '../facts.ts'
import { type Db, intList, recordset, rows } from './database.ts'
import type { RunError } from './runs.ts'

export const deliveryStates = ['pending', 'failed', 'done'] as const
export type DeliveryState = (typeof deliveryStates)[number]

export interface ArrivingDelivery {
  source: string
  key: string
  receivedAt: Instant
  headers: Record<string, string>
  body: Uint8Array
}

/** How much of one source may wait. */
export interface InboxLimits {
  deliveries: number
  bytes: number
}

export interface PendingDelivery {
  n: number
  key: string
  receivedAt: Instant
  /** Those that failed so far. */
  attempts: number
  headers: Record<string, string>
  body: Uint8Array
}

export interface FailedAttempt {
  n: number
  /** Null: it is not tried again by itself. */
  nextAttemptAt: Instant | null
  error: RunError
}

export interface DeliveryEntry {
  n: number
  key: string
  receivedAt: Instant
  state: DeliveryState
  size: number
  attempts: number
  nextAttemptAt: Instant | null
  doneAt: Instant | null
  error: RunError | null
}

export interface InboxState {
  pending: number
  failed: number
  lastReceivedAt: Instant | null
}

const inState: Record<DeliveryState, SQL> = {
  pending: sql`done_at is null and next_attempt_at is not null`,
  failed: sql`done_at is null and next_attempt_at is null`,
  done: sql`done_at is not null`,
}

/** What is kept of deliveries that are done or failed: so long, and of each source so many and so much of either. */
const keptAtMost = { ms: 30 * 24 * 3_600_000, deliveries: 100_000, bytes: 512 * 1024 * 1024 }

/** PGlite takes 10 s for 20 MB of bytes as a parameter, and less than 1 s for the same as text. */
function fromBase64(bytes: Uint8Array): SQL {
  return sql`decode(${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')}::text, 'base64')`
}

/** Keeps the delivery; one that failed and comes again is tried anew. `full`: too much of the source waits, and it is not kept. */
export async function saveDelivery(db: Db, arriving: ArrivingDelivery, limits: InboxLimits): Promise<'kept' | 'known' | 'full'> {
  const { source, key, receivedAt, headers, body } = arriving
  const [saved] = await rows<{ n: number }>(
    db,
    sql`insert into inbox (source, key, received_at, headers, body, size, next_attempt_at)
      select ${source}::text, ${key}::text, ${receivedAt}::bigint, ${JSON.stringify(headers)}::text, ${fromBase64(body)}, ${body.byteLength}::int,
        ${receivedAt}::bigint
      from (select count(*) as deliveries, coalesce(sum(size), 0) as bytes from inbox
        where source = ${source} and ${inState.pending}) waiting
      where waiting.deliveries < ${limits.deliveries}::bigint and waiting.bytes < ${limits.bytes}::bigint
      on conflict (source, key) do update
        set received_at = excluded.received_at, headers = excluded.headers, body = excluded.body, size = excluded.size, attempts = 0,
          next_attempt_at = excluded.next_attempt_at, error = null
        where inbox.done_at is null and inbox.next_attempt_at is null
      returning n`,
  )
  if (saved) return 'kept'
  const [known] = await rows(db, sql`select n from inbox where source = ${source} and key = ${key} and not (${inState.failed})`)
  return known ? 'known' : 'full'
}

/**
 * Due deliveries of a source, oldest first, of those that failed least often: so none that fails stands before one that is new.
 * So many for each number of failures, and no more than the bytes once there is one.
 */
export async function takeDeliveries(
  db: Db,
  question: { source: string; now: Instant; count: (attempts: number) => number; bytes: number },
): Promise<PendingDelivery[]> {
  const due = sql`source = ${question.source} and done_at is null and next_attempt_at <= ${question.now}`
  const [least] = await rows<{ attempts: number | null }>(db, sql`select min(attempts)::int as attempts from inbox where ${due}`)
  const attempts = least?.attempts ?? null
  if (attempts === null) return []
  const taken = await rows<{ n: number; key: string; receivedAt: Instant; headers: string; body: string | null }>(
    db,
    sql`select i.n, i.key, i.received_at as "receivedAt", i.headers, encode(i.body, 'base64') as body from inbox i join (
        select n, sum(size) over (order by n) - size as bytes_before from (
          select n, size from inbox where ${due} and attempts = ${attempts} order by n limit ${question.count(attempts)}
        ) due
      ) taken on taken.n = i.n where taken.bytes_before < ${question.bytes} order by i.n`,
  )
  return taken.map(({ n, key, receivedAt, headers, body }) => ({
    n,
    key,
    receivedAt,
    attempts,
    headers: JSON.parse(headers) as Record<string, string>,
    body: Buffer.from(body ?? '', 'base64'),
  }))
}

export async function finishDeliveries(db: Db, numbers: number[], at: Instant): Promise<void> {
  await rows(
    db,
    sql`update inbox set done_at = ${at}, next_attempt_at = null, body = null, error = null
      where n = any(${intList(numbers)}) and done_at is null`,
  )
}

export async function failDeliveries(db: Db, failed: FailedAttempt[]): Promise<void> {
  const values = failed.map(({ n, nextAttemptAt, error }) => ({ n, next: nextAttemptAt, error: JSON.stringify(error) }))
  await rows(
    db,
    sql`update inbox set attempts = attempts + 1, next_attempt_at = t.next, error = t.error
      from ${recordset(values, 'n int, next bigint, error text')} where inbox.n = t.n and done_at is null`,
  )
}

/** Puts failed deliveries back among the pending; answers how many. */
export async function retryDeliveries(db: Db, source: string, now: Instant): Promise<number> {
  const retried = await rows(
    db,
    sql`update inbox set attempts = 0, next_attempt_at = ${now}
      where source = ${source} and ${inState.failed} returning n`,
  )
  return retried.length
}

/** When the next pending delivery of the source is due; null: none is pending. */
export async function readNextAttempt(db: Db, source: string): Promise<Instant | null> {
  const [row] = await rows<{ at: Instant | null }>(
    db,
    sql`select min(next_attempt_at) as at from inbox where source = ${source} and done_at is null`,
  )
  return row?.at ?? null
}

/** Of each of the sources, whether it ever got a delivery or not. */
export async function readInboxStates(db: Db, sources: string[]): Promise<Map<string, InboxState>> {
  const read = await rows<InboxState & { id: string }>(
    db,
    sql`select t.id, open.pending, open.failed,
        (select received_at from inbox where source = t.id order by n desc limit 1) as "lastReceivedAt"
      from ${recordset(
        sources.map((id) => ({ id })),
        'id text',
      )}
      cross join lateral (
        select count(next_attempt_at)::int as pending, (count(*) - count(next_attempt_at))::int as failed
        from inbox where source = t.id and done_at is null
      ) open`,
  )
  return new Map(read.map(({ id, ...state }) => [id, state]))
}

/** Newest first, without headers and bodies. */
export async function readDeliveries(db: Db, question: { source: string; state?: DeliveryState; limit: number }): Promise<DeliveryEntry[]> {
  const read = await rows<Omit<DeliveryEntry, 'error' | 'state'> & { error: string | null }>(
    db,
    sql`select n, key, received_at as "receivedAt", size, attempts, next_attempt_at as "nextAttemptAt", done_at as "doneAt", error from inbox
      where source = ${question.source} ${question.state === undefined ? sql`` : sql`and ${inState[question.state]}`}
      order by n desc limit ${question.limit}`,
  )
  return read.map((row) => ({ ...row, state: stateOf(row), error: row.error === null ? null : (JSON.parse(row.error) as RunError) }))
}

/** Those that wait or failed, newest first, with headers and bodies, up to so many bytes of these. */
export async function readKept(
  db: Db,
  question: { source: string; limit: number; bytes: number },
): Promise<Pick<PendingDelivery, 'key' | 'receivedAt' | 'headers' | 'body'>[]> {
  const read = await rows<{ key: string; receivedAt: Instant; headers: string; body: string | null }>(
    db,
    sql`select key, received_at as "receivedAt", headers, encode(body, 'base64') as body from (
        select n, key, received_at, headers, body, sum(size) over (order by n desc) as bytes from (
          select * from inbox where source = ${question.source} and done_at is null order by n desc limit ${question.limit}
        ) newest
      ) kept where bytes <= ${question.bytes} order by n desc`,
  )
  return read.map(({ body, headers, ...one }) => ({ ...one, headers: JSON.parse(headers), body: Buffer.from(body ?? '', 'base64') }))
}

function stateOf({ doneAt, nextAttemptAt }: Pick<DeliveryEntry, 'doneAt' | 'nextAttemptAt'>): DeliveryState {
  if (doneAt !== null) return 'done'
  return nextAttemptAt === null ? 'failed' : 'pending'
}

/** Forgets what is too old or too much; nothing that still waits is too much. */
export async function pruneDeliveries(db: Db, now: Instant, kept = keptAtMost): Promise<void> {
  await rows(
    db,
    sql`delete from inbox where received_at < ${now - kept.ms} or n in (
      select n from (
        select n, row_number() over newer as position, sum(case when done_at is null then size else 0 end) over newer as bytes
        from inbox where next_attempt_at is null
        window newer as (partition by source, done_at is null order by n desc)
      ) ended where position > ${kept.deliveries} or bytes > ${kept.bytes}
    )`,
  )
}
