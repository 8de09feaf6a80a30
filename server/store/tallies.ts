/** Tallies: the sums of a scope, tier and day or ISO week. */
import { sql } from 'drizzle-orm'
import type { PackedTally } from '../metrics/tallies/tally.ts'
import { chunks, type Db, recordset, recordsetOf, rows } from './database.ts'

export interface TallyKey {
  /** `team:ID` or `org`. */
  scope: string
  tier: string
  unit: 'day' | 'week'
  /** Its first day, in days since 1970-01-01. */
  period: number
}

const keyColumns = 'scope text, tier text, unit text, period int'
const sameKey = sql`a.scope = t.scope and a.tier = t.tier and a.unit = t.unit and a.period = t.period`
const parts = ['main', 'stages', 'moments', 'timeline'] as const
export type TallyPart = (typeof parts)[number]

type Read<Part extends TallyPart> = TallyKey & Record<Part, string>
type Packed<Part extends TallyPart> = TallyKey & Record<Part, Uint8Array>

/** Those of the tallies that exist, with the asked parts. */
export async function readTallies<Part extends TallyPart>(
  db: Db,
  wanted: readonly TallyKey[],
  asked: readonly Part[],
): Promise<Packed<Part>[]> {
  if (wanted.length === 0) return []
  const read = await rows<Read<Part>>(
    db,
    sql`select a.scope, a.tier, a.unit, a.period ${partsOf(asked)} from ${recordset(wanted, keyColumns)} join tallies a on ${sameKey}`,
  )
  return read.map((row) => unpacked(row, asked))
}

/** Those that a later revision wrote. */
export async function readNewerTallies<Part extends TallyPart>(
  db: Db,
  { tier, unit, newer }: Pick<TallyKey, 'tier' | 'unit'> & { newer: number },
  asked: readonly Part[],
): Promise<Packed<Part>[]> {
  const read = await rows<Read<Part>>(
    db,
    sql`select a.scope, a.tier, a.unit, a.period ${partsOf(asked)} from tallies a where a.revision > ${newer} and a.tier = ${tier} and a.unit = ${unit}`,
  )
  return read.map((row) => unpacked(row, asked))
}

function partsOf(asked: readonly TallyPart[]) {
  return sql.raw(asked.map((part) => `, encode(a.${part}, 'base64') as ${part}`).join(''))
}

function unpacked<Part extends TallyPart>(row: Read<Part>, asked: readonly Part[]): Packed<Part> {
  const { scope, tier, unit, period } = row
  const packed = Object.fromEntries(asked.map((part) => [part, Buffer.from(row[part], 'base64')]))
  return { scope, tier, unit, period, ...(packed as Record<string, unknown> as Record<Part, Uint8Array>) }
}

/** Writes tallies as they are now. */
export async function writeTallies(tx: Db, tallies: readonly PackedTallyRow[], revision: number): Promise<void> {
  for (const json of tallyRows(tallies)) await writeTallyRows(tx, json, revision)
}

export type PackedTallyRow = TallyKey & { packed: PackedTally }

/** Rows for `writeTallyRows`, as JSON: as many in each as one statement may write. */
export function* tallyRows(tallies: readonly PackedTallyRow[]): Generator<string> {
  for (const chunk of chunks(tallies, 500)) {
    yield JSON.stringify(
      chunk.map(({ packed, ...key }) => ({
        ...key,
        ...Object.fromEntries(parts.map((part) => [part, Buffer.from(packed[part]).toString('base64')])),
      })),
    )
  }
}

export async function writeTallyRows(tx: Db, json: string, revision: number): Promise<void> {
  await rows(
    tx,
    sql`insert into tallies (scope, tier, unit, period, revision, main, stages, moments, timeline)
      select scope, tier, unit, period, ${revision}::bigint, decode(main, 'base64'), decode(stages, 'base64'), decode(moments, 'base64'),
        decode(timeline, 'base64')
      from ${recordsetOf(json, `${keyColumns}, main text, stages text, moments text, timeline text`)}
      on conflict (scope, tier, unit, period) do update set revision = excluded.revision, main = excluded.main, stages = excluded.stages,
        moments = excluded.moments, timeline = excluded.timeline`,
  )
}

export async function readTallyKeys(db: Db): Promise<TallyKey[]> {
  return rows(db, sql`select scope, tier, unit, period from tallies`)
}
