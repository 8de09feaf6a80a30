/** Turns what GitLab says into facts. */

import type { Fact, Instant, Tier } from '../../facts.ts'
import { Tier as TierSchema } from '../../facts.ts'
import { tierOf } from '../../tiers.ts'
import { isBotName } from '../bot-name.ts'
import { told, webAddress } from '../fact-text.ts'
import { compiled, serviceBy, tierBy } from '../rules.ts'
import type { GitlabOptions, JobsRule } from './options.ts'
import type { Commit, Deployment, Job, MergeRequest, Note } from './payloads.ts'

/** Under which names the facts of a project are filed, and what tells how. */
export interface Filing {
  sourceId: string
  /** The full path under which its facts are filed: the first that was seen, whatever it is called now. */
  project: string
  /** Its full path now. */
  name: string
  /** Such as `https://gitlab.com`. */
  web: string
  defaultBranch: string | null
  /** The tier that GitLab has for an environment, by its name. */
  tiers: Record<string, string>
  rules: Pick<GitlabOptions, 'environments' | 'service' | 'incidents'>
}

const nameLimit = 500
const mostLabels = 100
const mostCommits = 10_000

export const mergeId = (project: string, iid: number) => `${project}!${iid}`

/** What deployments of GitLab's own, and jobs, have ids that begin with. */
export function deploymentPrefixes(project: string): string[] {
  return [`${project}/deployments/`, `${project}/jobs/`]
}

/** The service of a thing of the project; without a rule that says one it is the project's own. */
export function serviceOf({ project, rules }: Pick<Filing, 'project' | 'rules'>, more: Record<string, string | undefined> = {}): string {
  const [name = project, ...groups] = project.split('/').reverse()
  const labels = { ...more, project, name, group: groups.reverse().join('/') }
  return told(serviceBy(rules.service, labels) ?? project, 200)
}

const outcomes: Record<string, 'running' | 'succeeded' | 'failed' | 'cancelled'> = {
  running: 'running',
  success: 'succeeded',
  failed: 'failed',
  canceled: 'cancelled',
}

/** Null where nothing was tried: it waits for its job, a person or an approval, or was skipped. */
export function deploymentFact(deployment: Deployment, filing: Filing): Fact | null {
  const status = outcomes[deployment.status]
  const { environment, deployable } = deployment
  if (status === undefined || !environment) return null
  const name = told(environment.name, 200)
  const tier = tierFor(environment.name, filing)
  const updatedAt = instant(deployment.updated_at ?? deployment.created_at)
  // The state of the deployment counts, not that of its job: a job may fail once the deployment has succeeded.
  const ended = deployable?.finished_at ? instant(deployable.finished_at) : updatedAt
  const finishedAt = status === 'running' ? undefined : ended
  const began = deployable ? (deployable.started_at ?? null) : deployment.created_at
  return {
    kind: 'deployment',
    source: filing.sourceId,
    id: `${filing.project}/deployments/${deployment.id}`,
    url: webAddress(deployable?.web_url) ?? `${filing.web}/${filing.project}/-/environments/${environment.id ?? ''}`,
    updatedAt,
    service: serviceOf(filing, { environment: name, tier: tier ?? undefined, ref: deployment.ref ?? undefined }),
    repository: filing.project,
    environment: name,
    ...(tier === undefined ? {} : { tier }),
    ...commitOf(deployment.sha),
    ...(deployable?.tag && deployment.ref ? { version: told(deployment.ref, nameLimit) } : {}),
    status,
    ...startOf(began, finishedAt),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    reported: 'event',
  }
}

/** What the option says, else what GitLab has for the environment; undefined: its name tells. */
export function tierFor(environment: string, { rules, tiers }: Pick<Filing, 'rules' | 'tiers'>): Tier | null | undefined {
  if (rules.environments !== undefined) return tierBy(rules.environments, environment)
  const tier = Object.hasOwn(tiers, environment) ? tiers[environment] : undefined
  if (tier === undefined) return undefined
  return TierSchema.safeParse(tier).data ?? null
}

/** The tier that counts in the end. */
export function actualTier(environment: string, filing: Pick<Filing, 'rules' | 'tiers'>): Tier | null {
  const tier = tierFor(environment, filing)
  return tier === undefined ? tierOf(environment) : tier
}

/** Null where the job is none of the rule's, or nothing was tried. */
export function jobFact(job: Job, rule: JobsRule, filing: Filing): Fact | null {
  const status = outcomes[job.status]
  if (status === undefined || !isOfRule(job, rule, filing)) return null
  // One that was cancelled before it began has touched nothing.
  if (status === 'cancelled' && !job.started_at) return null
  const updatedAt = Math.max(...[job.created_at, job.started_at, job.finished_at].flatMap((time) => (time ? [instant(time)] : [])))
  const ended = job.finished_at ? instant(job.finished_at) : updatedAt
  const finishedAt = status === 'running' ? undefined : ended
  const ref = job.ref ?? job.pipeline?.ref ?? undefined
  const { environment } = rule
  return {
    kind: 'deployment',
    source: filing.sourceId,
    id: `${filing.project}/jobs/${job.id}`,
    url: webAddress(job.web_url) ?? `${filing.web}/${filing.project}/-/jobs/${job.id}`,
    updatedAt,
    service: serviceOf(filing, { environment, tier: environment, ref, job: job.name, stage: job.stage ?? undefined }),
    repository: filing.project,
    environment,
    tier: environment,
    ...commitOf(job.commit?.id ?? job.pipeline?.sha),
    ...(job.tag && ref ? { version: told(ref, nameLimit) } : {}),
    status,
    ...startOf(job.started_at, finishedAt),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    reported: 'event',
  }
}

export function isOfRule(job: Job, rule: JobsRule, filing: Pick<Filing, 'defaultBranch'>): boolean {
  const ref = job.ref ?? job.pipeline?.ref ?? ''
  // A pipeline of a merge request tries what is proposed.
  if (job.pipeline?.source === 'merge_request_event' || ref.startsWith('refs/merge-requests/')) return false
  if (rule.branch !== false && (job.tag === true || ref !== (rule.branch === true ? filing.defaultBranch : rule.branch))) return false
  return compiled(rule.jobs).matcher(job.name).find()
}

/** A merged one, and those of its commits that the target branch does not hold as they are: they were squashed. */
export function mergeFacts(merge: MergeRequest, commits: Commit[], notes: Note[], filing: Filing, paths?: string[]): Fact[] {
  if (!merge.merged_at) return []
  const mergedAt = instant(merge.merged_at)
  const author = merge.author?.username
  const squash = shaOf(merge.squash_commit_sha)
  const mergeCommit = shaOf(merge.merge_commit_sha) ?? squash ?? shaOf(merge.sha)
  const own = commits.flatMap(({ id }) => shaOf(id) ?? [])
  const held = [...new Set([...own, ...(squash === undefined ? [] : [squash])])].slice(0, mostCommits)
  const url = webAddress(merge.web_url)
  const reverts = revertedMerge(merge, filing)
  const fact: Fact = {
    kind: 'change',
    source: filing.sourceId,
    id: mergeId(filing.project, merge.iid),
    ...(url === undefined ? {} : { url }),
    updatedAt: instant(merge.updated_at),
    service: serviceOf(filing),
    repository: filing.project,
    title: told(merge.title ?? '', 1000),
    ...(author ? { author: told(author, nameLimit) } : {}),
    openedAt: Math.min(instant(merge.created_at), mergedAt),
    ...reviewTimes(notes, author ?? null, mergedAt),
    mergedAt,
    ...(mergeCommit === undefined ? {} : { mergeCommit }),
    commits: held,
    labels: labelsOf(merge.labels),
    ...(merge.source_branch ? { headBranch: told(merge.source_branch, nameLimit) } : {}),
    ...(merge.target_branch ? { baseBranch: told(merge.target_branch, nameLimit) } : {}),
    ...(reverts === undefined ? {} : { reverts }),
    mergeMethod: shaOf(merge.merge_commit_sha) !== undefined ? 'merge' : squash !== undefined ? 'squash' : 'rebase',
    ...(paths === undefined ? {} : { files: paths.length, paths: paths.map((path) => told(path, 4096)) }),
  }
  const squashed = squash === undefined ? [] : commits.flatMap((commit) => commitFact(commit, filing) ?? [])
  return [fact, ...squashed]
}

/** When it was ready, first looked at by another person, and first approved; what came after the merge held nothing up. */
function reviewTimes(notes: Note[], author: string | null, mergedAt: Instant) {
  let [readyAt, firstReviewAt, approvedAt]: (Instant | undefined)[] = []
  for (const { body, system, created_at, author: by } of [...notes].sort((a, b) => instant(a.created_at) - instant(b.created_at))) {
    const at = instant(created_at)
    if (at > mergedAt) break
    if (system && /^marked this merge request as \*\*ready\*\*/i.test(body ?? '')) readyAt = at
    const who = by?.username ?? null
    if (who === null || who === author || by?.bot === true || isBotName(who)) continue
    const approved = system === true && /^approved this merge request/i.test(body ?? '')
    if (approved) approvedAt ??= at
    if (approved || system !== true || /^requested changes/i.test(body ?? '')) firstReviewAt ??= at
  }
  return {
    ...(readyAt === undefined ? {} : { readyAt }),
    ...(firstReviewAt === undefined ? {} : { firstReviewAt }),
    ...(approvedAt === undefined ? {} : { approvedAt }),
  }
}

/** GitLab writes `This reverts merge request group/project!12` into the merge request that its button makes. */
function revertedMerge({ description }: MergeRequest, { project, name }: Pick<Filing, 'project' | 'name'>): string | undefined {
  const [, named, iid] = /^This reverts merge request ([\w./-]{1,400})?!(\d{1,15})\b/im.exec((description ?? '').slice(0, 100_000)) ?? []
  if (iid === undefined) return undefined
  const own = named === undefined || [project, name].some((one) => one.toLowerCase() === named.toLowerCase())
  return told(mergeId(own ? project : (named ?? project), Number(iid)), nameLimit)
}

/** Null where it has no id that can be one. */
export function commitFact(commit: Commit, filing: Pick<Filing, 'sourceId' | 'project'>): Extract<Fact, { kind: 'commit' }> | null {
  const sha = shaOf(commit.id)
  const committed = commit.committed_date ?? commit.created_at ?? commit.authored_date
  if (sha === undefined || !committed) return null
  const { author_name: name = null, author_email: email = null } = commit
  // As git writes an author, so that equal commits are known by it whichever way they came.
  const author = name === null && email === null ? undefined : told(`${name ?? ''} <${email ?? ''}>`, nameLimit)
  return {
    kind: 'commit',
    source: filing.sourceId,
    repository: filing.project,
    sha,
    parents: (commit.parent_ids ?? []).flatMap((id) => shaOf(id) ?? []).slice(0, 1000),
    authoredAt: instant(commit.authored_date ?? committed),
    committedAt: instant(committed),
    ...(author === undefined ? {} : { author }),
    message: told(commit.message ?? commit.title ?? '', 1_000_000),
  }
}

export function labelsOf(labels: string[] | null | undefined): string[] {
  return (labels ?? [])
    .map((label) => told(label, 200))
    .filter((label) => label !== '')
    .slice(0, mostLabels)
}

function commitOf(sha: string | null | undefined): { commit?: string } {
  const commit = shaOf(sha)
  return commit === undefined ? {} : { commit }
}

export function shaOf(text: string | null | undefined): string | undefined {
  return text && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(text) ? text.toLowerCase() : undefined
}

function startOf(time: string | null | undefined, finishedAt: Instant | undefined): { startedAt?: Instant } {
  if (!time) return {}
  return { startedAt: Math.min(instant(time), finishedAt ?? Number.POSITIVE_INFINITY) }
}

export function instant(time: string): Instant {
  return Date.parse(time)
}
