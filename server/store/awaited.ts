/** Names that deployments speak of and that a fact still to come may bear. */
import { sql } from 'drizzle-orm'
import type { Ref } from '../facts.ts'
import { chunks, type Db, recordset, rows } from './database.ts'

type Name = Ref & { name: string }

export interface Awaiting {
  serviceId: number
  stored: Name[]
  wanted: Name[]
}

export async function writeAwaited(tx: Db, services: Awaiting[]): Promise<void> {
  const gone: (Name & { s: number })[] = []
  const added: (Name & { s: number })[] = []
  for (const { serviceId, stored, wanted } of services) {
    const known = new Map(stored.map((row) => [keyOf(row), row]))
    for (const { source, id, name } of wanted)
      if (!known.delete(keyOf({ source, id, name }))) added.push({ s: serviceId, source, id, name })
    for (const { source, id, name } of known.values()) gone.push({ s: serviceId, source, id, name })
  }
  const columns = 's int, name text, source text, id text'
  for (const chunk of chunks(gone)) {
    await rows(
      tx,
      sql`delete from awaited a using ${recordset(chunk, columns)}
        where a.service_id = t.s and a.name = t.name and a.source = t.source and a.id = t.id`,
    )
  }
  for (const chunk of chunks(added)) {
    await rows(tx, sql`insert into awaited (service_id, name, source, id) select s, name, source, id from ${recordset(chunk, columns)}`)
  }
}

function keyOf({ source, id, name }: Name): string {
  return `${source}/${id} ${name}`
}
