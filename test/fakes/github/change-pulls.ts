/** Changes of commits and pull requests, each with the webhooks that it sends. Instants are ISO 8601; a change moves `updatedAt` as GitHub does. */
import { pageUrl, pushedCommitJson, pushedRepositoryJson } from './repository-json.ts'
import { type Change, type WebhookEvent, webhookEvent } from './webhook-event.ts'
import { fullPullJson, pullJson, reviewJson } from './work-json.ts'
import { type Commit, iso, nextId, oidOf, type Pull, type Repository, type Review, type World } from './world.ts'

const noCommit = '0'.repeat(40)

export interface CommitFields {
  message?: string
  author?: string
  authoredDate?: string
  parents?: string[]
  oid?: string
}

/** A commit on a branch (the default one unless told), pushed at the instant of its committer's date. */
export function pushCommit(
  world: World,
  repository: Repository,
  at: string,
  fields: CommitFields & { branch?: string } = {},
): Change<Commit> {
  const branch = fields.branch ?? repository.defaultBranch
  const before = repository.branches[branch] ?? noCommit
  const commit = newCommit(world, at, { parents: before === noCommit ? [] : [before], ...fields })
  repository.commits.push(commit)
  return { item: commit, events: [pushed(world, repository, branch, before, [commit], at, fields.author ?? 'octocat')] }
}

export function newCommit(world: World, at: string, fields: CommitFields = {}): Commit {
  const login = fields.author ?? 'octocat'
  return {
    oid: fields.oid ?? oidOf(`commit ${nextId(world)} ${at}`),
    parents: fields.parents ?? [],
    authoredDate: iso(fields.authoredDate ?? at),
    committedDate: iso(at),
    message: fields.message ?? 'Change the code',
    author: { name: login, email: `${login}@users.noreply.github.com`, login },
  }
}

export type PullFields = Partial<Pull> & { title: string }

/** One commit, made at the same instant, unless `commits` are given. */
export function openPull(world: World, repository: Repository, at: string, fields: PullFields): Change<Pull> {
  const base = fields.base ?? repository.defaultBranch
  const tip = repository.branches[base]
  const author = fields.author === undefined ? 'octocat' : fields.author
  const commits = fields.commits ?? [newCommit(world, at, { author: author ?? 'ghost', parents: tip ? [tip] : [], message: fields.title })]
  const number = fields.number ?? nextNumber(repository)
  const pull: Pull = {
    id: nextId(world),
    number,
    body: null,
    draft: false,
    createdAt: iso(at),
    updatedAt: iso(at),
    mergedAt: null,
    closedAt: null,
    mergedBy: null,
    mergeCommit: null,
    head: `change-${number}`,
    headOid: commits.at(-1)?.oid ?? noCommit,
    author,
    additions: 10,
    deletions: 2,
    changedFiles: 1,
    labels: [],
    reviews: [],
    timeline: [],
    fork: false,
    ...fields,
    base,
    commits,
  }
  repository.pulls.push(pull)
  return { item: pull, events: [pullEvent(world, repository, pull, 'opened', author)] }
}

/** More commits on its branch; with `replace` they take the place of those before, as a force push does. */
export function pushToPull(world: World, repository: Repository, pull: Pull, at: string, commits: Commit[], replace = false): Change<Pull> {
  const before = pull.headOid
  pull.commits = replace ? commits : [...pull.commits, ...commits]
  pull.headOid = pull.commits.at(-1)?.oid ?? before
  pull.updatedAt = iso(at)
  const event = pullEvent(world, repository, pull, 'synchronize', pull.author)
  Object.assign(event.payload, { before, after: pull.headOid })
  return { item: pull, events: [event] }
}

export function reviewPull(
  world: World,
  repository: Repository,
  pull: Pull,
  at: string,
  fields: Partial<Review> & { author: string },
): Change<Review> {
  const review: Review = { id: nextId(world), state: 'APPROVED', submittedAt: iso(at), ...fields }
  pull.reviews.push(review)
  pull.updatedAt = iso(at)
  const json = { ...reviewJson(world, repository, pull, review), state: review.state.toLowerCase() }
  const payload = { action: 'submitted', review: json, pull_request: pullJson(world, repository, pull) }
  return { item: review, events: [webhookEvent(world, repository, 'pull_request_review', payload, fields.author)] }
}

export function setDraft(world: World, repository: Repository, pull: Pull, at: string, draft: boolean): Change<Pull> {
  pull.draft = draft
  pull.updatedAt = iso(at)
  pull.timeline.push({ type: draft ? 'ConvertToDraftEvent' : 'ReadyForReviewEvent', createdAt: iso(at), actor: pull.author })
  return { item: pull, events: [pullEvent(world, repository, pull, draft ? 'converted_to_draft' : 'ready_for_review', pull.author)] }
}

export interface MergeFields {
  by?: string
  method?: 'merge' | 'squash' | 'rebase'
  /** The merge commit's id, for a repository with a `gitDir`, where the caller makes the commit. */
  oid?: string
}

export function mergePull(world: World, repository: Repository, pull: Pull, at: string, fields: MergeFields = {}): Change<Pull> {
  const by = fields.by ?? pull.author ?? 'octocat'
  const before = repository.branches[pull.base] ?? noCommit
  const landed = mergeCommits(world, repository, pull, at, by, fields)
  pull.mergedAt = iso(at)
  pull.closedAt = iso(at)
  pull.updatedAt = iso(at)
  pull.mergedBy = by
  pull.mergeCommit = fields.oid ?? landed.at(-1)?.oid ?? null
  pull.timeline.push({ type: 'MergedEvent', createdAt: iso(at), actor: by }, { type: 'ClosedEvent', createdAt: iso(at), actor: by })
  const events = [pullEvent(world, repository, pull, 'closed', by)]
  if (landed.length > 0) events.push(pushed(world, repository, pull.base, before, landed, at, by))
  return { item: pull, events }
}

export function closePull(world: World, repository: Repository, pull: Pull, at: string, by = pull.author): Change<Pull> {
  pull.closedAt = iso(at)
  pull.updatedAt = iso(at)
  pull.timeline.push({ type: 'ClosedEvent', createdAt: iso(at), actor: by })
  return { item: pull, events: [pullEvent(world, repository, pull, 'closed', by)] }
}

export function reopenPull(world: World, repository: Repository, pull: Pull, at: string, by = pull.author): Change<Pull> {
  pull.closedAt = null
  pull.updatedAt = iso(at)
  pull.timeline.push({ type: 'ReopenedEvent', createdAt: iso(at), actor: by })
  return { item: pull, events: [pullEvent(world, repository, pull, 'reopened', by)] }
}

/** Pull requests and issues are numbered together. */
export function nextNumber(repository: Repository): number {
  let highest = 0
  for (const item of repository.pulls) if (item.number > highest) highest = item.number
  for (const item of repository.issues) if (item.number > highest) highest = item.number
  return highest + 1
}

function pullEvent(world: World, repository: Repository, pull: Pull, action: string, sender: string | null): WebhookEvent {
  const payload = { action, number: pull.number, pull_request: fullPullJson(world, repository, pull) }
  return webhookEvent(world, repository, 'pull_request', payload, sender)
}

/** The commits that arrive on the base branch, oldest first. */
function mergeCommits(world: World, repository: Repository, pull: Pull, at: string, by: string, fields: MergeFields): Commit[] {
  if (repository.gitDir !== null) return []
  const tip = repository.branches[pull.base]
  const parents = tip ? [tip] : []
  const github = { name: 'GitHub', email: 'noreply@github.com', login: 'web-flow' }
  const landed: Commit[] = []
  if (fields.method === 'rebase') {
    for (const commit of pull.commits) {
      const parent = landed.at(-1)?.oid
      landed.push({ ...commit, oid: oidOf(`rebased ${commit.oid} ${at}`), parents: parent ? [parent] : parents, committedDate: iso(at) })
    }
  } else if (fields.method === 'squash') {
    const message = `${pull.title} (#${pull.number})`
    landed.push({ ...newCommit(world, at, { message, author: pull.author ?? by, parents, oid: fields.oid }), committer: github })
  } else {
    const message = `Merge pull request #${pull.number} from ${repository.owner}/${pull.head}\n\n${pull.title}`
    const merge = newCommit(world, at, { message, author: by, parents: [...parents, pull.headOid], oid: fields.oid })
    landed.push(...pull.commits, { ...merge, committer: github })
  }
  repository.commits.push(...landed)
  return landed
}

function pushed(
  world: World,
  repository: Repository,
  branch: string,
  before: string,
  commits: Commit[],
  at: string,
  by: string,
): WebhookEvent {
  const last = commits.at(-1) as Commit
  repository.branches[branch] = last.oid
  repository.pushedAt = iso(at)
  repository.updatedAt = iso(at)
  const listed = commits.map((commit) => pushedCommitJson(world, repository, commit))
  return pushEvent(world, repository, `refs/heads/${branch}`, before, last, listed, by)
}

/** Also for a tag, whose push lists no commits. */
export function pushEvent(
  world: World,
  repository: Repository,
  ref: string,
  before: string,
  head: Commit,
  commits: Record<string, unknown>[],
  by: string,
): WebhookEvent {
  const payload = {
    ref,
    before,
    after: head.oid,
    repository: pushedRepositoryJson(world, repository),
    pusher: { name: by, email: head.author.email },
    created: before === noCommit,
    deleted: false,
    forced: false,
    base_ref: null,
    compare: `${pageUrl(world, repository)}/compare/${before.slice(0, 12)}...${head.oid.slice(0, 12)}`,
    commits,
    head_commit: pushedCommitJson(world, repository, head),
  }
  return webhookEvent(world, repository, 'push', payload, by)
}
