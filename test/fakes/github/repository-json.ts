/** Accounts, repositories and commits in the shape of the REST API and of webhooks. */
import { accountOf, type Commit, fullName, iso, type Person, type Repository, type World } from './world.ts'

type Json = Record<string, unknown>

export function nodeId(prefix: string, ...parts: (number | string)[]): string {
  return `${prefix}_${Buffer.from(parts.join(':')).toString('base64url')}`
}

export function apiUrl(world: World): string {
  return `${world.url}/api/v3`
}

export function repositoryUrl(world: World, repository: Repository): string {
  return `${apiUrl(world)}/repos/${fullName(repository)}`
}

export function pageUrl(world: World, repository: Repository): string {
  return `${world.url}/${fullName(repository)}`
}

export function userJson(world: World, login: string | null): Json | null {
  if (login === null) return null
  const account = accountOf(world, login)
  const url = `${apiUrl(world)}/users/${encodeURIComponent(login)}`
  return {
    login,
    id: account.id,
    node_id: nodeId('U', account.id),
    avatar_url: `${world.url}/avatars/u/${account.id}?v=4`,
    gravatar_id: '',
    url,
    html_url: account.type === 'Bot' ? `${world.url}/apps/${login.replace(/\[bot\]$/, '')}` : `${world.url}/${login}`,
    repos_url: `${url}/repos`,
    type: account.type,
    user_view_type: 'public',
    site_admin: false,
  }
}

export function organizationJson(world: World, login: string): Json {
  const { id } = accountOf(world, login)
  return {
    login,
    id,
    node_id: nodeId('O', id),
    url: `${apiUrl(world)}/orgs/${login}`,
    repos_url: `${apiUrl(world)}/orgs/${login}/repos`,
    description: '',
  }
}

export function repositoryJson(world: World, repository: Repository): Json {
  const url = repositoryUrl(world, repository)
  const page = pageUrl(world, repository)
  const openIssues = repository.issues.filter((issue) => issue.closedAt === null).length
  return {
    id: repository.id,
    node_id: repository.nodeId,
    name: repository.name,
    full_name: fullName(repository),
    private: repository.private,
    owner: userJson(world, repository.owner),
    html_url: page,
    description: null,
    fork: repository.fork,
    url,
    compare_url: `${url}/compare/{base}...{head}`,
    commits_url: `${url}/commits{/sha}`,
    deployments_url: `${url}/deployments`,
    issues_url: `${url}/issues{/number}`,
    pulls_url: `${url}/pulls{/number}`,
    releases_url: `${url}/releases{/id}`,
    statuses_url: `${url}/statuses/{sha}`,
    tags_url: `${url}/tags`,
    created_at: repository.createdAt,
    updated_at: repository.updatedAt,
    pushed_at: repository.pushedAt,
    git_url: page.replace(/^https?/, 'git').concat('.git'),
    clone_url: `${page}.git`,
    homepage: null,
    size: repository.commits.length,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: true,
    has_pages: false,
    forks_count: 0,
    mirror_url: null,
    archived: repository.archived,
    disabled: false,
    open_issues_count: openIssues,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.private ? 'private' : 'public',
    forks: 0,
    open_issues: openIssues,
    watchers: 0,
    default_branch: repository.defaultBranch,
    permissions: { admin: false, maintain: false, push: false, triage: false, pull: true },
  }
}

/** In a push, and there alone, two instants are seconds of the epoch, `url` is the page, and the owner has a name. */
export function pushedRepositoryJson(world: World, repository: Repository): Json {
  const seconds = (text: string) => Date.parse(text) / 1000
  return {
    ...repositoryJson(world, repository),
    url: pageUrl(world, repository),
    owner: { name: repository.owner, email: null, ...userJson(world, repository.owner) },
    created_at: seconds(repository.createdAt),
    pushed_at: seconds(repository.pushedAt),
    stargazers: 0,
    master_branch: repository.defaultBranch,
  }
}

export function commitJson(world: World, repository: Repository, commit: Commit): Json {
  const url = repositoryUrl(world, repository)
  const committer = commit.committer ?? commit.author
  const page = `${pageUrl(world, repository)}/commit/`
  return {
    sha: commit.oid,
    node_id: nodeId('C', repository.id, commit.oid),
    commit: {
      author: { name: commit.author.name, email: commit.author.email, date: commit.authoredDate },
      committer: { name: committer.name, email: committer.email, date: commit.committedDate },
      message: commit.message,
      tree: { sha: treeOf(commit), url: `${url}/git/trees/${treeOf(commit)}` },
      url: `${url}/git/commits/${commit.oid}`,
      comment_count: 0,
      verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
    },
    url: `${url}/commits/${commit.oid}`,
    html_url: page + commit.oid,
    comments_url: `${url}/commits/${commit.oid}/comments`,
    author: userJson(world, commit.author.login),
    committer: userJson(world, committer.login),
    parents: commit.parents.map((sha) => ({ sha, url: `${url}/commits/${sha}`, html_url: page + sha })),
  }
}

/** A commit as a push lists it. */
export function pushedCommitJson(world: World, repository: Repository, commit: Commit): Json {
  const committer = commit.committer ?? commit.author
  const person = ({ name, email, login }: Person) => (login === null ? { name, email } : { name, email, username: login })
  return {
    id: commit.oid,
    tree_id: treeOf(commit),
    distinct: true,
    message: commit.message,
    timestamp: iso(commit.committedDate),
    url: `${pageUrl(world, repository)}/commit/${commit.oid}`,
    author: person(commit.author),
    committer: person(committer),
    added: [],
    removed: [],
    modified: ['README.md'],
  }
}

export function headCommitJson(commit: Commit): Json {
  const { name, email } = commit.author
  const committer = commit.committer ?? commit.author
  return {
    id: commit.oid,
    tree_id: treeOf(commit),
    message: commit.message,
    timestamp: commit.committedDate,
    author: { name, email },
    committer: { name: committer.name, email: committer.email },
  }
}

/** Trees are not kept: any id that differs per commit serves. */
function treeOf(commit: Commit): string {
  return [...commit.oid].reverse().join('')
}
