/** REST routes beside repositories: the service itself, organisations, users, and the App with its installations. */
import {
  givenRepositories,
  grantedPermissions,
  type Installation,
  issueInstallationToken,
  maySee,
  type Permissions,
  Refusal,
} from './access.ts'
import { apiUrl, nodeId, organizationJson, repositoryJson, userJson } from './repository-json.ts'
import { missing, page, type RestAnswer, type RestContext, type Route, sortedBy } from './rest-route.ts'
import { accountOf, findRepository, fullName, iso, type Repository } from './world.ts'

export const ownerRoutes: Route<RestContext>[] = [
  {
    pattern: 'GET /',
    answer: ({ world }) => ({
      body: { current_user_url: `${apiUrl(world)}/user`, repository_url: `${apiUrl(world)}/repos/{owner}/{repo}` },
    }),
  },
  { pattern: 'GET /meta', answer: ({ version }) => ({ body: { verifiable_password_authentication: true, installed_version: version } }) },
  { pattern: 'GET /user', answer: ({ world, token }) => ({ body: token.login === '' ? refuse() : userJson(world, token.login) }) },
  { pattern: 'GET /user/repos', answer: givenToUser },
  {
    pattern: 'GET /orgs/{org}',
    answer: (context, org) => ({ body: organizationJson(context.world, owner(context, org, 'Organization')) }),
  },
  { pattern: 'GET /users/{user}', answer: (context, user) => ({ body: userJson(context.world, owner(context, user)) }) },
  { pattern: 'GET /orgs/{org}/repos', answer: (context, org) => ownedRepositories(context, owner(context, org, 'Organization')) },
  { pattern: 'GET /organizations/{id}/repos', answer: (context, id) => ownedRepositories(context, ownerById(context, id)) },
  { pattern: 'GET /users/{user}/repos', answer: (context, user) => ownedRepositories(context, owner(context, user)) },
  { pattern: 'GET /user/{id}/repos', answer: (context, id) => ownedRepositories(context, ownerById(context, id)) },
  { pattern: 'GET /installation/repositories', answer: installationRepositories },
  { pattern: 'GET /app', answer: appJson },
  {
    pattern: 'GET /app/installations',
    answer: (context) => page(context, app(context).installations, (item) => installationJson(context, item)),
  },
  {
    pattern: 'GET /app/installations/{id}',
    answer: (context, id) => ({
      body: installationJson(
        context,
        installation(context, (one) => one.id === Number(id)),
      ),
    }),
  },
  { pattern: 'GET /orgs/{org}/installation', answer: ofAccount },
  { pattern: 'GET /users/{user}/installation', answer: ofAccount },
  { pattern: 'GET /repos/{owner}/{repo}/installation', answer: ofRepository },
  { pattern: 'POST /app/installations/{id}/access_tokens', answer: accessToken },
]

function refuse(): never {
  throw new Refusal(401, 'Requires authentication')
}

function owner(context: RestContext, login: string, type?: 'Organization'): string {
  const wanted = login.toLowerCase()
  const owned = context.world.repositories.find((repository) => repository.owner.toLowerCase() === wanted)
  const found = owned?.owner ?? Object.keys(context.world.accounts).find((known) => known.toLowerCase() === wanted)
  if (found === undefined || (type && accountOf(context.world, found).type !== type)) missing()
  return found
}

function ownerById(context: RestContext, id: string): string {
  return Object.values(context.world.accounts).find((account) => account.id === Number(id))?.login ?? missing()
}

const sortKeys: Record<string, (repository: Repository) => string> = {
  created: (repository) => repository.createdAt,
  updated: (repository) => repository.updatedAt,
  pushed: (repository) => repository.pushedAt,
  full_name: (repository) => fullName(repository).toLowerCase(),
}

/** Sorted by creation for an organisation and by name for a user, unless asked otherwise. */
function ownedRepositories(context: RestContext, login: string): RestAnswer {
  const account = accountOf(context.world, login)
  const isOrganization = account.type === 'Organization'
  const sort = context.query.get('sort') ?? (isOrganization ? 'created' : 'full_name')
  const direction = context.query.get('direction') ?? (sort === 'full_name' ? 'asc' : 'desc')
  const type = context.query.get('type') ?? 'all'
  const wanted: Record<string, (repository: Repository) => boolean> = {
    public: (repository) => !repository.private,
    private: (repository) => repository.private,
    forks: (repository) => repository.fork,
    sources: (repository) => !repository.fork,
  }
  const owned = context.world.repositories.filter(
    (repository) => repository.owner === login && maySee(context.token, repository) && (wanted[type]?.(repository) ?? true),
  )
  const sorted = sortedBy(owned, sortKeys[sort] ?? (() => ''), direction === 'asc' ? 'asc' : 'desc')
  const linkPath = isOrganization ? `/organizations/${account.id}/repos` : `/user/${account.id}/repos`
  return page({ ...context, linkPath }, sorted, (repository) => repositoryJson(context.world, repository))
}

function givenToUser(context: RestContext): RestAnswer {
  if (context.token.login === '') refuse()
  const given = sortedBy(givenRepositories(context.world, context.token), (repository) => fullName(repository).toLowerCase(), 'asc')
  return page(context, given, (repository) => repositoryJson(context.world, repository))
}

function installationRepositories(context: RestContext): RestAnswer {
  if (context.token.kind !== 'installation')
    throw new Refusal(403, 'You must authenticate with an installation access token in order to list repositories for an installation.')
  const given = givenRepositories(context.world, context.token)
  const selection = context.token.repositories === null ? 'all' : 'selected'
  return page(context, given, (repository) => repositoryJson(context.world, repository), {
    wrap: (repositories) => ({ total_count: given.length, repository_selection: selection, repositories }),
  })
}

function app(context: RestContext) {
  if (context.token.kind !== 'jwt' || !context.access.app) throw new Refusal(401, 'A JSON web token could not be decoded')
  return context.access.app
}

function appJson(context: RestContext): RestAnswer {
  const { id, slug, clientId, installations } = app(context)
  return {
    body: {
      id,
      slug,
      client_id: clientId,
      node_id: nodeId('A', id),
      name: slug,
      owner: userJson(context.world, 'octocat'),
      description: null,
      external_url: context.world.url,
      html_url: `${context.world.url}/apps/${slug}`,
      created_at: '2024-01-01T00:00:00Z',
      updated_at: '2024-01-01T00:00:00Z',
      permissions: grantedPermissions({}),
      events: ['deployment', 'deployment_status', 'issues', 'pull_request', 'push', 'release', 'workflow_run'],
      installations_count: installations.length,
    },
  }
}

function installationJson(context: RestContext, item: Installation) {
  const account = accountOf(context.world, item.account)
  return {
    id: item.id,
    client_id: app(context).clientId,
    account: userJson(context.world, item.account),
    repository_selection: item.repositories === null ? 'all' : 'selected',
    access_tokens_url: `${apiUrl(context.world)}/app/installations/${item.id}/access_tokens`,
    repositories_url: `${apiUrl(context.world)}/installation/repositories`,
    html_url: `${context.world.url}/organizations/${item.account}/settings/installations/${item.id}`,
    app_id: app(context).id,
    app_slug: app(context).slug,
    target_id: account.id,
    target_type: account.type,
    permissions: grantedPermissions(item.permissions),
    events: [],
    created_at: '2024-01-01T00:00:00Z',
    updated_at: '2024-01-01T00:00:00Z',
    single_file_name: null,
    suspended_by: item.suspended ? userJson(context.world, item.account) : null,
    suspended_at: item.suspended ? iso(context.now) : null,
  }
}

function installation(context: RestContext, wanted: (one: Installation) => boolean): Installation {
  return app(context).installations.find(wanted) ?? missing()
}

function ofAccount(context: RestContext, login = ''): RestAnswer {
  const found = installation(context, (one) => one.account.toLowerCase() === login.toLowerCase())
  return { body: installationJson(context, found) }
}

function ofRepository(context: RestContext, login = '', name = ''): RestAnswer {
  const repository = findRepository(context.world, login, name)?.repository ?? missing()
  const found = installation(context, (one) => one.account === repository.owner && (one.repositories?.includes(repository.id) ?? true))
  return { body: installationJson(context, found) }
}

function accessToken(context: RestContext, id = ''): RestAnswer {
  const found = installation(context, (one) => one.id === Number(id))
  const wish = context.body as { permissions?: Permissions; repository_ids?: number[]; repositories?: string[] }
  const named = wish.repositories?.map((name) => findRepository(context.world, found.account, name)?.repository.id ?? -1)
  const issued = issueInstallationToken(context.access, found, context.now, {
    permissions: wish.permissions,
    repositoryIds: wish.repository_ids ?? named,
  })
  return {
    status: 201,
    body: {
      token: issued.token,
      expires_at: issued.expiresAt,
      permissions: grantedPermissions(context.access.tokens.get(issued.token)?.permissions ?? {}),
      repository_selection: (wish.repository_ids ?? named ?? found.repositories) === null ? 'all' : 'selected',
    },
  }
}
