/** GraphQL fields of deployments and releases. */
import { commitGraph } from './commit-graph.ts'
import { type KeyedItem, keyedConnection } from './graphql-connection.ts'
import {
  type Arguments,
  actorSource,
  commitSource,
  type Fields,
  type GraphqlContext,
  need,
  refOf,
  repositorySource,
} from './graphql-context.ts'
import { nodeId, pageUrl } from './repository-json.ts'
import type { Deployment, DeploymentStatus, Release, Repository } from './world.ts'

interface DeploymentSource {
  type: 'Deployment'
  repository: Repository
  deployment: Deployment
}

interface StatusSource extends Omit<DeploymentSource, 'type'> {
  type: 'DeploymentStatus'
  status: DeploymentStatus
}

interface ReleaseSource {
  type: 'Release'
  repository: Repository
  release: Release
}

export function deploymentConnection(context: GraphqlContext, repository: Repository, args: Arguments) {
  need(context, 'deployments')
  const items: KeyedItem<DeploymentSource>[] = []
  for (const deployment of repository.deployments) {
    if (args.environments && !args.environments.includes(deployment.environment)) continue
    items.push({ key: deployment.createdAt, id: deployment.id, node: { type: 'Deployment', repository, deployment } })
  }
  return keyedConnection(items, args.orderBy?.direction ?? 'ASC', args)
}

/** Drafts are for those who may push: never for a token that reads. */
export function releaseConnection(context: GraphqlContext, repository: Repository, args: Arguments) {
  need(context, 'contents')
  const items = repository.releases
    .filter((release) => !release.draft)
    .map((release) => {
      const key = args.orderBy?.field === 'NAME' ? (release.name ?? '') : release.createdAt
      return { key, id: release.id, node: releaseSource(repository, release) }
    })
  return keyedConnection(items, args.orderBy?.direction ?? 'ASC', args)
}

export function latestRelease(context: GraphqlContext, repository: Repository): ReleaseSource | null {
  need(context, 'contents')
  const latest = latestOf(repository)
  return latest ? releaseSource(repository, latest) : null
}

function latestOf(repository: Repository): Release | undefined {
  let latest: Release | undefined
  for (const release of repository.releases) {
    if (release.draft || release.prerelease) continue
    if (!latest || release.createdAt > latest.createdAt) latest = release
  }
  return latest
}

function releaseSource(repository: Repository, release: Release): ReleaseSource {
  return { type: 'Release', repository, release }
}

/** A deployment whose last status is a success is ACTIVE; one without any status is PENDING. */
function stateOf(deployment: Deployment): string {
  const state = deployment.statuses.at(-1)?.state ?? 'pending'
  return state === 'success' ? 'ACTIVE' : state.toUpperCase()
}

function statusSource(repository: Repository, deployment: Deployment, status: DeploymentStatus): StatusSource {
  return { type: 'DeploymentStatus', repository, deployment, status }
}

const deployment: Fields<DeploymentSource> = {
  id: ({ repository, deployment }) => nodeId('DE', repository.id, deployment.id),
  databaseId: ({ deployment }) => deployment.id,
  environment: ({ deployment }) => deployment.environment,
  latestEnvironment: ({ deployment }) => deployment.environment,
  originalEnvironment: ({ deployment }) => deployment.originalEnvironment,
  task: ({ deployment }) => deployment.task,
  description: ({ deployment }) => deployment.description,
  payload: ({ deployment }) => JSON.stringify(deployment.payload),
  state: ({ deployment }) => stateOf(deployment),
  createdAt: ({ deployment }) => deployment.createdAt,
  updatedAt: ({ deployment }) => deployment.updatedAt,
  commitOid: ({ deployment }) => deployment.oid,
  commit: ({ repository, deployment }) => commitSource(repository, commitGraph(repository).commits.get(deployment.oid)),
  ref: ({ repository, deployment: { ref } }) => refOf(repository, `refs/heads/${ref}`) ?? refOf(repository, `refs/tags/${ref}`),
  creator: ({ deployment }, _args, context) => actorSource(context, deployment.creator),
  repository: ({ repository }) => repositorySource(repository),
  latestStatus: ({ repository, deployment }) => {
    const last = deployment.statuses.at(-1)
    return last ? statusSource(repository, deployment, last) : null
  },
  statuses: ({ repository, deployment }, args) => {
    const items = deployment.statuses.map((status) => {
      return { key: status.createdAt, id: status.id, node: statusSource(repository, deployment, status) }
    })
    return keyedConnection(items, 'DESC', args)
  },
}

const status: Fields<StatusSource> = {
  id: ({ repository, deployment, status }) => nodeId('DES', repository.id, deployment.id, status.id),
  state: ({ status }) => status.state.toUpperCase(),
  createdAt: ({ status }) => status.createdAt,
  updatedAt: ({ status }) => status.updatedAt,
  description: ({ status }) => status.description,
  environment: ({ deployment }) => deployment.environment,
  environmentUrl: ({ status }) => status.environmentUrl || null,
  logUrl: ({ status }) => status.logUrl || null,
  creator: ({ status }, _args, context) => actorSource(context, status.creator),
  deployment: ({ repository, deployment }) => ({ type: 'Deployment', repository, deployment }),
}

const release: Fields<ReleaseSource> = {
  id: ({ repository, release }) => nodeId('RE', repository.id, release.id),
  databaseId: ({ release }) => release.id,
  name: ({ release }) => release.name,
  tagName: ({ release }) => release.tag,
  isPrerelease: ({ release }) => release.prerelease,
  isDraft: ({ release }) => release.draft,
  isLatest: ({ repository, release }) => latestOf(repository) === release,
  description: ({ release }) => release.body,
  publishedAt: ({ release }) => release.publishedAt,
  createdAt: ({ release }) => release.createdAt,
  updatedAt: ({ release }) => release.publishedAt ?? release.createdAt,
  url: ({ repository, release }, _args, { world }) => `${pageUrl(world, repository)}/releases/tag/${release.tag}`,
  tag: ({ repository, release }) => refOf(repository, `refs/tags/${release.tag}`),
  tagCommit: ({ repository, release }) => {
    const graph = commitGraph(repository)
    return commitSource(repository, graph.commits.get(graph.tags.find((tag) => tag.name === release.tag)?.oid ?? ''))
  },
  author: ({ release }, _args, context) => {
    const author = actorSource(context, release.author)
    return author?.type === 'User' ? author : null
  },
}

export const deliveryFields = { Deployment: deployment, DeploymentStatus: status, Release: release }

export function nodeOfDelivery(context: GraphqlContext, repository: Repository, kind: string, parts: string[]): unknown {
  const id = Number(parts[1])
  if (kind === 'RE') {
    need(context, 'contents')
    const found = repository.releases.find((candidate) => candidate.id === id)
    return found ? releaseSource(repository, found) : null
  }
  if (kind !== 'DE' && kind !== 'DES') return null
  need(context, 'deployments')
  const found = repository.deployments.find((candidate) => candidate.id === id)
  if (!found || kind === 'DE') return found ? { type: 'Deployment', repository, deployment: found } : null
  const one = found.statuses.find((candidate) => candidate.id === Number(parts[2]))
  return one ? statusSource(repository, found, one) : null
}
