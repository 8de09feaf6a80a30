/** Moves everything between databases as JSON lines: the backup, and the way from the embedded database to PostgreSQL. */
import { z } from 'zod'
import { ShiplogError } from '../errors.ts'
import type { Db } from '../store/database.ts'
import { readSalt, writeAsOf, writeSalt } from '../store/meta.ts'
import { readRevision } from '../store/revision.ts'
import { runTransaction, type Store } from '../store/store.ts'
import { configuredKinds, countRows, lineKinds, readPages, rowSchema, standStill, writeRows } from '../store/transfer-tables.ts'
import type { ChangeContext } from './ingest.ts'
import { rebuild } from './rebuild.ts'

const version = 1
const batchSize = 2000

const Header = z.strictObject({
  format: z.literal('shiplog'),
  version: z.literal(version),
  /** Hashed with commit authors' names. */
  salt: z.string(),
  /** Milliseconds since the epoch. */
  asOf: z.int().nullable(),
  /** Lines of each kind. */
  counts: z.record(z.string(), z.int()),
})

/** Text of whole lines, as the database stands at the moment of the first; never all in memory. */
export async function* exportAll(store: Store): AsyncGenerator<string> {
  const { readable, writable } = new TransformStream<string, string>()
  const writer = writable.getWriter()
  const written = store.transaction(async (tx) => {
    await standStill(tx)
    await writer.write(`${JSON.stringify(await header(tx))}\n`)
    for (const kind of lineKinds) {
      for await (const page of readPages(tx, kind)) await writer.write(`${page.join('\n')}\n`)
    }
  })
  written.then(
    () => writer.close(),
    // A reader that has gone wants to hear nothing more.
    (error) => writer.abort(error).catch(() => {}),
  )
  yield* readable
}

/**
 * Takes over an export into a store that is empty, or nothing of it. Throws ShiplogError `conflict` where the store is not empty and
 * `invalid` with the number of the line that is wrong. Answers how many lines of each kind came in.
 */
export async function importAll(
  store: Store,
  lines: AsyncIterable<string> | Iterable<string>,
  context: ChangeContext,
): Promise<Record<string, number>> {
  return store.transaction(async (tx) => {
    await refuseUnlessEmpty(tx)
    const { salt, asOf, counts } = await readInto(tx, lines)
    await writeSalt(tx, salt)
    // What is derived is as new as the data, not as the import.
    await rebuild(within(store, tx), { ...context, now: asOf ?? context.now })
    await writeAsOf(tx, asOf)
    return counts
  })
}

async function header(tx: Db): Promise<z.output<typeof Header>> {
  const counts: Record<string, number> = {}
  for (const kind of lineKinds) counts[kind] = await countRows(tx, kind)
  return { format: 'shiplog', version, salt: await readSalt(tx), asOf: (await readRevision(tx)).asOf, counts }
}

async function refuseUnlessEmpty(tx: Db): Promise<void> {
  for (const kind of lineKinds) {
    if (configuredKinds.includes(kind)) continue
    const count = await countRows(tx, kind)
    if (count === 0) continue
    throw new ShiplogError(
      'conflict',
      `The database is not empty (${count} rows of kind ${kind}), and an import never mixes with what is there. Import into a new folder (--data DIR) or a new database (DATABASE_URL).`,
    )
  }
}

async function readInto(tx: Db, lines: AsyncIterable<string> | Iterable<string>) {
  const schemas = new Map(lineKinds.map((kind) => [kind, rowSchema(kind)]))
  const counts: Record<string, number> = Object.fromEntries(lineKinds.map((kind) => [kind, 0]))
  let head: z.output<typeof Header> | null = null
  let batch: { kind: string; first: number; values: unknown[] } = { kind: '', first: 0, values: [] }
  let number = 0

  async function flush() {
    if (batch.values.length === 0) return
    const { kind, first, values } = batch
    await writeRows(tx, kind, values).catch((cause) => {
      throw broken(
        `one of the lines ${first} to ${first + values.length - 1}`,
        'it names something that no earlier line brought, or repeats one',
        cause,
      )
    })
  }

  for await (const line of lines) {
    number++
    if (line.trim() === '') continue
    if (head === null) {
      head = parse(Header, line, number)
      continue
    }
    const [kind, value] = entryOf(line, number)
    const schema = schemas.get(kind)
    if (!schema) throw broken(`line ${number}`, `it is of the unknown kind ${kind}`)
    const row = checked(schema, value, number)
    if (kind !== batch.kind || batch.values.length === batchSize) {
      await flush()
      batch = { kind, first: number, values: [] }
    }
    batch.values.push(row)
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  await flush()
  if (head === null) throw broken('the first line', 'there is none: the file is empty')
  for (const [kind, expected] of Object.entries(head.counts)) {
    if (counts[kind] !== expected)
      throw broken('the end', `${counts[kind] ?? 0} lines of kind ${kind} came, and the first line promises ${expected}`)
  }
  return { ...head, counts }
}

function entryOf(line: string, number: number): [kind: string, value: unknown] {
  const entries = Object.entries(parse(z.record(z.string(), z.unknown()), line, number))
  const [entry] = entries
  if (!entry || entries.length !== 1) throw broken(`line ${number}`, 'it is no object with one kind')
  return entry
}

function parse<T>(schema: z.ZodType<T>, line: string, number: number): T {
  try {
    return checked(schema, JSON.parse(line), number)
  } catch (error) {
    throw error instanceof SyntaxError ? broken(`line ${number}`, 'it is no JSON') : error
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown, number: number): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw broken(`line ${number}`, `${issue?.path.join('.') || 'it'}: ${issue?.message}`)
}

function broken(place: string, reason: string, cause?: unknown): ShiplogError {
  return new ShiplogError(
    'invalid',
    `The export is damaged or of another version at ${place}: ${reason}. Nothing was imported. Export again with this version of Shiplog, and import the whole file.`,
    null,
    { cause },
  )
}

/** The store as one transaction sees it. */
function within(store: Store, tx: Db): Store {
  return { ...store, db: tx, transaction: (work) => runTransaction(tx, work) }
}
