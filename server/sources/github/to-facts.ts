/** Turns what GitHub says into facts. */

import type { Deployment as DeploymentFact, Fact, Instant } from '../../facts.ts'
import { tierOf } from '../../tiers.ts'
import { isBotName } from '../bot-name.ts'
import { told, webAddress } from '../fact-text.ts'
import { matched, tierBy } from '../rules.ts'
import type { IncidentRule } from './options.ts'
import type { Deployment, Issue, PullCommit, PullRequest, Release, WorkflowJob, WorkflowRun } from './payloads.ts'
import type { EnvironmentsRule, ReleasesRule, Ruling, WorkflowRule } from './rules.ts'

/** Under which names the facts of a repository are filed. */
export interface Filing {
  sourceId: string
  /** The repository, and the service that it is by default: by the name under which its facts are filed. */
  repository: string
  /** Its name now, where it was renamed. */
  name?: string
  /** `https://github.com`. */
  web: string
}

const titleLimit = 1000
const nameLimit = 500
const labelLimit = 200
const messageLimit = 1_000_000
const pathLimit = 4096

export function pullId(repository: string, number: number): string {
  return `${repository}#${number}`
}

export function deploymentId(repository: string, databaseId: number): string {
  return `${repository}/deployments/${databaseId}`
}

export function releaseId(repository: string, tag: string): string {
  return told(`${repository}/releases/${tag}`, nameLimit)
}

/** Every deployment that GitHub's deployments, releases or workflows made of a repository has an id that begins with one of these. */
export function deploymentPrefixes(repository: string): { deployments: string; releases: string; runs: string } {
  return { deployments: `${repository}/deployments/`, releases: `${repository}/releases/`, runs: `${repository}/actions/` }
}

/** A merged pull request, and those of its commits that the target branch does not hold as they are; `paths` are its files where known. */
export function pullFacts(pull: PullRequest, commits: PullCommit[], filing: Filing, paths?: string[]): Fact[] {
  if (pull.mergedAt === null) return []
  const method = mergeMethod(pull, commits)
  const mergedAt = instant(pull.mergedAt)
  const reviews = peopleReviewing(pull)
  const ready = pull.timelineItems.nodes.flatMap(({ createdAt }) => createdAt ?? []).filter((at) => instant(at) <= mergedAt)
  const readyAt = ready.length === 0 ? undefined : Math.max(...ready.map(instant))
  const facts: Fact[] = [
    {
      kind: 'change',
      source: filing.sourceId,
      id: pullId(filing.repository, pull.number),
      url: pull.url,
      updatedAt: instant(pull.updatedAt),
      service: filing.repository,
      repository: filing.repository,
      title: told(pull.title, titleLimit),
      ...(pull.author === null ? {} : { author: pull.author.login }),
      openedAt: instant(pull.createdAt),
      ...defined('readyAt', readyAt),
      ...defined('firstReviewAt', first(reviews.map(({ at }) => at))),
      ...defined('approvedAt', first(reviews.filter(({ state }) => state === 'APPROVED').map(({ at }) => at))),
      mergedAt,
      ...(pull.mergeCommit === null ? {} : { mergeCommit: pull.mergeCommit.oid }),
      commits: commits.map(({ commit }) => commit.oid),
      labels: labelsOf(pull.labels),
      headBranch: told(pull.headRefName, nameLimit),
      baseBranch: told(pull.baseRefName, nameLimit),
      ...defined('reverts', revertedPull(pull, filing)),
      ...defined('mergeMethod', method),
      additions: pull.additions,
      deletions: pull.deletions,
      files: pull.changedFiles,
      ...defined(
        'paths',
        paths?.map((path) => told(path, pathLimit)),
      ),
    },
  ]
  if (method !== 'merge') for (const { commit } of commits) facts.push(commitFact(commit, filing))
  return facts
}

/** How it was merged: a merge commit has two parents, and a rebase keeps the last commit's message. */
function mergeMethod({ mergeCommit }: PullRequest, commits: PullCommit[]): 'merge' | 'squash' | 'rebase' | undefined {
  if (mergeCommit === null) return undefined
  if (mergeCommit.parents.totalCount > 1) return 'merge'
  return commits.at(-1)?.commit.message === mergeCommit.message ? 'rebase' : 'squash'
}

/** Reviews by people other than the author, in their order. */
function peopleReviewing({ author, reviews, mergedAt }: PullRequest): { at: Instant; state: string }[] {
  const found: { at: Instant; state: string }[] = []
  for (const { state, submittedAt, author: reviewer } of reviews?.nodes ?? []) {
    // One that came after the merge held nothing up.
    if (submittedAt === null || (mergedAt !== null && submittedAt > mergedAt)) continue
    if (state === 'PENDING' || reviewer === null || reviewer.login === author?.login) continue
    if (reviewer.__typename === 'Bot' || isBotName(reviewer.login)) continue
    found.push({ at: instant(submittedAt), state })
  }
  return found.sort((a, b) => a.at - b.at)
}

/** The name under which a repository's facts are filed that a text calls so: itself, in any case, by its name now or before. */
function filedName(named: string | undefined, { repository, name }: Pick<Filing, 'repository' | 'name'>): string {
  if (named === undefined) return repository
  const lower = named.toLowerCase()
  return lower === repository.toLowerCase() || lower === name?.toLowerCase() ? repository : named
}

/** GitHub writes `Reverts owner/repository#12` into the pull request that its button makes. */
function revertedPull({ body }: PullRequest, filing: Filing): string | undefined {
  const [, named, number] = /^Reverts ([\w.-]+\/[\w.-]+)?#(\d+)\b/im.exec(body ?? '') ?? []
  return number === undefined ? undefined : `${filedName(named, filing)}#${number}`
}

export function commitFact(commit: PullCommit['commit'], filing: Filing): Fact {
  const { name, email } = commit.author ?? { name: null, email: null }
  // As git writes an author, so that equal commits are known by it whichever way they came.
  const author = name === null && email === null ? undefined : told(`${name ?? ''} <${email ?? ''}>`, nameLimit)
  return {
    kind: 'commit',
    source: filing.sourceId,
    repository: filing.repository,
    sha: commit.oid,
    parents: (commit.parents?.nodes ?? []).flatMap((parent) => parent?.oid ?? []),
    authoredAt: instant(commit.authoredDate),
    committedAt: instant(commit.committedDate),
    author,
    message: told(commit.message, messageLimit),
  }
}

/** Null where a rule before this one counts its tier already, or it has no id. */
export function deploymentFact(deployment: Deployment, { rule, tiers }: Ruling<EnvironmentsRule>, filing: Filing): Fact | null {
  const environment = told(deployment.environment ?? 'production', 200) || 'production'
  const tier = tierBy(rule.environments, environment)
  const actual = tier === undefined ? tierOf(environment) : tier
  if (deployment.databaseId === null || (actual !== null && !tiers.has(actual))) return null
  const { status, finishedAt, startedAt, url } = outcomeOf(deployment)
  const latest = Math.max(instant(deployment.createdAt), ...(deployment.statuses?.nodes ?? []).map(({ createdAt }) => instant(createdAt)))
  return {
    kind: 'deployment',
    source: filing.sourceId,
    id: deploymentId(filing.repository, deployment.databaseId),
    url: url ?? `${filing.web}/${filing.repository}/deployments`,
    // Not the deployment's own time of change: `inactive` moves that, of which no delivery tells.
    updatedAt: finishedAt ?? latest,
    service: filing.repository,
    repository: filing.repository,
    environment,
    ...(tier === undefined ? {} : { tier }),
    ...(/^[0-9a-f]{40,64}$/.test(deployment.commitOid) ? { commit: deployment.commitOid } : {}),
    ...(deployment.ref?.prefix === 'refs/tags/' ? { version: told(deployment.ref.name, nameLimit) } : {}),
    status,
    startedAt,
    ...defined('finishedAt', finishedAt),
    reported: 'event',
  }
}

/**
 * The first success is when it went live; without one the first failure ends it. `inactive` is no outcome: it is set on what a later
 * deployment replaced, so that one which never ended otherwise was given up.
 */
export function outcomeOf(deployment: Deployment): Pick<DeploymentFact, 'status' | 'startedAt' | 'finishedAt' | 'url'> {
  // Of one second, the one that was replaced comes last.
  const rank = ({ state }: { state: string }) => (state.toUpperCase() === 'INACTIVE' ? 1 : 0)
  const statuses = [...(deployment.statuses?.nodes ?? [])].sort((a, b) => instant(a.createdAt) - instant(b.createdAt) || rank(a) - rank(b))
  const firstOf = (...states: string[]) => statuses.find(({ state }) => states.includes(state.toUpperCase()))
  const ended =
    firstOf('SUCCESS') ?? firstOf('FAILURE', 'ERROR') ?? (statuses.at(-1)?.state.toUpperCase() === 'INACTIVE' ? statuses.at(-1) : undefined)
  const began = instant(firstOf('IN_PROGRESS')?.createdAt ?? deployment.createdAt)
  const url = webAddress(ended?.logUrl ?? statuses.at(-1)?.logUrl ?? null)
  if (ended === undefined) return { status: 'running', startedAt: began, url }
  const finishedAt = instant(ended.createdAt)
  const status = { SUCCESS: 'succeeded', INACTIVE: 'cancelled' }[ended.state.toUpperCase()] ?? 'failed'
  return { status: status as DeploymentFact['status'], startedAt: Math.min(began, finishedAt), finishedAt, url }
}

/** Null where it is no release that counts. */
export function releaseFact(release: Release, { rule }: Ruling<ReleasesRule>, filing: Filing): Fact | null {
  if (release.isDraft || release.publishedAt === null || (release.isPrerelease && rule.releases === true)) return null
  return {
    kind: 'deployment',
    source: filing.sourceId,
    id: releaseId(filing.repository, release.tagName),
    url: release.url,
    updatedAt: instant(release.updatedAt),
    service: filing.repository,
    repository: filing.repository,
    environment: rule.environment,
    tier: rule.environment,
    ...(release.tagCommit === null ? {} : { commit: release.tagCommit.oid }),
    version: told(release.tagName, nameLimit),
    status: 'succeeded',
    finishedAt: instant(release.publishedAt),
    reported: 'event',
  }
}

const runOutcomes: Record<string, DeploymentFact['status']> = {
  success: 'succeeded',
  failure: 'failed',
  timed_out: 'failed',
  startup_failure: 'failed',
}

/** One attempt of a run, or of its job: every attempt is told apart. Null where it is not one of the rule's, or has not begun. */
export function runFact(
  run: WorkflowRun,
  job: WorkflowJob | null,
  { rule }: Ruling<WorkflowRule>,
  defaultBranch: string | null,
  filing: Filing,
): Fact | null {
  if (!isOfRule(run, rule, defaultBranch)) return null
  const { status, conclusion } = job ?? run
  const startedAt = instant(job?.started_at ?? run.run_started_at ?? run.created_at)
  const ended = status === 'completed'
  // It waits for its turn or for an approval: nothing has touched the environment.
  if (!ended && status !== 'in_progress') return null
  const finishedAt = ended ? Math.max(instant(job?.completed_at ?? run.updated_at), startedAt) : undefined
  const named = job === null ? '' : `/jobs/${job.name}`
  return {
    kind: 'deployment',
    source: filing.sourceId,
    id: told(`${filing.repository}/actions/runs/${run.id}/attempts/${run.run_attempt}${named}`, nameLimit),
    ...defined('url', webAddress(job?.html_url ?? run.html_url)),
    updatedAt: Math.max(instant(run.updated_at), finishedAt ?? 0),
    service: rule.service ?? filing.repository,
    repository: filing.repository,
    environment: rule.environment,
    tier: rule.environment,
    commit: run.head_sha,
    // Skipped, neutral and cancelled ones deployed nothing.
    status: ended ? (runOutcomes[conclusion ?? ''] ?? 'cancelled') : 'running',
    startedAt,
    ...defined('finishedAt', finishedAt),
    reported: 'event',
  }
}

export function isOfRule(run: WorkflowRun, rule: WorkflowRule, defaultBranch: string | null): boolean {
  if (isForPullRequest(run)) return false
  return rule.branch === undefined || run.head_branch === (rule.branch === true ? defaultBranch : rule.branch)
}

/** Such a run tries what is proposed, from a branch that may be a fork's of the same name; it is no deployment. */
export function isForPullRequest({ event }: WorkflowRun): boolean {
  return event === 'pull_request' || event === 'pull_request_target'
}

/** What an issue names as the cause of an incident. */
export type NamedCause =
  | { deployment: string }
  | { commit: string }
  | { version: string }
  | { pull: { owner: string; name: string; number: number } }

/** Null where the issue is no incident by its labels. */
export function incidentFact(issue: Issue, rule: IncidentRule, mergeCommit: string | null, filing: Filing): Fact | null {
  const labels = labelsOf(issue.labels)
  if (!isIncident(issue, rule)) return null
  const openedAt = instant(issue.createdAt)
  const cause = causeOf(issue, filing)
  const service = firstMatch(labels, rule.service)
  const severity = firstMatch(labels, rule.severity)
  return {
    kind: 'incident',
    source: filing.sourceId,
    id: pullId(filing.repository, issue.number),
    url: issue.url,
    updatedAt: instant(issue.updatedAt),
    service: service === null ? filing.repository : told(service, 200),
    title: told(issue.title, titleLimit),
    ...(severity === null ? {} : { severity: told(severity, 100) }),
    openedAt,
    // One that was opened again is not over until it is closed again.
    ...(issue.state === 'CLOSED' && issue.closedAt !== null ? { resolvedAt: Math.max(instant(issue.closedAt), openedAt) } : {}),
    ...(cause === null || 'pull' in cause ? (mergeCommit === null ? {} : { commit: mergeCommit }) : cause),
  }
}

export function isIncident(issue: Issue, rule: IncidentRule): boolean {
  const wanted = new Set(rule.labels.map((label) => label.toLowerCase()))
  return labelsOf(issue.labels).some((label) => wanted.has(label.toLowerCase()))
}

/** The first thing that a line `Caused by …` of the issue names. */
export function causeOf({ body }: Issue, filing: Pick<Filing, 'repository' | 'name'>): NamedCause | null {
  const { repository } = filing
  const [, line] = /^[ \t>*_-]*caused[ -]by\b[*_:\s]*(.+)$/im.exec(body ?? '') ?? []
  if (line === undefined) return null
  // Anyone may have written it: a line without end would be searched for many seconds.
  const said = line.slice(0, 1000)
  const [, ofDeployment, databaseId] = /([\w.-]+\/[\w.-]+)\/deployments?\/(\d+)/.exec(said) ?? []
  if (databaseId !== undefined) return { deployment: deploymentId(filedName(ofDeployment, filing), Number(databaseId)) }
  const [, , tag] = /([\w.-]+\/[\w.-]+)\/releases\/tag\/([^\s)>\]]+)/.exec(said) ?? []
  if (tag !== undefined) return { version: told(decoded(tag), nameLimit) }
  const [sha] = /\b[0-9a-f]{40}(?:[0-9a-f]{24})?\b/i.exec(said) ?? []
  if (sha !== undefined) return { commit: sha.toLowerCase() }
  const [, fullName, number] = /(?:([\w.-]+\/[\w.-]+)(?:#|\/pull\/)|#)(\d{1,9})\b/.exec(said) ?? []
  if (number !== undefined) {
    const [owner = '', name = ''] = (fullName ?? repository).split('/')
    return { pull: { owner, name, number: Number(number) } }
  }
  const [, version] = /^(?:version|release|tag)?\s*[`']?(v?\d+\.\d+(?:\.\d+)*(?:[-+][\w.-]+)?)\b/i.exec(said) ?? []
  return version === undefined ? null : { version: told(version, nameLimit) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function firstMatch(labels: string[], pattern: string | undefined): string | null {
  if (pattern === undefined) return null
  for (const label of labels) {
    const found = matched(label, pattern)
    if (found !== null) return found
  }
  return null
}

function labelsOf(labels: { nodes: { name: string }[] } | null): string[] {
  return (labels?.nodes ?? []).map(({ name }) => told(name, labelLimit)).filter((name) => name !== '')
}

function first(instants: Instant[]): Instant | undefined {
  return instants.length === 0 ? undefined : Math.min(...instants)
}

export function instant(time: string): Instant {
  return Date.parse(time)
}

function defined<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V }
}
