/** Rows of changes: carried ones by their deployment's number, waiting ones under 0. */
import { sql } from 'drizzle-orm'
import type { LinkedChange } from '../linked.ts'
import { chunks, type Db, intList, recordset, rows } from './database.ts'

export interface ChangeRow {
  serviceId: number
  n: number
  position: number
  change: LinkedChange
}

export async function insertChanges(tx: Db, written: Iterable<ChangeRow>): Promise<void> {
  for (const chunk of chunks(written)) {
    const flat = chunk.map(({ serviceId, n, position, change }) => ({
      v: serviceId,
      n,
      p: position,
      r: change.repository,
      k: change.key,
      t: change.title,
      u: change.url ?? undefined,
      c: change.commit ?? undefined,
      e: change.environment,
      i: change.tier ?? undefined,
      d: change.deployedAt ?? undefined,
      s: change.startedAt,
      m: change.mergedAt,
      b: change.basis,
      x: change.exclusion ?? undefined,
      f: change.firstInTier,
      h: change.commits,
      g: Object.keys(change.stages).length === 0 ? undefined : JSON.stringify(change.stages),
      l: change.filesUnknown || undefined,
    }))
    await rows(
      tx,
      sql`insert into changes (service_id, deployment_n, position, repository, key, title, url, commit, environment, tier, deployed_at, started_at,
          merged_at, basis, exclusion, first_in_tier, commits, stages, files_unknown)
        select v, n, p, r, k, t.t, u, c, e, i, d, s, m, b, x, f, h, g, coalesce(l, false) from ${recordset(
          flat,
          `v int, n int, p int, r text, k text, t text, u text, c text, e text, i text, d bigint, s bigint, m bigint, b text, x text, f boolean, h int, g text, l boolean`,
        )}`,
    )
  }
}

/** Those of the deployments with these services (s) and numbers (n). */
export async function deleteChanges(tx: Db, gone: { s: number; n: number }[]): Promise<void> {
  for (const chunk of chunks(gone)) {
    await rows(tx, sql`delete from changes c using ${recordset(chunk, 's int, n int')} where c.service_id = t.s and c.deployment_n = t.n`)
  }
}

/** Waiting ones of these services (s) with these keys (k). */
export async function deleteWaiting(tx: Db, gone: { s: number; k: string }[]): Promise<void> {
  for (const chunk of chunks(gone)) {
    await rows(
      tx,
      sql`delete from changes c using ${recordset(chunk, 's int, k text')} where c.service_id = t.s and c.key = t.k and c.deployment_n = 0`,
    )
  }
}

/** Each service's first position behind what waits. */
export async function freePositions(tx: Db, serviceIds: number[]): Promise<{ serviceId: number; next: number }[]> {
  if (serviceIds.length === 0) return []
  return rows(
    tx,
    sql`select t.id as "serviceId", (select coalesce(max(position) + 1, 0) from changes where service_id = t.id and deployment_n = 0) as next
      from unnest(${intList(serviceIds)}) as t(id)`,
  )
}
