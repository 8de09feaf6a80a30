/** Pull requests, reviews, issues and labels in the shape of the REST API and of webhooks. */
import { apiUrl, nodeId, pageUrl, repositoryJson, repositoryUrl, userJson } from './repository-json.ts'
import { type Issue, oidOf, type Pull, type Repository, type Review, type World } from './world.ts'

type Json = Record<string, unknown>

export function labelJson(world: World, repository: Repository, name: string): Json {
  const id = Number.parseInt(oidOf(`${repository.id} ${name}`).slice(0, 7), 16)
  return {
    id,
    node_id: nodeId('LA', repository.id, name),
    url: `${repositoryUrl(world, repository)}/labels/${encodeURIComponent(name)}`,
    name,
    color: oidOf(name).slice(0, 6),
    default: false,
    description: null,
  }
}

/** What a list of pull requests shows; sizes and counts are in `fullPullJson` alone, as with GitHub. */
export function pullJson(world: World, repository: Repository, pull: Pull): Json {
  const url = `${repositoryUrl(world, repository)}/pulls/${pull.number}`
  const issue = `${repositoryUrl(world, repository)}/issues/${pull.number}`
  const page = `${pageUrl(world, repository)}/pull/${pull.number}`
  const side = (ref: string, sha: string) => ({
    label: `${repository.owner}:${ref}`,
    ref,
    sha,
    user: userJson(world, repository.owner),
    repo: repositoryJson(world, repository),
  })
  return {
    url,
    id: pull.id,
    node_id: nodeId('PR', repository.id, pull.number),
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: issue,
    number: pull.number,
    state: pull.closedAt === null ? 'open' : 'closed',
    locked: false,
    title: pull.title,
    user: userJson(world, pull.author),
    body: pull.body,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeCommit,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: pull.labels.map((label) => labelJson(world, repository, label)),
    milestone: null,
    draft: pull.draft,
    commits_url: `${url}/commits`,
    comments_url: `${issue}/comments`,
    statuses_url: `${repositoryUrl(world, repository)}/statuses/${pull.headOid}`,
    head: pull.fork
      ? { ...side(pull.head, pull.headOid), label: `${pull.author}:${pull.head}`, repo: null }
      : side(pull.head, pull.headOid),
    base: side(pull.base, pull.commits[0]?.parents[0] ?? repository.branches[pull.base] ?? ''),
    _links: { self: { href: url }, html: { href: page }, issue: { href: issue }, commits: { href: `${url}/commits` } },
    author_association: 'MEMBER',
    auto_merge: null,
    active_lock_reason: null,
  }
}

export function fullPullJson(world: World, repository: Repository, pull: Pull): Json {
  return {
    ...pullJson(world, repository, pull),
    merged: pull.mergedAt !== null,
    mergeable: pull.closedAt === null ? true : null,
    rebaseable: pull.closedAt === null ? true : null,
    mergeable_state: pull.closedAt === null ? 'clean' : 'unknown',
    merged_by: userJson(world, pull.mergedBy),
    comments: 0,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: pull.commits.length,
    additions: pull.additions,
    deletions: pull.deletions,
    changed_files: pull.changedFiles,
  }
}

export function reviewJson(world: World, repository: Repository, pull: Pull, review: Review): Json {
  const page = `${pageUrl(world, repository)}/pull/${pull.number}`
  return {
    id: review.id,
    node_id: nodeId('PRR', repository.id, pull.number, review.id),
    user: userJson(world, review.author),
    body: '',
    state: review.state,
    html_url: `${page}#pullrequestreview-${review.id}`,
    pull_request_url: `${repositoryUrl(world, repository)}/pulls/${pull.number}`,
    author_association: 'MEMBER',
    submitted_at: review.submittedAt,
    commit_id: pull.headOid,
  }
}

export function issueJson(world: World, repository: Repository, issue: Issue): Json {
  return {
    ...commonIssueJson(world, repository, issue, 'issues'),
    node_id: nodeId('I', repository.id, issue.number),
    state_reason: issue.stateReason,
  }
}

/** Lists of issues hold pull requests too; `pull_request` tells. */
export function pullAsIssueJson(world: World, repository: Repository, pull: Pull): Json {
  const page = `${pageUrl(world, repository)}/pull/${pull.number}`
  return {
    ...commonIssueJson(world, repository, pull, 'pull'),
    node_id: nodeId('PR', repository.id, pull.number),
    state_reason: null,
    draft: pull.draft,
    pull_request: {
      url: `${repositoryUrl(world, repository)}/pulls/${pull.number}`,
      html_url: page,
      diff_url: `${page}.diff`,
      patch_url: `${page}.patch`,
      merged_at: pull.mergedAt,
    },
  }
}

function commonIssueJson(world: World, repository: Repository, item: Issue | Pull, kind: 'issues' | 'pull'): Json {
  const url = `${repositoryUrl(world, repository)}/issues/${item.number}`
  const closer = item.timeline.findLast((event) => event.type === 'ClosedEvent')?.actor ?? null
  return {
    url,
    repository_url: repositoryUrl(world, repository),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: `${pageUrl(world, repository)}/${kind}/${item.number}`,
    id: item.id,
    number: item.number,
    title: item.title,
    user: userJson(world, item.author),
    labels: item.labels.map((label) => labelJson(world, repository, label)),
    state: item.closedAt === null ? 'open' : 'closed',
    locked: false,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: 0,
    created_at: item.createdAt,
    updated_at: item.updatedAt,
    closed_at: item.closedAt,
    closed_by: item.closedAt === null ? null : userJson(world, closer),
    author_association: 'MEMBER',
    active_lock_reason: null,
    body: item.body,
    reactions: { url: `${url}/reactions`, total_count: 0 },
    timeline_url: `${apiUrl(world)}/repos/${repository.owner}/${repository.name}/issues/${item.number}/timeline`,
    performed_via_github_app: null,
  }
}
