/** Opens the store on a PostgreSQL server. */
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { ShiplogError } from '../errors.ts'
import type { Db } from './database.ts'
import { ensureSalt } from './meta.ts'
import { migrationsFolder, runTransaction, type Store, withLocalLock } from './store.ts'

const oldestServer = 140_000
const lockClass = 0x5109
const statementTimeoutMs = 300_000

const options = {
  max: 8,
  connect_timeout: 10,
  idle_timeout: 60,
  onnotice() {},
  /** int8 as a number: instants and counts stay far below 2^53. */
  types: { bigint: { to: 20, from: [20], serialize: (value: number) => String(value), parse: (value: string) => Number(value) } },
  connection: { application_name: 'shiplog', statement_timeout: statementTimeoutMs },
} satisfies postgres.Options<Record<string, postgres.PostgresType>>

/** Connects, checks the version and migrates; throws ShiplogError `unavailable` that never shows the password. */
export async function openPostgres(databaseUrl: string): Promise<Store> {
  const place = describe(databaseUrl)
  await prepare(databaseUrl, place)
  const client = preparing(postgres(databaseUrl, options))
  // A connection of its own: its advisory locks end with this process, and work never waits for it.
  const locks = postgres(databaseUrl, { ...options, max: 1, idle_timeout: 0, max_lifetime: null })
  const db = drizzle({ client, casing: 'snake_case' }) as unknown as Db
  const running = new Set<string>()
  let closing: Promise<unknown> | null = null
  return {
    kind: 'postgres',
    db,
    async transaction(work) {
      try {
        return await unlessLost(db, work)
      } catch (error) {
        throw connectionFault(error, place) ?? error
      }
    },
    withSourceLock: (sourceId, work) => withLocalLock(running, sourceId, () => withServerLock(locks, sourceId, work)),
    async announce() {},
    async close() {
      closing ??= Promise.all([client.end({ timeout: 5 }), locks.end({ timeout: 5 })])
      await closing
    },
  }
}

/**
 * Transactions write with the same few statements again and again: the server parses and plans each once for a connection, and each is one
 * way there and back instead of two. Questions outside of them are planned for their own values.
 */
function preparing(client: postgres.Sql): postgres.Sql {
  const begin = client.begin.bind(client) as (work: (tx: postgres.TransactionSql) => unknown) => Promise<unknown>
  const prepared = (work: (tx: postgres.TransactionSql) => unknown) =>
    begin((tx) => {
      const unsafe = tx.unsafe.bind(tx) as typeof tx.unsafe
      tx.unsafe = ((query, parameters, settings) => unsafe(query, parameters, { ...settings, prepare: true })) as typeof tx.unsafe
      return work(tx)
    })
  return Object.assign(client, { begin: prepared })
}

/** Of a connection that is gone, or is about to be: the server ends it after these answers. */
const lost = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'ECONNRESET',
  'EPIPE',
  '57P01',
  '57P02',
  '25P03',
  '25P04',
])

/**
 * As runTransaction. The driver rejects a transaction as soon as its connection is gone, but lets its work go on: it would roll back on a
 * connection that is none, which ends the process, or ask on a new one, outside of any transaction. So what a lost transaction still asks is
 * refused here, and the work never comes back to the driver.
 */
async function unlessLost<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  let isOver = false
  try {
    return await runTransaction(db, async (tx) => {
      const ask = tx.execute.bind(tx)
      tx.execute = ((statement: Parameters<typeof ask>[0]) =>
        isOver
          ? Promise.reject(Object.assign(new Error('the transaction was lost'), { code: 'CONNECTION_CLOSED' }))
          : ask(statement)) as typeof tx.execute
      try {
        const done = await work(tx)
        return isOver ? await new Promise<never>(() => {}) : done
      } catch (error) {
        if (isOver || lost.has(String((error as { code?: unknown } | null)?.code))) return await new Promise<never>(() => {})
        throw error
      }
    })
  } finally {
    isOver = true
  }
}

async function withServerLock<T>(locks: postgres.Sql, name: string, work: () => Promise<T>): Promise<T | null> {
  const [row] = await locks`select pg_try_advisory_lock(${lockClass}::int, hashtext(${name})) as held`
  if (!row?.held) return null
  try {
    return await work()
  } finally {
    // A lost connection has released the lock already.
    await locks`select pg_advisory_unlock(${lockClass}::int, hashtext(${name}))`.catch(() => {})
  }
}

/** Version and schema, on one connection that keeps other starting processes out. */
async function prepare(databaseUrl: string, place: string): Promise<void> {
  const client = postgres(databaseUrl, { ...options, max: 1 })
  try {
    const [version] = await client`select current_setting('server_version_num')::int as number, current_setting('server_version') as text`
    if (version?.number < oldestServer) {
      throw new ShiplogError('unavailable', `${place} runs PostgreSQL ${version?.text}; Shiplog needs version 14 or newer.`)
    }
    await client`select pg_advisory_lock(${lockClass}::int, 0)`
    const db = drizzle({ client, casing: 'snake_case' })
    await migrate(db, { migrationsFolder })
    await ensureSalt(db as unknown as Db)
    await client`select pg_advisory_unlock(${lockClass}::int, 0)`
  } catch (error) {
    throw connectionFault(error, place) ?? error
  } finally {
    await client.end({ timeout: 5 })
  }
}

/** Host, port and database of the URL, never its user or password. */
function describe(databaseUrl: string): string {
  try {
    const url = new URL(databaseUrl)
    if (!/^postgres(?:ql)?:$/.test(url.protocol)) throw new TypeError('protocol')
    return `PostgreSQL at ${url.host || 'localhost'}${url.pathname}`
  } catch {
    throw new ShiplogError('unavailable', 'DATABASE_URL is no PostgreSQL URL. Write it as postgres://user:password@host:5432/database.')
  }
}

const mends: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there. Start the server, or correct host and port in DATABASE_URL',
  ENOTFOUND: 'the host is unknown. Correct it in DATABASE_URL',
  EAI_AGAIN: 'the host name cannot be resolved now. Check the network, or correct DATABASE_URL',
  ETIMEDOUT: 'it does not answer. Check the network and the firewall, or correct DATABASE_URL',
  EHOSTUNREACH: 'the host cannot be reached. Check the network, or correct DATABASE_URL',
  ECONNRESET: 'the connection broke. Check that the server runs, then try again',
  EPIPE: 'the connection broke. Check that the server runs, then try again',
  CONNECT_TIMEOUT: 'it does not answer. Check the network and the firewall, or correct DATABASE_URL',
  CONNECTION_CLOSED: 'the connection broke. Check that the server runs, then try again',
  CONNECTION_ENDED: 'the connection has ended. Start again',
  CONNECTION_DESTROYED: 'the connection has ended. Start again',
  '57P01': 'the server is shutting down. Start it, then try again',
  '57P03': 'the server is starting. Try again in a moment',
  '53300': 'the server has no connection left. Raise max_connections, or end other clients',
  '28P01': 'user or password is wrong. Correct them in DATABASE_URL',
  '28000': 'the server does not let this user in. Check pg_hba.conf and the user in DATABASE_URL',
  '3D000': 'the database does not exist. Create it with createdb, or correct its name in DATABASE_URL',
  '42501': 'the user lacks rights. Grant it create on the database and on its schema public',
}

/** The error as one that says what to do, or null where it is no matter of the connection. */
function connectionFault(error: unknown, place: string): ShiplogError | null {
  const code = (error as { code?: unknown } | null)?.code
  const mend = typeof code === 'string' ? mends[code] : undefined
  return mend === undefined ? null : new ShiplogError('unavailable', `${place}: ${mend}.`, null, { cause: error })
}
