/** Where the facts of a source's service went, so that they move when the configuration changes. */
import { sql } from 'drizzle-orm'
import { type Db, recordset, rows } from './database.ts'
import type { FactRow } from './facts.ts'

export interface Identity {
  source: string
  /** The service as the facts name it; empty: they name none. */
  name: string
  serviceId: number
}

export async function recordIdentities(tx: Db, facts: FactRow[]): Promise<void> {
  const found = new Map<string, Identity>()
  for (const { source, serviceName, serviceId } of facts) {
    if (serviceId !== null) found.set(`${source}/${serviceName ?? ''}`, { source, name: serviceName ?? '', serviceId })
  }
  await writeIdentities(tx, [...found.values()])
}

export async function writeIdentities(tx: Db, identities: Identity[]): Promise<void> {
  if (identities.length === 0) return
  const sorted = identities.sort((a, b) => (`${a.source}/${a.name}` < `${b.source}/${b.name}` ? -1 : 1))
  await rows(
    tx,
    sql`insert into identities (source, name, service_id) select source, name, "serviceId"
      from ${recordset(sorted, 'source text, name text, "serviceId" int')}
      on conflict (source, name) do update set service_id = excluded.service_id where identities.service_id <> excluded.service_id`,
  )
}

export async function readIdentities(db: Db): Promise<Identity[]> {
  return rows(db, sql`select source, name, service_id as "serviceId" from identities`)
}
