/** Reads the lists of a repository page by page, several lists with one question, and keeps account of how far each is read. */
import { z } from 'zod'
import type { SourceError } from '../../errors.ts'
import type { Fact } from '../../facts.ts'
import type { Client, GraphqlError } from './client.ts'
import { TooMuch } from './client.ts'
import type { Feed, RepositoryState } from './cursor.ts'
import { goneRepository, missingPermission, notUnderstood, permissionFor } from './failure.ts'
import type { Deployment, Issue, PullCommit, PullRequest, Release } from './payloads.ts'
import { PullCommits, RepositoryPage } from './payloads.ts'
import { readPullFiles } from './pull-files.ts'
import { mergeCommits, moreCommits, repositoryPage } from './queries.ts'
import type { Rulings } from './rules.ts'
import {
  causeOf,
  deploymentFact,
  type Filing,
  incidentFact,
  instant,
  isIncident,
  outcomeOf,
  pullFacts,
  pullId,
  releaseFact,
  releaseId,
} from './to-facts.ts'

export const kinds = ['pulls', 'deployments', 'issues', 'releases'] as const
export type Kind = (typeof kinds)[number]

/** `older`: on with the backfill; `newer`: from the top down to what was seen before. */
export type Direction = 'older' | 'newer'
export type Wants = Partial<Record<Kind, { direction: Direction; after: string | null }>>

/** The fields of the answer. */
const fields: Record<Kind, 'pullRequests' | 'deployments' | 'issues' | 'releases'> = {
  pulls: 'pullRequests',
  deployments: 'deployments',
  issues: 'issues',
  releases: 'releases',
}

/** As a person calls them. */
const words: Record<string, string> = { pullRequests: 'pull requests', deployments: 'deployments', issues: 'issues', releases: 'releases' }

/** Lists are asked for from a little before what was seen, since GitHub's copies do not agree at once. */
const overlapMs = 600_000
/** A deployment is looked at again for so long: one that has not ended, and one that failed and may be tried again. */
const watchedMs = { running: 7 * 86_400_000, failed: 86_400_000 }
const mostWatched = 200

export interface PageReading {
  state: RepositoryState
  rulings: Rulings
  filing: Filing
  client: Client
  /** The time of the run. */
  now: Date
  /** Whether the files that each pull request changed are asked for. */
  files: boolean
  /** Of a page; made smaller where it is too much for the server. */
  size: { value: number }
}

export interface PageOutcome {
  facts: Fact[]
  /** What is left to ask for in the same direction. */
  left: Wants
  failures: Map<Kind | 'repository', SourceError>
}

const Answer = z.object({ node: RepositoryPage.nullable() })

/** One page of each list that is wanted. Throws SourceError where nothing could be read. */
export async function readPage(reading: PageReading, wants: Wants): Promise<PageOutcome> {
  const { state } = reading
  const { data, errors } = await askPage(reading, wants)
  const outcome: PageOutcome = { facts: [], left: {}, failures: new Map() }
  if (data.node === null) {
    // GitHub withholds the whole repository where one of its lists may not be read: the others are asked for without it.
    const forbidden = kinds.filter((kind) => wants[kind] !== undefined && errors.some(({ path }) => path?.includes(fields[kind])))
    if (forbidden.length === 0) outcome.failures.set('repository', goneOrForbidden(state.name, errors))
    else outcome.left = { ...wants }
    for (const kind of forbidden) {
      outcome.failures.set(kind, failureOf(fields[kind], errorOf(errors, fields[kind]), state.name))
      delete outcome.left[kind]
    }
    return outcome
  }
  const page = data.node
  noteHead(state, page)
  for (const kind of kinds) {
    const want = wants[kind]
    if (want === undefined) continue
    const list = page[fields[kind]]
    const error = errorOf(errors, fields[kind])
    if (list === null || list === undefined || error !== null) {
      outcome.failures.set(kind, failureOf(fields[kind], error, state.name))
      continue
    }
    const facts = await factsOf(kind, list, want, reading)
    if (want.after === null) noteNewest(kind, list.nodes[0], state)
    const after = keepAccount(state[kind], list, want.direction, timesOf(kind, list.nodes), reading)
    outcome.facts.push(...facts)
    if (after !== null) outcome.left[kind] = { direction: want.direction, after }
  }
  return outcome
}

/** What the repository is at now. */
export function noteHead(
  state: RepositoryState,
  { pushedAt, defaultBranchRef, nameWithOwner }: Pick<RepositoryPage, 'pushedAt' | 'defaultBranchRef' | 'nameWithOwner'>,
): void {
  state.name = nameWithOwner
  state.defaultBranch = defaultBranchRef?.name ?? state.defaultBranch
  const head = defaultBranchRef?.target?.oid ?? null
  if (head === state.head && pushedAt === state.pushed) return
  state.head = head
  state.pushed = pushedAt
  state.stale = true
}

/** The next look compares with these; the other lists are ordered by their changes. */
function noteNewest(kind: Kind, node: Node | undefined, state: RepositoryState): void {
  if (kind === 'deployments') state.newestDeployment = node?.id ?? null
  if (kind === 'releases') state.newestRelease = newestRelease(node as Release | undefined)
}

export function newestRelease(release: Pick<Release, 'id' | 'updatedAt'> | undefined): string {
  return release === undefined ? '' : `${release.id} ${release.updatedAt}`
}

async function askPage(
  { state, rulings, client, size }: PageReading,
  wants: Wants,
): Promise<{ data: z.output<typeof Answer>; errors: GraphqlError[] }> {
  const labels = wants.issues?.direction === 'older' ? (rulings.incidents?.labels ?? null) : null
  const since = wants.issues?.direction === 'newer' && state.issues.top !== null ? earlier(state.issues.top) : state.since
  for (;;) {
    const variables = {
      id: state.node,
      size: size.value,
      pulls: wants.pulls !== undefined,
      pullsAfter: wants.pulls?.after ?? null,
      deployments: wants.deployments !== undefined,
      deploymentsAfter: wants.deployments?.after ?? null,
      issues: wants.issues !== undefined,
      issuesAfter: wants.issues?.after ?? null,
      labels,
      issueFilter: { since },
      releases: wants.releases !== undefined,
      releasesAfter: wants.releases?.after ?? null,
    }
    try {
      return await client.graphql(state.name, repositoryPage, variables, Answer)
    } catch (error) {
      if (!(error instanceof TooMuch)) throw error
      if (size.value <= 5) throw notUnderstood(`a page of ${state.name}`, error)
      size.value = Math.max(5, Math.floor(size.value / 2))
    }
  }
}

function earlier(time: string): string {
  return new Date(instant(time) - overlapMs).toISOString()
}

/** The error that concerns a field of the repository, or something within it. */
function errorOf(errors: GraphqlError[], field: string): GraphqlError | null {
  return errors.find(({ path }) => path?.includes(field)) ?? null
}

function failureOf(field: string, error: GraphqlError | null, name: string): SourceError {
  const deepest = error?.path?.findLast((step) => typeof step === 'string' && step !== 'nodes') ?? field
  if (error === null || error.type === 'FORBIDDEN' || /not accessible/i.test(error.message))
    return missingPermission(`${words[field] ?? field} of ${name}`, permissionFor(String(deepest)))
  return notUnderstood(`${field} of ${name} (${error.message.slice(0, 200)})`)
}

function goneOrForbidden(name: string, errors: GraphqlError[]): SourceError {
  const forbidden = errors.find(({ type }) => type === 'FORBIDDEN')
  return forbidden === undefined ? goneRepository(name) : missingPermission(`the repository ${name}`, 'Metadata: read')
}

type Node = PullRequest | Deployment | Issue | Release

function timesOf(kind: Kind, nodes: Node[]): string[] {
  return nodes.map((node) => (kind === 'deployments' || kind === 'releases' ? node.createdAt : node.updatedAt))
}

/** Moves the account of a list on by one page; the page to ask for next, or null where the direction is through. */
function keepAccount(
  feed: Feed,
  { pageInfo, totalCount }: { pageInfo?: { hasNextPage: boolean; endCursor: string | null }; totalCount?: number },
  direction: Direction,
  times: string[],
  { state, now }: PageReading,
): string | null {
  const next = pageInfo?.hasNextPage ? pageInfo.endCursor : null
  const last = times.at(-1)
  const seen = feed.top
  const newest = [seen ?? state.since, ...times].sort().at(-1) ?? state.since
  if (direction === 'newer') {
    const reached = last === undefined || (seen !== null && instant(last) < instant(seen) - overlapMs)
    if (reached || next === null) {
      feed.top = feed.changed !== null && feed.changed > newest ? feed.changed : newest
      feed.changed = null
      return null
    }
    // The top moves once everything down to it was read; a run that ends before reads it again.
    feed.changed = feed.changed !== null && feed.changed > newest ? feed.changed : newest
    return next
  }
  // A list of issues with a label says nothing of the others, so that the time of the run stands for its top.
  feed.top ??= feed === state.issues ? earlier(now.toISOString()) : newest
  feed.oldest = last ?? feed.oldest ?? state.since
  feed.read += times.length
  feed.total = totalCount ?? feed.total
  feed.after = next
  feed.done = next === null || (last !== undefined && instant(last) < instant(state.since))
  if (feed.done) feed.after = null
  return feed.after
}

async function factsOf(
  kind: Kind,
  { nodes, pageInfo }: { nodes: Node[]; pageInfo?: { hasNextPage: boolean } },
  { direction, after }: NonNullable<Wants[Kind]>,
  reading: PageReading,
): Promise<Fact[]> {
  if (kind === 'pulls') return pullsToFacts(nodes as PullRequest[], reading)
  const seen = direction === 'newer' ? reading.state.deployments.top : null
  if (kind === 'deployments') return deploymentsToFacts(nodes as Deployment[], seen ?? '', reading)
  if (kind === 'issues') return issuesToFacts(nodes as Issue[], reading)
  const isTop = direction === 'newer' && after === null
  return releasesToFacts(nodes as Release[], isTop ? (pageInfo?.hasNextPage ? nodes.at(-1)?.createdAt : null) : undefined, reading)
}

export async function pullsToFacts(pulls: PullRequest[], { state, filing, client, files }: Omit<PageReading, 'size'>): Promise<Fact[]> {
  const facts: Fact[] = []
  const wanted = pulls.filter(({ mergedAt }) => mergedAt !== null && instant(mergedAt) >= instant(state.since))
  const lists = files ? await readPullFiles(wanted, state.name, client) : new Map<string, string[]>()
  for (const pull of wanted) facts.push(...pullFacts(pull, await commitsOf(pull, client), filing, lists.get(pull.id)))
  return facts
}

const MoreCommits = z.object({ node: z.object({ commits: PullCommits }).nullable() })

/** All commits of a pull request that GitHub lists: 250. */
async function commitsOf(pull: PullRequest, client: Client): Promise<PullCommit[]> {
  const commits = [...pull.commits.nodes]
  let { pageInfo } = pull.commits
  while (pageInfo?.hasNextPage && pageInfo.endCursor !== null) {
    const answer = await client.graphql(`commits of ${pull.url}`, moreCommits, { id: pull.id, after: pageInfo.endCursor }, MoreCommits)
    const more = answer.data.node?.commits
    if (more === undefined || more.nodes.length === 0) break
    commits.push(...more.nodes)
    pageInfo = more.pageInfo
  }
  return commits
}

/** The commits of those that were made after `newerThan` are to be read. */
export function deploymentsToFacts(
  deployments: Deployment[],
  newerThan: string | null,
  { state, rulings, filing, now }: Omit<PageReading, 'size'>,
): Fact[] {
  if (rulings.environments === null) return []
  const facts: Fact[] = []
  const wanted = new Set(state.wanted)
  for (const deployment of deployments) {
    if (instant(deployment.createdAt) < instant(state.since)) continue
    const fact = deploymentFact(deployment, rulings.environments, filing)
    if (fact === null) continue
    facts.push(fact)
    watch(state, deployment, now)
    if (newerThan !== null && deployment.createdAt > newerThan && fact.kind === 'deployment' && fact.commit !== undefined)
      wanted.add(fact.commit)
  }
  state.wanted = [...wanted]
  return facts
}

/** One that may still succeed is looked at again by its id. */
function watch(state: RepositoryState, deployment: Deployment, now: Date): void {
  const { status } = outcomeOf(deployment)
  const watched = status === 'running' || status === 'failed' ? watchedMs[status] : 0
  const open = now.getTime() - instant(deployment.createdAt) < watched
  state.open = state.open.filter((id) => id !== deployment.id)
  if (open) state.open = [...state.open, deployment.id].slice(-mostWatched)
}

/** Issues that are incidents; one that no longer is, is withdrawn. */
export async function issuesToFacts(issues: Issue[], { rulings, filing, client }: Omit<PageReading, 'size'>): Promise<Fact[]> {
  const rule = rulings.incidents
  if (rule === null) return []
  const merges = await mergeCommitsOf(
    issues.filter((issue) => isIncident(issue, rule)),
    filing,
    client,
  )
  const facts: Fact[] = []
  for (const issue of issues) {
    const fact = incidentFact(issue, rule, merges.get(issue.number) ?? null, filing)
    const id = pullId(filing.repository, issue.number)
    facts.push(fact ?? { kind: 'withdrawal', of: 'incident', source: filing.sourceId, id, ifStanding: true })
  }
  return facts
}

const Merges = z.record(
  z.string(),
  z.object({ pullRequest: z.object({ mergeCommit: z.object({ oid: z.string() }).nullable() }).nullable() }).nullable(),
)

/** By the number of the issue: the merge commit of the pull request that it names as its cause. */
async function mergeCommitsOf(issues: Issue[], filing: Filing, client: Client): Promise<Map<number, string>> {
  const named = issues.flatMap((issue) => {
    const cause = causeOf(issue, filing)
    return cause !== null && 'pull' in cause ? [{ number: issue.number, pull: cause.pull }] : []
  })
  const found = new Map<number, string>()
  for (let start = 0; start < named.length; start += 50) {
    const chunk = named.slice(start, start + 50)
    const { data } = await client.graphql('pull requests that issues name', mergeCommits(chunk.map(({ pull }) => pull)), {}, Merges)
    chunk.forEach(({ number }, index) => {
      const oid = data[`p${index}`]?.pullRequest?.mergeCommit?.oid
      if (oid !== undefined) found.set(number, oid)
    })
  }
  return found
}

/**
 * Releases that count; one that counts no longer is withdrawn. `allSince`: the list holds every release made since then (null: every one
 * there is), so that those which are missing are gone; undefined: it holds just some.
 */
export function releasesToFacts(releases: Release[], allSince: string | null | undefined, reading: Omit<PageReading, 'size'>): Fact[] {
  const { state, rulings, filing } = reading
  if (rulings.releases === null) return []
  const facts: Fact[] = []
  const wanted = new Set(state.wanted)
  const withdraw = (tag: string) => {
    delete state.published[tag]
    facts.push({ kind: 'withdrawal', of: 'deployment', source: filing.sourceId, id: releaseId(filing.repository, tag), ifStanding: true })
  }
  if (allSince !== undefined) {
    const listed = new Set(releases.map(({ tagName }) => tagName))
    for (const [tag, createdAt] of Object.entries(state.published)) {
      if (!listed.has(tag) && (allSince === null || createdAt >= allSince)) withdraw(tag)
    }
  }
  for (const release of releases) {
    const isOld = instant(release.publishedAt ?? release.createdAt) < instant(state.since)
    const fact = isOld ? null : releaseFact(release, rulings.releases, filing)
    if (fact === null) {
      withdraw(release.tagName)
      continue
    }
    state.published[release.tagName] = release.createdAt
    facts.push(fact)
    if (release.tagCommit !== null) wanted.add(release.tagCommit.oid)
  }
  state.wanted = [...wanted]
  return facts
}
