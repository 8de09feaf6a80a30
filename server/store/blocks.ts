/** Blocks: the packed deployments of a service, tier and week. */
import { sql } from 'drizzle-orm'
import { chunks, type Db, intList, recordset, rows } from './database.ts'

export interface BlockKey {
  serviceId: number
  tier: string
  /** Its Monday, in days since 1970-01-01. */
  week: number
}

export interface StoredBlock extends BlockKey {
  data: Uint8Array
}

type Read = BlockKey & { data: string }

/** Those of the keys that exist. */
export async function readBlocks(db: Db, keys: readonly BlockKey[]): Promise<StoredBlock[]> {
  if (keys.length === 0) return []
  const read = await rows<Read>(
    db,
    sql`select b.service_id as "serviceId", b.tier, b.week, encode(b.data, 'base64') as data
      from ${recordset(keys, '"serviceId" int, tier text, week int')}
      join blocks b on b.service_id = t."serviceId" and b.tier = t.tier and b.week = t.week`,
  )
  return read.map(unpacked)
}

/** All of a service's, or with a window those that it touches, in order. */
export async function readServiceBlocks(
  db: Db,
  serviceIds: readonly number[],
  window: { tier: string; from: number; to: number },
): Promise<StoredBlock[]> {
  if (serviceIds.length === 0) return []
  const read = await rows<Read>(
    db,
    sql`select service_id as "serviceId", tier, week, encode(data, 'base64') as data from blocks
      where service_id = any(${intList(serviceIds)}) and tier = ${window.tier} and week > ${window.from - 7} and week < ${window.to}
      order by service_id, week`,
  )
  return read.map(unpacked)
}

export async function readAllBlocks(db: Db, serviceId: number): Promise<StoredBlock[]> {
  const read = await rows<Read>(
    db,
    sql`select service_id as "serviceId", tier, week, encode(data, 'base64') as data from blocks where service_id = ${serviceId}`,
  )
  return read.map(unpacked)
}

/** The weeks that have any, with their tiers. */
export async function blockWeeks(db: Db): Promise<{ week: number; tiers: string[] }[]> {
  const found = await rows<{ week: number; tiers: string }>(
    db,
    sql`select week, json_agg(distinct tier)::text as tiers from blocks group by week order by week`,
  )
  return found.map(({ week, tiers }) => ({ week, tiers: JSON.parse(tiers) as string[] }))
}

/** Those of all services. */
export async function readWeekBlocks(db: Db, tier: string, week: number): Promise<StoredBlock[]> {
  const read = await rows<Read>(
    db,
    sql`select service_id as "serviceId", tier, week, encode(data, 'base64') as data from blocks where tier = ${tier} and week = ${week}`,
  )
  return read.map(unpacked)
}

function unpacked({ data, ...key }: Read): StoredBlock {
  return { ...key, data: Buffer.from(data, 'base64') }
}

/** Replaces the blocks; an empty one is deleted. */
export async function writeBlocks(tx: Db, blocks: readonly StoredBlock[]): Promise<void> {
  const gone = blocks.filter(({ data }) => data.length === 0).map(({ serviceId, tier, week }) => ({ serviceId, tier, week }))
  if (gone.length > 0) {
    await rows(
      tx,
      sql`delete from blocks b using ${recordset(gone, '"serviceId" int, tier text, week int')}
        where b.service_id = t."serviceId" and b.tier = t.tier and b.week = t.week`,
    )
  }
  const kept = blocks.filter(({ data }) => data.length > 0)
  for (const chunk of chunks(kept, 500)) {
    const flat = chunk.map(({ data, ...key }) => ({ ...key, data: Buffer.from(data).toString('base64') }))
    await rows(
      tx,
      sql`insert into blocks (service_id, tier, week, data) select "serviceId", tier, week, decode(data, 'base64')
        from ${recordset(flat, '"serviceId" int, tier text, week int, data text')}
        on conflict (service_id, tier, week) do update set data = excluded.data`,
    )
  }
}
