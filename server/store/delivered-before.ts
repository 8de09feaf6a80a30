/** Which changes of a window several services share and one of them delivered earlier. */
import { sql } from 'drizzle-orm'
import { changeKey } from '../metrics/evidence.ts'
import { type Db, rows, textList } from './database.ts'
import { type EvidenceQuestion, inEnvironment, isTier, windowSet, windows } from './page.ts'
import type { StoredService } from './services.ts'

type Question = Pick<EvidenceQuestion, 'services' | 'environment' | 'from' | 'to'>

/**
 * Keys (`changeKey`) of the changes delivered in the window that a service of the scope delivered before it: a roll-up counts a change
 * once, at its first deployment (definition `dora@1`, section 4). Only repositories that several services deliver from are looked at.
 */
export async function readDeliveredBefore(db: Db, question: Question, known: Iterable<StoredService>): Promise<Set<string>> {
  const shared = sharedRepositories(question, known)
  if (shared.length === 0) return new Set()
  const now = await windows(db, question)
  const before = await windows(db, { ...question, from: Number.MIN_SAFE_INTEGER, to: question.from })
  const first = isTier(question.environment) ? sql`and first_in_tier` : sql``
  const counts = sql`repository = any(${textList(shared)}) and c.${inEnvironment(question.environment)} ${first}
    and (exclusion is null or exclusion = 'clock_skew')`
  const delivered = sql`join deployments d on d.service_id = t.s and d.at >= t.f and d.at < t.t
    join changes c on c.service_id = d.service_id and c.deployment_n = d.n`
  const read = await rows<{ repository: string; key: string }>(
    db,
    sql`select repository, key from ${windowSet(now)} ${delivered} where ${counts}
      intersect
      select repository, key from ${windowSet(before)} ${delivered} where ${counts}`,
  )
  return new Set(read.map(changeKey))
}

function sharedRepositories({ services }: Question, known: Iterable<StoredService>): string[] {
  const scoped = new Set(services.map(({ service }) => service))
  const users = new Map<string, number>()
  for (const { id, repositories } of known) {
    if (scoped.has(id)) for (const repository of repositories) users.set(repository, (users.get(repository) ?? 0) + 1)
  }
  return [...users].flatMap(([repository, count]) => (count > 1 ? [repository] : []))
}
