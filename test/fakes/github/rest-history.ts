/** REST routes of a repository's history: commits, comparisons, refs and tags. */
import { Refusal } from './access.ts'
import { type CommitGraph, commitGraph, compareCommits, resolveCommit } from './commit-graph.ts'
import { refJson, tagJson } from './delivery-json.ts'
import { commitJson, pageUrl, repositoryUrl } from './repository-json.ts'
import { missing, page, type RepositoryContext, type RestAnswer, type Route } from './rest-route.ts'
import type { Commit } from './world.ts'

const permissions: ['contents'] = ['contents']

export const historyRoutes: Route<RepositoryContext>[] = [
  { pattern: 'GET /commits', permissions, answer: listCommits },
  { pattern: 'GET /commits/{ref*}', permissions, answer: oneCommit },
  { pattern: 'GET /compare/{basehead*}', permissions, answer: compare },
  { pattern: 'GET /branches', permissions, answer: listBranches },
  { pattern: 'GET /branches/{branch*}', permissions, answer: oneBranch },
  { pattern: 'GET /tags', permissions, answer: listTags },
  { pattern: 'GET /git/matching-refs/{ref*}', permissions, answer: matchingRefs },
  { pattern: 'GET /git/ref/{ref*}', permissions, answer: oneRef },
  { pattern: 'GET /git/tags/{sha}', permissions, answer: tagObject },
]

/** An empty repository has no commits to list: 409. */
function listCommits(context: RepositoryContext): RestAnswer {
  const { world, repository, query } = context
  const graph = commitGraph(repository)
  if (Object.keys(graph.branches).length === 0) throw new Refusal(409, 'Git Repository is empty.')
  const start = resolveCommit(repository, query.get('sha') ?? 'HEAD')
  if (start === null) missing()
  const since = query.get('since')
  const until = query.get('until')
  const author = query.get('author')
  const chosen = graph.history(start).filter((commit) => {
    if (since !== null && Date.parse(commit.committedDate) < Date.parse(since)) return false
    if (until !== null && Date.parse(commit.committedDate) > Date.parse(until)) return false
    return author === null || commit.author.login === author || commit.author.email === author
  })
  return page(context, chosen, (commit) => commitJson(world, repository, commit))
}

function oneCommit(context: RepositoryContext, ref = ''): RestAnswer {
  const oid = resolveCommit(context.repository, ref)
  const commit = commitGraph(context.repository).commits.get(oid ?? '')
  if (!commit) throw new Refusal(422, `No commit found for SHA: ${ref}`)
  const stats = { total: 12, additions: 10, deletions: 2 }
  return { body: { ...commitJson(context.world, context.repository, commit), stats, files: [] } }
}

/**
 * Without `page` or `per_page` the newest 250 commits, else pages from the oldest on:
 * https://docs.github.com/en/rest/commits/commits#compare-two-commits
 */
function compare(context: RepositoryContext, basehead = ''): RestAnswer {
  const { world, repository, query } = context
  const [base = '', head = ''] = basehead.split('...')
  const oids = [base, head].map((name) => resolveCommit(repository, name.replace(/^[^:]*:/, '')))
  const [from, to] = oids
  if (!from || !to) missing()
  const graph = commitGraph(repository)
  const found = compareCommits(repository, from, to)
  if (!found) throw new Refusal(404, 'No common ancestor between the two refs.')
  const json = (commit: Commit) => commitJson(world, repository, commit)
  const shown = query.has('page') || query.has('per_page') ? page(context, found.ahead, json, { perPage: 250 }) : null
  const url = pageUrl(world, repository)
  return {
    headers: shown?.headers,
    body: {
      url: `${repositoryUrl(world, repository)}/compare/${basehead}`,
      html_url: `${url}/compare/${basehead}`,
      permalink_url: `${url}/compare/${from.slice(0, 7)}...${to.slice(0, 7)}`,
      diff_url: `${url}/compare/${basehead}.diff`,
      patch_url: `${url}/compare/${basehead}.patch`,
      base_commit: json(graph.commits.get(from) as Commit),
      merge_base_commit: json(found.mergeBase),
      status: found.status,
      ahead_by: found.ahead.length,
      behind_by: found.behindBy,
      total_commits: found.ahead.length,
      commits: shown?.body ?? found.ahead.slice(-250).map(json),
      files: [],
    },
  }
}

function branchJson(context: RepositoryContext, name: string, sha: string) {
  return { name, commit: { sha, url: `${repositoryUrl(context.world, context.repository)}/commits/${sha}` }, protected: false }
}

function listBranches(context: RepositoryContext): RestAnswer {
  const branches = Object.entries(commitGraph(context.repository).branches).sort(([a], [b]) => (a < b ? -1 : 1))
  return page(context, branches, ([name, sha]) => branchJson(context, name, sha))
}

function oneBranch(context: RepositoryContext, name = ''): RestAnswer {
  const graph = commitGraph(context.repository)
  const commit = graph.commits.get(graph.branches[name] ?? '')
  if (!commit) throw new Refusal(404, 'Branch not found')
  return { body: { ...branchJson(context, name, commit.oid), commit: commitJson(context.world, context.repository, commit) } }
}

/** By name from the last one back. */
function listTags(context: RepositoryContext): RestAnswer {
  const tags = [...commitGraph(context.repository).tags].sort((a, b) => (a.name < b.name ? 1 : -1))
  return page(context, tags, (tag) => tagJson(context.world, context.repository, tag))
}

function allRefs(graph: CommitGraph) {
  const heads = Object.entries(graph.branches).map(([name, oid]) => ({ ref: `refs/heads/${name}`, oid, type: 'commit' as const }))
  const tags = graph.tags.map((tag) => {
    return {
      ref: `refs/tags/${tag.name}`,
      oid: tag.annotated?.oid ?? tag.oid,
      type: tag.annotated ? ('tag' as const) : ('commit' as const),
    }
  })
  return [...heads, ...tags].sort((a, b) => (a.ref < b.ref ? -1 : 1))
}

function matchingRefs(context: RepositoryContext, prefix = ''): RestAnswer {
  const found = allRefs(commitGraph(context.repository)).filter(({ ref }) => ref.startsWith(`refs/${prefix}`))
  return { body: found.map(({ ref, oid, type }) => refJson(context.world, context.repository, ref, oid, type)) }
}

function oneRef(context: RepositoryContext, name = ''): RestAnswer {
  const found = allRefs(commitGraph(context.repository)).find(({ ref }) => ref === `refs/${name}`) ?? missing()
  return { body: refJson(context.world, context.repository, found.ref, found.oid, found.type) }
}

function tagObject(context: RepositoryContext, sha = ''): RestAnswer {
  const tag = commitGraph(context.repository).tags.find((candidate) => candidate.annotated?.oid === sha)
  if (!tag?.annotated) missing()
  const { name, email, date, message } = tag.annotated
  const url = repositoryUrl(context.world, context.repository)
  return {
    body: {
      tag: tag.name,
      sha,
      url: `${url}/git/tags/${sha}`,
      message,
      tagger: { name, email, date },
      object: { type: 'commit', sha: tag.oid, url: `${url}/git/commits/${tag.oid}` },
    },
  }
}
