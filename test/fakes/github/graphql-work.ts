/** GraphQL fields of pull requests and issues. */
import { commitGraph } from './commit-graph.ts'
import { indexedConnection, type KeyedItem, keyedConnection } from './graphql-connection.ts'
import {
  type Arguments,
  actorSource,
  commitSource,
  type Fields,
  type GraphqlContext,
  need,
  notFound,
  repositorySource,
} from './graphql-context.ts'
import { nodeId, pageUrl } from './repository-json.ts'
import { type Commit, type Issue, oidOf, type Pull, type Repository, type Review, type TimelineEvent } from './world.ts'

interface PullSource {
  type: 'PullRequest'
  repository: Repository
  item: Pull
}

interface IssueSource {
  type: 'Issue'
  repository: Repository
  item: Issue
}

type WorkSource = PullSource | IssueSource

interface EventSource {
  type: TimelineEvent['type']
  repository: Repository
  item: Issue | Pull
  event: TimelineEvent
}

interface ReviewSource {
  type: 'PullRequestReview'
  repository: Repository
  pull: Pull
  review: Review
}

export function pullSource(repository: Repository, item: Pull): PullSource {
  return { type: 'PullRequest', repository, item }
}

export function pullOf(context: GraphqlContext, repository: Repository, number: number): PullSource {
  need(context, 'pull_requests')
  const pull = repository.pulls.find((candidate) => candidate.number === number)
  if (!pull) throw notFound(`Could not resolve to a PullRequest with the number of ${number}.`)
  return pullSource(repository, pull)
}

export function issueOf(context: GraphqlContext, repository: Repository, number: number): IssueSource {
  need(context, 'issues')
  const item = repository.issues.find((candidate) => candidate.number === number)
  if (!item) throw notFound(`Could not resolve to an Issue with the number of ${number}.`)
  return { type: 'Issue', repository, item }
}

export function pullConnection(context: GraphqlContext, repository: Repository, args: Arguments) {
  need(context, 'pull_requests')
  const items: KeyedItem<PullSource>[] = []
  for (const pull of repository.pulls) {
    if (args.states && !args.states.includes(pullState(pull))) continue
    if (args.baseRefName && pull.base !== args.baseRefName) continue
    if (args.headRefName && pull.head !== args.headRefName) continue
    if (args.labels && !hasAny(pull.labels, args.labels)) continue
    items.push({ key: orderKey(pull, args), id: pull.id, node: pullSource(repository, pull) })
  }
  return keyedConnection(items, args.orderBy?.direction ?? 'ASC', args)
}

/** `labels` of the field itself means any of them, in `filterBy` as well. */
export function issueConnection(context: GraphqlContext, repository: Repository, args: Arguments) {
  need(context, 'issues')
  const filter = args.filterBy ?? {}
  const states = args.states ?? filter.states
  const labels = args.labels ?? filter.labels
  const items: KeyedItem<IssueSource>[] = []
  for (const issue of repository.issues) {
    if (states && !states.includes(issue.closedAt === null ? 'OPEN' : 'CLOSED')) continue
    if (labels && !hasAny(issue.labels, labels)) continue
    if (filter.since && Date.parse(issue.updatedAt) < Date.parse(filter.since)) continue
    if (filter.createdBy && issue.author !== filter.createdBy) continue
    items.push({ key: orderKey(issue, args), id: issue.id, node: { type: 'Issue', repository, item: issue } })
  }
  return keyedConnection(items, args.orderBy?.direction ?? 'ASC', args)
}

function hasAny(present: string[], wanted: string[]): boolean {
  return wanted.some((label) => present.some((other) => other.toLowerCase() === label.toLowerCase()))
}

function orderKey(item: Pull | Issue, args: Arguments): string {
  return args.orderBy?.field === 'UPDATED_AT' ? item.updatedAt : item.createdAt
}

function pullState(pull: Pull): string {
  return pull.mergedAt !== null ? 'MERGED' : pull.closedAt === null ? 'OPEN' : 'CLOSED'
}

const common: Fields<WorkSource> = {
  databaseId: ({ item }) => item.id,
  number: ({ item }) => item.number,
  title: ({ item }) => item.title,
  body: ({ item }) => item.body ?? '',
  bodyText: ({ item }) => item.body ?? '',
  repository: ({ repository }) => repositorySource(repository),
  createdAt: ({ item }) => item.createdAt,
  updatedAt: ({ item }) => item.updatedAt,
  closedAt: ({ item }) => item.closedAt,
  author: ({ item }, _args, context) => actorSource(context, item.author),
  labels: ({ repository, item }, args) => indexedConnection(item.labels, args, (name) => labelSource(repository, name)),
  timelineItems: (source, args) => timeline(source, args),
}

function labelSource(repository: Repository, name: string) {
  return { type: 'Label', id: nodeId('LA', repository.id, name), name, color: oidOf(name).slice(0, 6), description: null }
}

function timeline({ type, repository, item }: WorkSource, args: Arguments) {
  const chosen = item.timeline.filter((event) => {
    if (type === 'Issue' && event.type === 'MergedEvent') return false
    if (args.since && Date.parse(event.createdAt) < Date.parse(args.since)) return false
    return !args.itemTypes || args.itemTypes.includes(itemType(event.type))
  })
  const connection = indexedConnection(chosen.slice(args.skip ?? 0), args, (event): EventSource => {
    return { type: event.type, repository, item, event }
  })
  return { ...connection, filteredCount: chosen.length, pageCount: connection.nodes.length, updatedAt: item.updatedAt }
}

function itemType(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()
}

const pull: Fields<PullSource> = {
  ...(common as unknown as Fields<PullSource>),
  id: ({ repository, item }) => nodeId('PR', repository.id, item.number),
  fullDatabaseId: ({ item }) => String(item.id),
  url: ({ repository, item }, _args, { world }) => `${pageUrl(world, repository)}/pull/${item.number}`,
  state: ({ item }) => pullState(item),
  isDraft: ({ item }) => item.draft,
  merged: ({ item }) => item.mergedAt !== null,
  isCrossRepository: ({ item }) => item.fork,
  mergedAt: ({ item }) => item.mergedAt,
  mergedBy: ({ item }, _args, context) => actorSource(context, item.mergedBy),
  mergeCommit: ({ repository, item }) => {
    return item.mergedAt === null ? null : commitSource(repository, commitGraph(repository).commits.get(item.mergeCommit ?? ''))
  },
  headRefName: ({ item }) => item.head,
  baseRefName: ({ item }) => item.base,
  headRefOid: ({ item }) => item.headOid,
  baseRefOid: ({ repository, item }) => item.commits[0]?.parents[0] ?? repository.branches[item.base] ?? '0'.repeat(40),
  additions: ({ item }) => item.additions,
  deletions: ({ item }) => item.deletions,
  changedFiles: ({ item }) => item.changedFiles,
  commits: ({ repository, item }, args) => {
    return indexedConnection(item.commits, args, (commit) => ({ type: 'PullRequestCommit', repository, pull: item, commit }))
  },
  files: ({ item }, args) => indexedConnection(item.files ?? [], args, (path) => ({ path, additions: 1, deletions: 0 })),
  reviews: ({ repository, item }, args) => {
    const chosen = item.reviews.filter(
      (review) => (!args.states || args.states.includes(review.state)) && (!args.author || review.author === args.author),
    )
    return indexedConnection(chosen, args, (review): ReviewSource => ({ type: 'PullRequestReview', repository, pull: item, review }))
  },
}

const pullCommit: Fields<{ repository: Repository; pull: Pull; commit: Commit }> = {
  id: ({ repository, pull, commit }) => nodeId('PURC', repository.id, pull.number, commit.oid),
  commit: ({ repository, commit }) => commitSource(repository, commit),
  url: ({ repository, pull, commit }, _args, { world }) => `${pageUrl(world, repository)}/pull/${pull.number}/commits/${commit.oid}`,
}

const review: Fields<ReviewSource> = {
  id: ({ repository, pull, review }) => nodeId('PRR', repository.id, pull.number, review.id),
  databaseId: ({ review }) => review.id,
  state: ({ review }) => review.state,
  submittedAt: ({ review }) => review.submittedAt,
  createdAt: ({ review }) => review.submittedAt,
  author: ({ review }, _args, context) => actorSource(context, review.author),
  url: ({ repository, pull, review }, _args, { world }) => {
    return `${pageUrl(world, repository)}/pull/${pull.number}#pullrequestreview-${review.id}`
  },
}

const issue: Fields<IssueSource> = {
  ...(common as unknown as Fields<IssueSource>),
  id: ({ repository, item }) => nodeId('I', repository.id, item.number),
  url: ({ repository, item }, _args, { world }) => `${pageUrl(world, repository)}/issues/${item.number}`,
  state: ({ item }) => (item.closedAt === null ? 'OPEN' : 'CLOSED'),
  stateReason: ({ item }, args) => reasonOf(item.stateReason, args.enableDuplicate ?? false),
}

/** Who does not ask for duplicates is told that they are not planned. */
function reasonOf(reason: string | null | undefined, enableDuplicate: boolean): string | null {
  if (!reason) return null
  return reason === 'duplicate' && !enableDuplicate ? 'NOT_PLANNED' : reason.toUpperCase()
}

const event: Fields<EventSource> = {
  id: ({ repository, item, event }) => nodeId('EV', repository.id, item.number, event.type, event.createdAt),
  createdAt: ({ event }) => event.createdAt,
  actor: ({ event }, _args, context) => actorSource(context, event.actor),
  stateReason: ({ event }) => reasonOf(event.stateReason, true),
  label: ({ repository, event }) => labelSource(repository, event.label ?? ''),
  commit: ({ repository, item }) => {
    return commitSource(repository, 'commits' in item ? commitGraph(repository).commits.get(item.mergeCommit ?? '') : undefined)
  },
  mergeRefName: ({ item }) => ('commits' in item ? item.base : ''),
}

export const workFields = {
  PullRequest: pull,
  PullRequestCommit: pullCommit,
  PullRequestReview: review,
  Issue: issue,
  ReadyForReviewEvent: event,
  ConvertToDraftEvent: event,
  ClosedEvent: event,
  ReopenedEvent: event,
  MergedEvent: event,
  LabeledEvent: event,
  UnlabeledEvent: event,
}

export function nodeOfWork(context: GraphqlContext, repository: Repository, kind: string, parts: string[]): unknown {
  const number = Number(parts[1])
  if (kind === 'PR') return pullOf(context, repository, number)
  if (kind === 'I') return issueOf(context, repository, number)
  if (kind !== 'PRR') return null
  const { item } = pullOf(context, repository, number)
  const found = item.reviews.find((review) => review.id === Number(parts[2]))
  return found ? { type: 'PullRequestReview', repository, pull: item, review: found } : null
}
