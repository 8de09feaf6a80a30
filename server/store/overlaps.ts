/** Which services share a repository with another: the same change may be an observation of several of them, so that no tally holds them. */
import { sql } from 'drizzle-orm'
import { type Db, recordset, rows } from './database.ts'

/** Numbers of the services that share a repository with another. */
export async function readOverlapping(db: Db): Promise<Set<number>> {
  const read = await rows<{ id: number }>(db, sql`select service_id as id from overlapping_services`)
  return new Set(read.map(({ id }) => id))
}

/** Notes which services share a repository now; answers what changed. */
export async function updateOverlapping(tx: Db): Promise<{ began: number[]; ended: number[] }> {
  const services = await rows<{ id: number; repositories: string }>(
    tx,
    sql`select id, repositories from services where repositories <> '[]'`,
  )
  const users = new Map<string, number[]>()
  for (const { id, repositories } of services) {
    for (const repository of JSON.parse(repositories) as string[]) users.set(repository, [...(users.get(repository) ?? []), id])
  }
  const now = new Set([...users.values()].filter((ids) => ids.length > 1).flat())
  const before = await readOverlapping(tx)
  const began = [...now].filter((id) => !before.has(id)).sort((a, b) => a - b)
  const ended = [...before].filter((id) => !now.has(id)).sort((a, b) => a - b)
  if (began.length > 0) {
    await rows(
      tx,
      sql`insert into overlapping_services (service_id) select id from ${recordset(
        began.map((id) => ({ id })),
        'id int',
      )}`,
    )
  }
  if (ended.length > 0) {
    await rows(
      tx,
      sql`delete from overlapping_services s using ${recordset(
        ended.map((id) => ({ id })),
        'id int',
      )} where s.service_id = t.id`,
    )
  }
  return { began, ended }
}
