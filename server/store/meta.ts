/** The one row that holds for the whole database: the salt of author hashes, the revision, the time of the data. */
import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Instant } from '../facts.ts'
import { type Db, rows } from './database.ts'

export async function ensureSalt(db: Db): Promise<void> {
  await rows(db, sql`insert into meta (id, salt) values (1, ${randomBytes(16).toString('hex')}) on conflict do nothing`)
}

/** Hashed with each commit author's name, so that equal authors are told without keeping who they are. */
export async function readSalt(db: Db): Promise<string> {
  const [row] = await rows<{ salt: string }>(db, sql`select salt from meta`)
  return row?.salt ?? ''
}

/** Takes over another database's salt, with its commits. */
export async function writeSalt(db: Db, salt: string): Promise<void> {
  await rows(db, sql`update meta set salt = ${salt}`)
}

/** Takes over another database's time of the data, with all of its facts. */
export async function writeAsOf(db: Db, asOf: Instant | null): Promise<void> {
  await rows(db, sql`update meta set as_of = ${asOf}`)
}

/** Notes a change at that time, and says its number; among the last writes of a transaction, because everybody waits for this row. */
export async function bumpRevision(db: Db, asOf: Instant): Promise<number> {
  const [row] = await rows<{ revision: number }>(
    db,
    sql`update meta set revision = revision + 1, as_of = greatest(as_of, ${asOf}) returning revision`,
  )
  return row?.revision ?? 0
}

/** Notes a successful collection at that time that changed nothing. */
export async function advanceAsOf(db: Db, asOf: Instant): Promise<void> {
  await rows(db, sql`update meta set as_of = greatest(as_of, ${asOf})`)
}

/** By which rules the derived rows were made; null before any were. */
export async function readRules(db: Db): Promise<string | null> {
  const [row] = await rows<{ rules: string | null }>(db, sql`select rules from meta`)
  return row?.rules ?? null
}

/** By which teams and owners the tallies were made; null before any were. */
export async function readCatalogue(db: Db): Promise<string | null> {
  const [row] = await rows<{ catalogue: string | null }>(db, sql`select catalogue from meta`)
  return row?.catalogue ?? null
}

export async function writeCatalogue(db: Db, catalogue: string): Promise<void> {
  await rows(db, sql`update meta set catalogue = ${catalogue}`)
}

export async function writeRules(db: Db, rules: string): Promise<void> {
  await rows(db, sql`update meta set rules = ${rules}`)
}
