/** REST routes of a repository's pull requests and issues. */
import type { Permission } from './access.ts'
import { commitJson } from './repository-json.ts'
import { missing, page, type RepositoryContext, type RestAnswer, type Route, sortedBy } from './rest-route.ts'
import { fullPullJson, issueJson, labelJson, pullAsIssueJson, pullJson, reviewJson } from './work-json.ts'
import type { Issue, Pull } from './world.ts'

const pulls: Permission[] = ['pull_requests']
const either: Permission[] = ['issues', 'pull_requests']

export const workRoutes: Route<RepositoryContext>[] = [
  { pattern: 'GET /pulls', permissions: pulls, answer: listPulls },
  { pattern: 'GET /pulls/{number}', permissions: pulls, answer: onePull },
  { pattern: 'GET /pulls/{number}/commits', permissions: pulls, answer: pullCommits },
  { pattern: 'GET /pulls/{number}/reviews', permissions: pulls, answer: pullReviews },
  { pattern: 'GET /commits/{sha}/pulls', permissions: pulls, answer: pullsOfCommit },
  { pattern: 'GET /issues', permissions: either, answer: listIssues },
  { pattern: 'GET /issues/{number}', permissions: either, answer: oneIssue },
  { pattern: 'GET /issues/{number}/events', permissions: either, answer: issueEvents },
  { pattern: 'GET /labels', permissions: either, answer: listLabels },
]

/** Open ones, the newest first, unless asked otherwise. */
function listPulls(context: RepositoryContext): RestAnswer {
  const { world, repository, query } = context
  const state = query.get('state') ?? 'open'
  const base = query.get('base')
  const head = query.get('head')?.replace(/^[^:]*:/, '')
  const sort = query.get('sort') ?? 'created'
  const direction = query.get('direction') ?? (query.has('sort') && sort !== 'created' ? 'asc' : 'desc')
  const chosen = repository.pulls.filter((pull) => {
    if (base !== null && pull.base !== base) return false
    if (head !== undefined && pull.head !== head) return false
    return state === 'all' || (state === 'open') === (pull.closedAt === null)
  })
  const key = (pull: Pull) => (sort === 'updated' ? pull.updatedAt : pull.createdAt)
  return page(context, sortedBy(chosen, key, direction === 'asc' ? 'asc' : 'desc'), (pull) => pullJson(world, repository, pull))
}

function pullOf(context: RepositoryContext, number: string): Pull {
  return context.repository.pulls.find((pull) => pull.number === Number(number)) ?? missing()
}

function onePull(context: RepositoryContext, number = ''): RestAnswer {
  return { body: fullPullJson(context.world, context.repository, pullOf(context, number)) }
}

/** At most 250 of them, as documented. */
function pullCommits(context: RepositoryContext, number = ''): RestAnswer {
  const { commits } = pullOf(context, number)
  return page(context, commits.slice(0, 250), (commit) => commitJson(context.world, context.repository, commit))
}

function pullReviews(context: RepositoryContext, number = ''): RestAnswer {
  const pull = pullOf(context, number)
  return page(context, pull.reviews, (review) => reviewJson(context.world, context.repository, pull, review))
}

function pullsOfCommit(context: RepositoryContext, sha = ''): RestAnswer {
  const found = context.repository.pulls.filter((pull) => pull.mergeCommit === sha || pull.commits.some((commit) => commit.oid === sha))
  return page(context, found, (pull) => pullJson(context.world, context.repository, pull))
}

function isPull(item: Issue | Pull): item is Pull {
  return 'commits' in item
}

function issueOrPullJson(context: RepositoryContext, item: Issue | Pull) {
  const { world, repository } = context
  return isPull(item) ? pullAsIssueJson(world, repository, item) : issueJson(world, repository, item)
}

/** Pull requests are among them; `since` is about the last update; every one of `labels` is needed. */
function listIssues(context: RepositoryContext): RestAnswer {
  const { repository, query } = context
  const state = query.get('state') ?? 'open'
  const since = query.get('since')
  const labels = (query.get('labels') ?? '').split(',').filter((label) => label !== '')
  const sort = query.get('sort') ?? 'created'
  const creator = query.get('creator')
  const all: (Issue | Pull)[] = [...repository.issues, ...repository.pulls]
  const chosen = all.filter((item) => {
    if (since !== null && Date.parse(item.updatedAt) < Date.parse(since)) return false
    if (creator !== null && item.author !== creator) return false
    if (!hasLabels(item.labels, labels)) return false
    return state === 'all' || (state === 'open') === (item.closedAt === null)
  })
  const key = (item: Issue | Pull) => (sort === 'updated' ? item.updatedAt : item.createdAt)
  const sorted = sortedBy(chosen, key, query.get('direction') === 'asc' ? 'asc' : 'desc')
  return page(context, sorted, (item) => issueOrPullJson(context, item))
}

/** Labels are compared without case. */
function hasLabels(present: string[], wanted: string[]): boolean {
  return wanted.every((label) => present.some((other) => other.toLowerCase() === label.toLowerCase()))
}

function numbered(context: RepositoryContext, number: string): Issue | Pull {
  const { issues, pulls } = context.repository
  return issues.find((issue) => issue.number === Number(number)) ?? pulls.find((pull) => pull.number === Number(number)) ?? missing()
}

function oneIssue(context: RepositoryContext, number = ''): RestAnswer {
  return { body: issueOrPullJson(context, numbered(context, number)) }
}

const eventNames: Record<string, string> = {
  ReadyForReviewEvent: 'ready_for_review',
  ConvertToDraftEvent: 'convert_to_draft',
  ClosedEvent: 'closed',
  ReopenedEvent: 'reopened',
  MergedEvent: 'merged',
  LabeledEvent: 'labeled',
  UnlabeledEvent: 'unlabeled',
}

function issueEvents(context: RepositoryContext, number = ''): RestAnswer {
  const { timeline } = numbered(context, number)
  return page(context, timeline, (event) => ({
    event: eventNames[event.type],
    created_at: event.createdAt,
    actor: event.actor === null ? null : { login: event.actor },
    ...(event.label === undefined ? {} : { label: { name: event.label } }),
    ...(event.stateReason === undefined ? {} : { state_reason: event.stateReason }),
  }))
}

function listLabels(context: RepositoryContext): RestAnswer {
  const { world, repository } = context
  const names = new Set([...repository.issues, ...repository.pulls].flatMap((item) => item.labels))
  return page(context, [...names].sort(), (name) => labelJson(world, repository, name))
}
