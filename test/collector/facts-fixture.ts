/** Facts for tests of the way in, with times in days and hours of January 2026. */
import { createHash } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Artifact, Change, Deployment, Fact, FactKind, Incident } from '../../server/facts.ts'
import { rows } from '../../server/store/database.ts'
import type { Store } from '../../server/store/open.ts'

export const day = 24 * 3_600_000
export const start = Date.UTC(2026, 0, 5)
export const now = Date.UTC(2026, 2, 1)

/** The id of the n-th commit. */
export function shaOf(n: number): string {
  return createHash('sha1').update(`commit ${n}`).digest('hex')
}

/** Commit n on top of commit n - 1, a tenth of a day later. */
export function commit(n: number, more: Partial<Extract<Fact, { kind: 'commit' }>> = {}): Fact {
  const at = start + (n * day) / 10
  return {
    kind: 'commit',
    source: 'api',
    repository: 'shop',
    sha: shaOf(n),
    parents: n === 0 ? [] : [shaOf(n - 1)],
    authoredAt: at - 60_000,
    committedAt: at,
    author: `Author ${n % 3} <a${n % 3}@example.com>`,
    message: `Change ${n}`,
    ...more,
  }
}

/** A succeeded production deployment of commit n, on that day. */
export function deployment(id: string, n: number | null, onDay: number, more: Partial<Deployment> = {}): Fact {
  return {
    kind: 'deployment',
    source: 'api',
    id,
    service: 'shop',
    environment: 'production',
    status: 'succeeded',
    finishedAt: start + onDay * day,
    reported: 'event',
    ...(n === null ? {} : { commit: shaOf(n) }),
    ...more,
  }
}

export function change(id: string, commits: number[], onDay: number, more: Partial<Change> = {}): Fact {
  const last = commits.at(-1)
  return {
    kind: 'change',
    source: 'api',
    id,
    service: 'shop',
    title: `Pull request ${id}`,
    mergedAt: start + onDay * day,
    commits: commits.map(shaOf),
    ...(last === undefined ? {} : { mergeCommit: shaOf(last) }),
    ...more,
  }
}

export function incident(id: string, onDay: number, more: Partial<Incident> = {}): Fact {
  return { kind: 'incident', source: 'pager', id, title: `Incident ${id}`, openedAt: start + onDay * day, ...more }
}

/** The digest of the n-th image. */
export function digestOf(n: number): string {
  return `sha256:${createHash('sha256').update(`image ${n}`).digest('hex')}`
}

/** Image n, built from commit n. */
export function artifact(n: number, more: Partial<Artifact> = {}): Fact {
  return { kind: 'artifact', source: 'registry', id: digestOf(n), image: 'acme/shop', commit: shaOf(n), ...more }
}

export function withdrawal(of: FactKind, id: string, more: { source?: string; updatedAt?: number } = {}): Fact {
  return { kind: 'withdrawal', of, source: 'api', id, ...more }
}

/** Everything derived, in an order of its own and without the numbers that a database gives. */
export async function derivedOf({ db }: Store): Promise<unknown> {
  const deployments = await rows(
    db,
    sql`select s.key, d.environment, d.tier, d.at, d.carried_digest, d.body from deployments d join services s on s.id = d.service_id
      order by s.key, d.source, d.id`,
  )
  const changes = await rows(
    db,
    sql`select s.key as service, d.source, d.id, c.repository, c.key, c.title, c.commit, c.environment, c.tier, c.deployed_at, c.started_at,
        c.merged_at, c.basis, c.exclusion, c.first_in_tier, c.commits, c.stages
      from changes c join services s on s.id = c.service_id left join deployments d on d.service_id = c.service_id and d.n = c.deployment_n
      order by s.key, d.source, d.id, c.repository, c.key, c.exclusion`,
  )
  const incidents = await rows(
    db,
    sql`select coalesce(s.key, '') as service, i.opened_at, i.body from incidents i left join services s on s.id = i.service_id
      order by service, i.source, i.id`,
  )
  const services = await rows(db, sql`select key, signals, repositories, feeds from services where feeds <> '[]' order by key`)
  const names = await rows(db, sql`select name, kind, source, id from fact_names order by kind, name, source, id`)
  return { deployments, changes, incidents, services, names }
}
