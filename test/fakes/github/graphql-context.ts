/** What the resolvers of GraphQL share: who asks, the objects they pass on, and the errors that GitHub gives a type. */
import { GraphQLError } from 'graphql'
import { deniedMessage, mayRead, maySee, type Permission, type Token } from './access.ts'
import type { Budget } from './budgets.ts'
import { commitGraph } from './commit-graph.ts'
import type { PageArguments } from './graphql-connection.ts'
import { type Account, accountOf, type Commit, findRepository, type Repository, type Tag, type World } from './world.ts'

export interface GraphqlContext {
  world: World
  token: Token
  /** Null when limits are off. */
  budget: Budget | null
  points: number
  nodeCount: number
}

type Direction = 'ASC' | 'DESC'

/** Every argument that a field of the schema has. */
export interface Arguments extends PageArguments {
  id?: string
  ids?: string[]
  login?: string
  owner?: string
  name?: string
  number?: number
  followRenames?: boolean
  qualifiedName?: string
  refPrefix?: string
  query?: string | null
  expression?: string | null
  oid?: string | null
  since?: string | null
  until?: string | null
  skip?: number | null
  author?: string | null
  baseRefName?: string | null
  headRefName?: string | null
  environments?: string[] | null
  labels?: string[] | null
  states?: string[] | null
  itemTypes?: string[] | null
  isArchived?: boolean | null
  isFork?: boolean | null
  privacy?: string | null
  enableDuplicate?: boolean
  direction?: Direction | null
  orderBy?: { field: string; direction: Direction } | null
  filterBy?: { createdBy?: string; labels?: string[]; since?: string; states?: string[] } | null
}

export type Fields<Source> = Record<string, (source: Source, args: Arguments, context: GraphqlContext) => unknown>

export interface ActorSource {
  type: Account['type']
  account: Account
}

export interface RepositorySource {
  type: 'Repository'
  repository: Repository
}

export interface CommitSource {
  type: 'Commit'
  repository: Repository
  commit: Commit
}

export interface RefSource {
  type: 'Ref'
  repository: Repository
  /** From `refs/` on. */
  ref: string
  oid: string
  tag: Tag | null
}

export function actorSource(context: GraphqlContext, login: string | null): ActorSource | null {
  if (login === null) return null
  const account = accountOf(context.world, login)
  return { type: account.type, account }
}

export function commitSource(repository: Repository, commit: Commit | undefined): CommitSource | null {
  return commit ? { type: 'Commit', repository, commit } : null
}

export function repositorySource(repository: Repository): RepositorySource {
  return { type: 'Repository', repository }
}

export function refOf(repository: Repository, ref: string): RefSource | null {
  const graph = commitGraph(repository)
  const branch = ref.startsWith('refs/heads/') ? graph.branches[ref.slice(11)] : undefined
  if (branch !== undefined) return { type: 'Ref', repository, ref, oid: branch, tag: null }
  const tag = ref.startsWith('refs/tags/') ? graph.tags.find((candidate) => candidate.name === ref.slice(10)) : undefined
  return tag ? { type: 'Ref', repository, ref, oid: tag.oid, tag } : null
}

/** The null that takes the place of the field goes up to the first field that may be null, in GitHub as here. */
export function need(context: GraphqlContext, permission: Permission): void {
  if (mayRead(context.token, permission)) return
  throw new GraphQLError(deniedMessage(context.token), { extensions: { type: 'FORBIDDEN', saml_failure: false } })
}

export function notFound(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type: 'NOT_FOUND' } })
}

export function visibleRepository(context: GraphqlContext, owner: string, name: string, followRenames: boolean): Repository {
  const found = findRepository(context.world, owner, name)
  if (found && (followRenames || !found.renamed) && maySee(context.token, found.repository)) return found.repository
  throw notFound(`Could not resolve to a Repository with the name '${owner}/${name}'.`)
}
