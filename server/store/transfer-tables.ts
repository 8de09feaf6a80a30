/** What an export holds, table by table: all that cannot be derived again, with names instead of the database's own numbers. */
import { getTableColumns, getTableName, sql } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import { z } from 'zod'
import { type Db, recordset, rows } from './database.ts'
import { commits, factNames, facts, identities, reports, repositories, runs, services, sources, verdicts } from './schema.ts'

interface Transfer {
  table: PgTable
  /** Columns that make its order the same in every database. */
  order: string[]
  /** Columns that a database numbers or derives by itself. */
  omit?: string[]
  /** Columns that exports of earlier versions lack, with what holds for them. */
  added?: Record<string, unknown>
}

/** In the order in which they can be written again: what others name comes first. */
const transfers: Record<string, Transfer> = {
  repository: { table: repositories, order: ['key'], omit: ['id'], added: { listings: 0 } },
  commit: { table: commits, order: ['repositoryId', 'n'], added: { paths: null } },
  service: { table: services, order: ['key'], omit: Object.keys(getTableColumns(services)).filter((name) => name !== 'key') },
  fact: { table: facts, order: ['kind', 'source', 'id'], added: { sent: null } },
  factName: { table: factNames, order: ['name', 'kind', 'source', 'id'] },
  identity: { table: identities, order: ['source', 'name'] },
  verdict: { table: verdicts, order: ['n'], omit: ['n'] },
  source: { table: sources, order: ['id'], added: { paused: false } },
  run: { table: runs, order: ['id'], omit: ['id'] },
  report: { table: reports, order: ['id', 'revision'] },
}

/** Columns that number a row of another table: an export has that row's key in their place. */
const references: Record<string, string> = { serviceId: 'services', repositoryId: 'repositories' }

/** Columns that came later: missing in older exports, and false there. */
const later = new Set(['paused'])

const pageSize = 2000

/** The kinds of lines, in the order of an export. */
export const lineKinds = Object.keys(transfers)

/** Kinds that an opened database may hold before anything came in. */
export const configuredKinds = ['service']

/** Shows the transaction one moment of the database, whatever others write; must be its first statement. */
export async function standStill(tx: Db): Promise<void> {
  await rows(tx, sql`set transaction isolation level repeatable read, read only`)
}

export async function countRows(db: Db, kind: string): Promise<number> {
  const [row] = await rows<{ count: number }>(db, sql`select count(*)::int as count from ${transferOf(kind).table}`)
  return row?.count ?? 0
}

/** Pages of JSON text, one row each: `{"commit":{...}}`. Needs a transaction. */
export async function* readPages(tx: Db, kind: string): AsyncGenerator<string[]> {
  const transfer = transferOf(kind)
  const columns = fieldsOf(transfer).map((field) => `${field.read} as "${field.name}"`)
  const order = transfer.order.map((key) => orderBy(transfer, key))
  const line = `select ${columns.join(', ')} from ${getTableName(transfer.table)} t order by ${order.join(', ')}`
  await rows(
    tx,
    sql.raw(`declare exported no scroll cursor for select '{"${kind}":' || row_to_json(line)::text || '}' as text from (${line}) line`),
  )
  let page: { text: string }[]
  do {
    page = await rows<{ text: string }>(tx, sql.raw(`fetch ${pageSize} from exported`))
    if (page.length > 0) yield page.map(({ text }) => text)
  } while (page.length === pageSize)
  await rows(tx, sql.raw('close exported'))
}

/** What a row of that kind looks like in an export. */
export function rowSchema(kind: string): z.ZodType<Record<string, unknown>> {
  const transfer = transferOf(kind)
  const { added = {} } = transfer
  const shape = fieldsOf(transfer).map(({ name, schema }) => [name, name in added ? schema.default(added[name]) : schema])
  return z.strictObject(Object.fromEntries(shape))
}

export async function writeRows(tx: Db, kind: string, values: unknown[]): Promise<void> {
  const transfer = transferOf(kind)
  const fields = fieldsOf(transfer)
  const types = fields.map(({ name, type }) => `"${name}" ${type}`).join(', ')
  const target = `${getTableName(transfer.table)} (${fields.map(({ column }) => column).join(', ')})`
  const source = fields.map(({ write }) => write).join(', ')
  const conflict = sql.raw(configuredKinds.includes(kind) ? 'on conflict do nothing' : '')
  await rows(tx, sql`insert into ${sql.raw(target)} select ${sql.raw(source)} from ${recordset(values, types)} ${conflict}`)
}

interface Field {
  name: string
  column: string
  /** SQL type in the export. */
  type: string
  /** The exported value of row `t` of the table. */
  read: string
  /** The column's value of row `t` of the export. */
  write: string
  schema: z.ZodType
}

function fieldsOf({ table, omit = [] }: Transfer): Field[] {
  return Object.entries(getTableColumns(table))
    .filter(([key]) => !omit.includes(key))
    .map(([key, column]) => fieldOf(key, column.getSQLType(), column.notNull))
}

function fieldOf(key: string, sqlType: string, notNull: boolean): Field {
  const column = columnName(key)
  const required = (schema: z.ZodType) => (notNull ? schema : schema.nullable())
  const other = references[key]
  if (other) {
    const name = key.replace(/Id$/, '')
    const read = `(select o.key from ${other} o where o.id = t.${column})`
    return {
      name,
      column,
      type: 'text',
      read,
      write: `(select o.id from ${other} o where o.key = t."${name}")`,
      schema: required(z.string()),
    }
  }
  const plain = { name: key, column, read: `t.${column}`, write: `t."${key}"` }
  if (sqlType === 'bytea') {
    const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/)
    return { ...plain, type: 'text', read: `encode(t.${column}, 'hex')`, write: `decode(t."${key}", 'hex')`, schema: required(hex) }
  }
  if (sqlType.startsWith('text')) return { ...plain, type: 'text', schema: required(z.string()) }
  if (sqlType === 'boolean')
    return { ...plain, type: 'boolean', schema: later.has(key) ? z.boolean().default(false) : required(z.boolean()) }
  if (/^(?:bigint|integer|smallint|serial)$/.test(sqlType)) return { ...plain, type: 'bigint', schema: required(z.int()) }
  throw new Error(`an export has no form for columns of type ${sqlType}`)
}

function orderBy({ table }: Transfer, key: string): string {
  const column = columnName(key)
  const other = references[key]
  if (other) return `(select o.key collate "C" from ${other} o where o.id = t.${column})`
  const type = Object.entries(getTableColumns(table))
    .find(([name]) => name === key)?.[1]
    .getSQLType()
  return type?.startsWith('text') ? `t.${column} collate "C"` : `t.${column}`
}

/** As the schema's casing makes it. */
function columnName(key: string): string {
  return `"${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}"`
}

function transferOf(kind: string): Transfer {
  const transfer = transfers[kind]
  if (!transfer) throw new Error(`no lines of kind ${kind}`)
  return transfer
}
