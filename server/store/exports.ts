/** What is to be written to other systems, and how far each export is. */
import { sql } from 'drizzle-orm'
import type { Instant } from '../facts.ts'
import type { LinkedDeployment } from '../linked.ts'
import { type Db, rows } from './database.ts'

/** An export stands among the sources, under a name that no source can have. */
export function exportRow(id: string): string {
  return `export:${id}`
}

/** Services that were written after the revision, by number. */
export async function readServicesSince(db: Db, revision: number): Promise<{ n: number; id: string }[]> {
  return rows(db, sql`select id as n, key as id from services where revision > ${revision} order by id`)
}

/** The next deployments of a service that happened since, by number. */
export async function readDeploymentsToExport(
  db: Db,
  { service, since, after, limit }: { service: number; since: Instant; after: number; limit: number },
): Promise<{ n: number; deployment: LinkedDeployment }[]> {
  const read = await rows<{ n: number; body: string }>(
    db,
    sql`select n, body from deployments where service_id = ${service} and at >= ${since} and n > ${after} order by n limit ${limit}`,
  )
  return read.map(({ n, body }) => ({ n, deployment: JSON.parse(body) as LinkedDeployment }))
}
