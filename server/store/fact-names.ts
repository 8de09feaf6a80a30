/** By which names an incident may name a deployment or a service, and who bears or uses them. */
import { sql } from 'drizzle-orm'
import type { FactKind, Ref } from '../facts.ts'
import { chunks, type Db, recordset, rows, textList } from './database.ts'
import type { FactKey } from './facts.ts'

export interface NamedFact extends Ref {
  kind: FactKind
  /** `d:` a deployment's id, `c:` its commit, `v:` its version, `s:` the key of a service; `i:` the digest of an image. */
  names: string[]
}

/** Replaces the names of these facts. */
export async function writeNames(tx: Db, named: NamedFact[]): Promise<void> {
  await deleteNames(tx, named)
  await addNames(tx, named)
}

export async function deleteNames(tx: Db, named: Omit<NamedFact, 'names'>[]): Promise<void> {
  for (const chunk of chunks(named)) {
    await rows(
      tx,
      sql`delete from fact_names n using ${recordset(
        chunk.map(({ kind, source, id }) => ({ kind, source, id })),
        'kind text, source text, id text',
      )} where n.kind = t.kind and n.source = t.source and n.id = t.id`,
    )
  }
}

/** Names of facts that have none yet. */
export async function addNames(tx: Db, named: NamedFact[]): Promise<void> {
  for (const chunk of chunks(named.flatMap(({ kind, source, id, names }) => names.map((name) => ({ name, kind, source, id }))))) {
    await rows(
      tx,
      sql`insert into fact_names (name, kind, source, id) select name, kind, source, id
        from ${recordset(chunk, 'name text, kind text, source text, id text')} on conflict do nothing`,
    )
  }
}

/** As writeNames, where most of them are as they should be. */
export async function correctNames(tx: Db, named: NamedFact[]): Promise<void> {
  const stored = await rows<Ref & { kind: FactKind; names: string }>(
    tx,
    sql`select n.kind, n.source, n.id, json_agg(n.name)::text as names from ${recordset(
      named.map(({ kind, source, id }) => ({ kind, source, id })),
      'kind text, source text, id text',
    )} join fact_names n on n.id = t.id and n.source = t.source and n.kind = t.kind group by n.kind, n.source, n.id`,
  )
  const known = new Map(stored.map(({ kind, source, id, names }) => [`${kind}/${source}/${id}`, namesText(JSON.parse(names))]))
  await writeNames(
    tx,
    named.filter(({ kind, source, id, names }) => (known.get(`${kind}/${source}/${id}`) ?? '') !== namesText(names)),
  )
}

function namesText(names: string[]): string {
  return [...new Set(names)].sort().join('\n')
}

/** Incidents that use one of the names. */
export async function incidentsNaming(db: Db, names: string[]): Promise<Ref[]> {
  if (names.length === 0) return []
  return rows<Ref>(
    db,
    sql`select distinct source, id from fact_names where kind = 'incident' and name = any(${textList(names)}) order by source, id`,
  )
}

/** As `incidentsNaming`, each with the names that it uses. */
export async function incidentsBearing(db: Db, names: string[]): Promise<(Ref & { name: string })[]> {
  if (names.length === 0) return []
  return rows(
    db,
    sql`select name, source, id from fact_names where kind = 'incident' and name = any(${textList(names)}) order by source, id`,
  )
}

/** Facts of the kind that bear one of the names. */
export async function factsBearing(db: Db, kind: FactKind, names: string[]): Promise<FactKey[]> {
  if (names.length === 0) return []
  return rows(
    db,
    sql`select distinct kind, source, id from fact_names where kind = ${kind} and name = any(${textList(names)}) order by source, id`,
  )
}

/** The services whose standing deployments bear each of the names. */
export async function servicesNamed(db: Db, names: string[]): Promise<{ name: string; serviceId: number }[]> {
  if (names.length === 0) return []
  return rows(
    db,
    sql`select distinct n.name, f.service_id as "serviceId" from fact_names n
      join facts f on f.kind = n.kind and f.source = n.source and f.id = n.id
      where n.kind = 'deployment' and n.name = any(${textList(names)}) and not f.withdrawn and f.service_id is not null`,
  )
}

/** What there is to look for: whether any incident names anything, and whether any names a deployment. */
export interface Reported {
  incidents: boolean
  culprits: boolean
}

export async function readReported(db: Db): Promise<Reported> {
  const [found] = await rows<Reported>(
    db,
    sql`select exists (select 1 from fact_names where kind = 'incident') as incidents,
      exists (select 1 from fact_names where kind = 'incident' and name < 's:')
        or exists (select 1 from fact_names where kind = 'incident' and name >= 'v:') as culprits`,
  )
  return found ?? { incidents: false, culprits: false }
}

/** Whether any incident names a deployment: most installations never need to look. */
export async function hasCulprits(db: Db): Promise<boolean> {
  const found = await rows(
    db,
    sql`(select 1 from fact_names where kind = 'incident' and name < 's:' limit 1) union all
      (select 1 from fact_names where kind = 'incident' and name >= 'v:' limit 1)`,
  )
  return found.length > 0
}

/** Commits that incidents name. */
export async function commitsNamed(db: Db): Promise<(Ref & { sha: string })[]> {
  return rows(db, sql`select substr(name, 3) as sha, source, id from fact_names where kind = 'incident' and name >= 'c:' and name < 'd:'`)
}

/** Incidents that use one of the names of services, for a renamed service. */
export async function servicesNamedByIncidents(db: Db): Promise<string[]> {
  const found = await rows<{ key: string }>(
    db,
    sql`select distinct substr(name, 3) as key from fact_names where kind = 'incident' and name >= 's:' and name < 't:'`,
  )
  return found.map((row) => row.key)
}

const lockClass = 0x5110

/**
 * Until the transaction ends: whoever writes incidents that name deployments or artifacts that complete them and whoever writes deployments see each other's facts;
 * writers of deployments do not wait for one another.
 */
export async function lockNames(tx: Db, writer: 'incidents' | 'deployments'): Promise<void> {
  await rows(
    tx,
    writer === 'incidents'
      ? sql`select pg_advisory_xact_lock(${lockClass}::int, 1)`
      : sql`select pg_advisory_xact_lock_shared(${lockClass}::int, 1)`,
  )
}
