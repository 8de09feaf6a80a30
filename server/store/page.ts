/** Which rows are asked for: the services of a scope with their windows, and an environment. */
import { type SQL, sql } from 'drizzle-orm'
import { type Instant, Tier } from '../facts.ts'
import { type Db, recordset, rows } from './database.ts'
import type { ResolvedScope } from './scope.ts'

export interface EvidenceQuestion {
  services: ResolvedScope['services']
  /** A tier's name (all its environments together) or an environment's. */
  environment: string
  /** [from, to). */
  from: Instant
  to: Instant
}

/** The part of the window in which each service belongs to the scope, as a recordset `w(service_id, start_at, end_at)`. */
export async function windows(db: Db, question: Pick<EvidenceQuestion, 'services' | 'from' | 'to'>): Promise<Window[]> {
  const ids = await serviceIds(db, question.services)
  const found: Window[] = []
  for (const { service, from, to } of question.services) {
    const id = ids.get(service)
    if (id === undefined) continue
    const start = Math.max(question.from, from ?? question.from)
    const end = Math.min(question.to, to ?? question.to)
    if (start < end) found.push({ s: id, f: start, t: end })
  }
  return found
}

export interface Window {
  /** Number of the service. */
  s: number
  f: Instant
  t: Instant
}

export function windowSet(found: Window[]): SQL {
  return recordset(found, 's int, f bigint, t bigint')
}

export async function serviceIds(db: Db, services: { service: string }[]): Promise<Map<string, number>> {
  const wanted = new Set(services.map(({ service }) => service))
  const stored = await rows<{ id: number; key: string }>(db, sql`select id, key from services`)
  return new Map(stored.filter((row) => wanted.has(row.key)).map((row) => [row.key, row.id]))
}

/** Rows of an environment, or of all environments of a tier. */
export function inEnvironment(environment: string): SQL {
  return isTier(environment) ? sql`tier = ${environment}` : sql`environment = ${environment}`
}

export function isTier(environment: string): boolean {
  return Tier.safeParse(environment).success
}
