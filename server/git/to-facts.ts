/** Turns what git says into facts. */
import { createHash } from 'node:crypto'
import type { Fact, Instant, Tier } from '../facts.ts'
import { instantOf } from './commit-date.ts'
import type { CommitRecord } from './parse-commits.ts'
import { clip } from './text.ts'

/** Under which names the facts of a repository are filed. */
export interface Origin {
  sourceId: string
  service: string
  repository: string
  environment: string
  tier: Tier
  /** Stands before the name of a tag or commit in the id of a deployment, where a source has several repositories. */
  prefix: string
}

/** What tells whether deployments that were collected are filed as they would be now. */
export function filedUnder({ service, environment }: Origin): string {
  return environment === 'production' ? service : `${service}\n${environment}`
}

/** The limits of a fact's fields. */
const idLimit = 500
const authorLimit = 500
const messageLimit = 1_000_000

/** `dates` holds the dates of commits that rev-list could not read. */
export function commitFact(record: CommitRecord, origin: Origin, dates: Map<string, CommitDates>): Extract<Fact, { kind: 'commit' }> {
  const { authoredAt, committedAt } = datesOf(record, dates)
  const author = record.name === '' && record.mail === '' ? undefined : clip(`${record.name} <${record.mail}>`, authorLimit)
  return {
    kind: 'commit',
    source: origin.sourceId,
    repository: origin.repository,
    sha: record.sha,
    parents: record.parents,
    authoredAt,
    committedAt,
    author,
    message: clip(record.message, messageLimit),
  }
}

export interface CommitDates {
  authoredAt: Instant | null
  committedAt: Instant | null
}

/** A missing date is the other one's, else the epoch. */
function datesOf(record: CommitRecord, dates: Map<string, CommitDates>): { authoredAt: Instant; committedAt: Instant } {
  const read = dates.get(record.sha)
  const authored = record.authored === null ? (read?.authoredAt ?? null) : instantOf(record.authored)
  const committed = record.committed === null ? (read?.committedAt ?? null) : instantOf(record.committed)
  return { authoredAt: authored ?? committed ?? 0, committedAt: committed ?? authored ?? 0 }
}

export interface TagDeployment {
  name: string
  commit: string
  finishedAt: Instant
  line: string | null
}

export function tagFact(tag: TagDeployment, origin: Origin): Fact {
  return {
    kind: 'deployment',
    source: origin.sourceId,
    id: deploymentId(tag.name, origin),
    service: origin.service,
    environment: origin.environment,
    tier: origin.tier,
    repository: origin.repository,
    commit: tag.commit,
    version: clip(tag.name, idLimit),
    status: 'succeeded',
    finishedAt: tag.finishedAt,
    reported: 'tag',
    ...(tag.line === null ? {} : { line: tag.line }),
  }
}

/** `position` counts from 0 at the root of the first-parent path; `finishedAt` is the greatest committer date up to there. */
export function branchFact(sha: string, position: number, finishedAt: Instant, origin: Origin): Fact {
  return {
    kind: 'deployment',
    source: origin.sourceId,
    id: deploymentId(sha, origin),
    service: origin.service,
    environment: origin.environment,
    tier: origin.tier,
    repository: origin.repository,
    commit: sha,
    version: sha,
    status: 'succeeded',
    finishedAt,
    sequence: position,
    reported: 'branch',
  }
}

/** The name itself; one too long is cut and told apart by its hash. */
function deploymentId(ref: string, { prefix }: Origin): string {
  const name = `${prefix}${ref}`
  if (name.length <= idLimit) return name
  return `${clip(name, idLimit - 20)} (${createHash('sha256').update(name).digest('hex').slice(0, 16)})`
}

/** `id` is the name of a tag or the sha of a first-parent commit. */
export function withdrawalFact(id: string, origin: Origin): Fact {
  return { kind: 'withdrawal', of: 'deployment', source: origin.sourceId, id: deploymentId(id, origin) }
}

export function headFact(head: { branch: string; sha: string }, origin: Origin): Fact {
  return { kind: 'head', source: origin.sourceId, repository: origin.repository, branch: clip(head.branch, idLimit), sha: head.sha }
}
