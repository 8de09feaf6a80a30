/** GraphQL fields of the root, of accounts, and of a repository with its refs and commits. */
import { givenRepositories } from './access.ts'
import { commitGraph, resolveCommit } from './commit-graph.ts'
import { indexedConnection, type KeyedItem, keyedConnection } from './graphql-connection.ts'
import {
  type ActorSource,
  type Arguments,
  actorSource,
  type CommitSource,
  commitSource,
  type Fields,
  type GraphqlContext,
  need,
  notFound,
  type RefSource,
  type RepositorySource,
  refOf,
  repositorySource,
  visibleRepository,
} from './graphql-context.ts'
import { deploymentConnection, latestRelease, nodeOfDelivery, releaseConnection } from './graphql-deliveries.ts'
import { issueConnection, issueOf, nodeOfWork, pullConnection, pullOf, pullSource } from './graphql-work.ts'
import { nodeId, pageUrl } from './repository-json.ts'
import { accountOf, type Commit, fullName, iso, type Person, type Repository, type Tag } from './world.ts'

interface TagSource {
  type: 'Tag'
  repository: Repository
  tag: Tag
}

interface GitActorSource {
  person: Person
  date: string
}

const root: Fields<unknown> = {
  rateLimit: (_source, _args, { budget, points, nodeCount }) =>
    budget && { ...budget, cost: points, nodeCount, resetAt: iso(budget.reset * 1000) },
  viewer: (_source, _args, context): ActorSource => ({ type: 'User', account: accountOf(context.world, context.token.login) }),
  node: (_source, args, context) => nodeOf(context, args.id ?? ''),
  nodes: (_source, args, context) => (args.ids ?? []).map((id) => tryNode(context, id)),
  repository: (_source, args, context) =>
    repositorySource(visibleRepository(context, args.owner ?? '', args.name ?? '', args.followRenames ?? true)),
  organization: (_source, args, context) => ownerSource(context, args.login ?? '', ['Organization'], 'an Organization'),
  user: (_source, args, context) => ownerSource(context, args.login ?? '', ['User'], 'a User'),
  repositoryOwner: (_source, args, context) => ownerSource(context, args.login ?? '', ['User', 'Organization'], 'a RepositoryOwner'),
}

function ownerSource(context: GraphqlContext, login: string, types: string[], what: string): ActorSource {
  const wanted = login.toLowerCase()
  const owned = context.world.repositories.find((repository) => repository.owner.toLowerCase() === wanted)
  const known = owned?.owner ?? Object.keys(context.world.accounts).find((one) => one.toLowerCase() === wanted)
  const source = known === undefined ? null : actorSource(context, known)
  if (!source || !types.includes(source.type)) throw notFound(`Could not resolve to ${what} with the login of '${login}'.`)
  return source
}

/** An id holds the kind and the numbers that lead to the object. */
function nodeOf(context: GraphqlContext, id: string): unknown {
  const missing = notFound(`Could not resolve to a node with the global id of '${id}'`)
  const [, kind = '', code = ''] = /^([A-Z]+)_(.*)$/.exec(id) ?? []
  const parts = Buffer.from(code, 'base64url').toString().split(':')
  const visible = givenRepositories(context.world, context.token)
  if (kind === 'R') {
    const repository = visible.find((candidate) => candidate.nodeId === id)
    if (repository) return repositorySource(repository)
  }
  const repository = visible.find((candidate) => String(candidate.id) === parts[0])
  if (!repository) throw missing
  if (kind === 'C') return commitSource(repository, commitGraph(repository).commits.get(parts[1] ?? '')) ?? fail(missing)
  const found = nodeOfWork(context, repository, kind, parts) ?? nodeOfDelivery(context, repository, kind, parts)
  return found ?? fail(missing)
}

function fail(error: Error): never {
  throw error
}

/** An Error among the items of a list stands for its own item alone. */
function tryNode(context: GraphqlContext, id: string): unknown {
  try {
    return nodeOf(context, id)
  } catch (error) {
    return error
  }
}

const account: Fields<ActorSource> = {
  id: ({ account }) => nodeId(account.type === 'Organization' ? 'O' : account.type === 'Bot' ? 'BOT' : 'U', account.id),
  databaseId: ({ account }) => account.id,
  login: ({ type, account }) => (type === 'Bot' ? account.login.replace(/\[bot\]$/, '') : account.login),
  name: ({ account }) => account.login,
  email: () => '',
  url: ({ account }, _args, { world }) => `${world.url}/${account.login}`,
  resourcePath: ({ account }) => `/${account.login}`,
  avatarUrl: ({ account }, _args, { world }) => `${world.url}/avatars/u/${account.id}`,
  repositories: ({ account }, args, context) => ownedRepositories(context, account.login, args),
}

const repositoryKeys: Record<string, (repository: Repository) => string> = {
  NAME: (repository) => repository.name.toLowerCase(),
  PUSHED_AT: (repository) => repository.pushedAt,
  UPDATED_AT: (repository) => repository.updatedAt,
  CREATED_AT: (repository) => repository.createdAt,
}

function ownedRepositories(context: GraphqlContext, login: string, args: Arguments) {
  const key = repositoryKeys[args.orderBy?.field ?? 'CREATED_AT'] ?? (() => '')
  const items: KeyedItem<RepositorySource>[] = []
  for (const repository of givenRepositories(context.world, context.token)) {
    if (repository.owner !== login) continue
    if (typeof args.isArchived === 'boolean' && repository.archived !== args.isArchived) continue
    if (typeof args.isFork === 'boolean' && repository.fork !== args.isFork) continue
    if (args.privacy && (args.privacy === 'PRIVATE') !== repository.private) continue
    items.push({ key: key(repository), id: repository.id, node: repositorySource(repository) })
  }
  return keyedConnection(items, args.orderBy?.direction ?? 'ASC', args)
}

const repository: Fields<RepositorySource> = {
  id: ({ repository }) => repository.nodeId,
  databaseId: ({ repository }) => repository.id,
  name: ({ repository }) => repository.name,
  nameWithOwner: ({ repository }) => fullName(repository),
  owner: ({ repository }, _args, context) => actorSource(context, repository.owner),
  url: ({ repository }, _args, { world }) => pageUrl(world, repository),
  visibility: ({ repository }) => (repository.private ? 'PRIVATE' : 'PUBLIC'),
  isArchived: ({ repository }) => repository.archived,
  isDisabled: () => false,
  isEmpty: ({ repository }) => Object.keys(commitGraph(repository).branches).length === 0,
  isFork: ({ repository }) => repository.fork,
  isPrivate: ({ repository }) => repository.private,
  createdAt: ({ repository }) => repository.createdAt,
  pushedAt: ({ repository }) => repository.pushedAt,
  updatedAt: ({ repository }) => repository.updatedAt,
  defaultBranchRef: ({ repository }) => refOf(repository, `refs/heads/${repository.defaultBranch}`),
  ref: ({ repository }, args, context) => {
    need(context, 'contents')
    const name = args.qualifiedName ?? ''
    if (name.startsWith('refs/')) return refOf(repository, name)
    return refOf(repository, `refs/heads/${name}`) ?? refOf(repository, `refs/tags/${name}`)
  },
  refs: ({ repository }, args, context) => refConnection(context, repository, args),
  object: ({ repository }, args, context) => {
    need(context, 'contents')
    return objectOf(repository, args.oid ?? args.expression ?? '')
  },
  pullRequest: ({ repository }, args, context) => pullOf(context, repository, args.number ?? 0),
  pullRequests: ({ repository }, args, context) => pullConnection(context, repository, args),
  issue: ({ repository }, args, context) => issueOf(context, repository, args.number ?? 0),
  issues: ({ repository }, args, context) => issueConnection(context, repository, args),
  deployments: ({ repository }, args, context) => deploymentConnection(context, repository, args),
  releases: ({ repository }, args, context) => releaseConnection(context, repository, args),
  latestRelease: ({ repository }, _args, context) => latestRelease(context, repository),
}

/** An annotated tag is an object of its own. */
function objectOf(repository: Repository, expression: string): CommitSource | TagSource | null {
  const graph = commitGraph(repository)
  const name = expression.replace(/^refs\/tags\//, '')
  const tag = graph.tags.find((candidate) => candidate.annotated && (candidate.annotated.oid === name || candidate.name === name))
  if (tag && graph.branches[name] === undefined) return { type: 'Tag', repository, tag }
  return commitSource(repository, graph.commits.get(resolveCommit(repository, expression) ?? ''))
}

function refConnection(context: GraphqlContext, repository: Repository, args: Arguments) {
  need(context, 'contents')
  const graph = commitGraph(repository)
  const names = [...Object.keys(graph.branches).map((name) => `refs/heads/${name}`), ...graph.tags.map((tag) => `refs/tags/${tag.name}`)]
  const byDate = args.orderBy?.field === 'TAG_COMMIT_DATE'
  const keyed = names
    .filter((ref) => ref.startsWith(args.refPrefix ?? '') && (!args.query || ref.includes(args.query)))
    .map((ref) => {
      const source = refOf(repository, ref) as RefSource
      return { source, key: byDate ? (graph.commits.get(source.oid)?.committedDate ?? '') : ref }
    })
  const sign = (args.orderBy?.direction ?? args.direction ?? 'ASC') === 'ASC' ? 1 : -1
  keyed.sort((a, b) => sign * (a.key < b.key ? -1 : a.key > b.key ? 1 : a.source.ref < b.source.ref ? -1 : 1))
  return indexedConnection(keyed, args, ({ source }) => source)
}

const ref: Fields<RefSource> = {
  id: ({ repository, ref }) => nodeId('REF', repository.id, ref),
  name: ({ ref }) => ref.replace(/^refs\/(heads|tags)\//, ''),
  prefix: ({ ref }) => (ref.startsWith('refs/tags/') ? 'refs/tags/' : 'refs/heads/'),
  repository: ({ repository }) => repositorySource(repository),
  target: ({ repository, oid, tag }, _args, context) => {
    need(context, 'contents')
    return tag?.annotated ? { type: 'Tag', repository, tag } : commitSource(repository, commitGraph(repository).commits.get(oid))
  },
}

const tag: Fields<TagSource> = {
  id: ({ repository, tag }) => nodeId('TA', repository.id, tag.name),
  oid: ({ tag }) => tag.annotated?.oid,
  abbreviatedOid: ({ tag }) => tag.annotated?.oid.slice(0, 7),
  commitUrl: ({ repository, tag }, _args, { world }) => `${pageUrl(world, repository)}/commit/${tag.oid}`,
  repository: ({ repository }) => repositorySource(repository),
  name: ({ tag }) => tag.name,
  message: ({ tag }) => tag.annotated?.message,
  tagger: ({ tag }): GitActorSource | null => {
    if (!tag.annotated) return null
    return { person: { name: tag.annotated.name, email: tag.annotated.email, login: null }, date: tag.annotated.date }
  },
  target: ({ repository, tag }) => commitSource(repository, commitGraph(repository).commits.get(tag.oid)),
}

const commit: Fields<CommitSource> = {
  id: ({ repository, commit }) => nodeId('C', repository.id, commit.oid),
  oid: ({ commit }) => commit.oid,
  abbreviatedOid: ({ commit }) => commit.oid.slice(0, 7),
  repository: ({ repository }) => repositorySource(repository),
  url: commitUrl,
  commitUrl,
  authoredDate: ({ commit }) => commit.authoredDate,
  committedDate: ({ commit }) => commit.committedDate,
  message: ({ commit }) => commit.message,
  messageHeadline: ({ commit }) => commit.message.split('\n')[0],
  messageBody: ({ commit }) => commit.message.split('\n').slice(1).join('\n').trim(),
  author: ({ commit }): GitActorSource => ({ person: commit.author, date: commit.authoredDate }),
  committer: ({ commit }): GitActorSource => ({ person: commit.committer ?? commit.author, date: commit.committedDate }),
  parents: ({ repository, commit }, args) => {
    const { commits } = commitGraph(repository)
    return indexedConnection(commit.parents, args, (oid) => commitSource(repository, commits.get(oid)))
  },
  history: ({ repository, commit }, args) => {
    const since = args.since ? Date.parse(args.since) : Number.NEGATIVE_INFINITY
    const until = args.until ? Date.parse(args.until) : Number.POSITIVE_INFINITY
    const isWithin = ({ committedDate }: Commit) => Date.parse(committedDate) >= since && Date.parse(committedDate) <= until
    const history = commitGraph(repository).history(commit.oid)
    const chosen = args.since || args.until ? history.filter(isWithin) : history
    return indexedConnection(chosen, args, (one) => commitSource(repository, one), commit.oid)
  },
  associatedPullRequests: ({ repository, commit }, args, context) => {
    need(context, 'pull_requests')
    const found = repository.pulls.filter((pull) => pull.mergeCommit === commit.oid || pull.commits.some((one) => one.oid === commit.oid))
    return indexedConnection(found, args, (pull) => pullSource(repository, pull))
  },
}

function commitUrl({ repository, commit }: CommitSource, _args: Arguments, { world }: GraphqlContext): string {
  return `${pageUrl(world, repository)}/commit/${commit.oid}`
}

const gitActor: Fields<GitActorSource> = {
  name: ({ person }) => person.name,
  email: ({ person }) => person.email,
  date: ({ date }) => date,
  user: ({ person }, _args, context) => {
    if (person.login === null || accountOf(context.world, person.login).type !== 'User') return null
    return actorSource(context, person.login)
  },
}

export const repositoryFields = {
  Query: root,
  User: account,
  Bot: account,
  Mannequin: account,
  Organization: account,
  Repository: repository,
  Ref: ref,
  Tag: tag,
  Commit: commit,
  GitActor: gitActor,
}
