/** The GraphQL questions, with pages sized to what they cost. */

/** Commits and reviews that come with a pull request; more are asked for one by one. */
export const commitsWithPull = 40
const reviewsWithPull = 40

const pullCommit = `fragment PullCommit on PullRequestCommit {
  commit { oid authoredDate committedDate message author { name email } }
}`

const pull = `fragment Pull on PullRequest {
  id number title body url createdAt updatedAt mergedAt headRefName baseRefName additions deletions changedFiles
  author { __typename login }
  mergeCommit { oid message parents { totalCount } }
  labels(first: 30) { nodes { name } }
  commits(first: ${commitsWithPull}) { totalCount pageInfo { hasNextPage endCursor } nodes { ...PullCommit } }
  reviews(first: ${reviewsWithPull}) { nodes { state submittedAt author { __typename login } } }
  timelineItems(last: 10, itemTypes: [READY_FOR_REVIEW_EVENT]) { nodes { ... on ReadyForReviewEvent { createdAt } } }
}
${pullCommit}`

const deployment = `fragment Deployment on Deployment {
  id databaseId environment createdAt updatedAt commitOid ref { name prefix }
  statuses(first: 100) { nodes { state createdAt logUrl } }
}`

const release = `fragment Release on Release {
  id name tagName isPrerelease isDraft createdAt publishedAt updatedAt url tagCommit { oid }
}`

const issue = `fragment Issue on Issue {
  id number title body url state createdAt updatedAt closedAt labels(first: 30) { nodes { name } }
}`

const page = 'totalCount pageInfo { hasNextPage endCursor }'
const newest = 'orderBy: { field: UPDATED_AT, direction: DESC }'
const latest = 'orderBy: { field: CREATED_AT, direction: DESC }'

/** One page of each list of a repository, newest first. */
export const repositoryPage = `query RepositoryPage(
  $id: ID!, $size: Int!,
  $pulls: Boolean!, $pullsAfter: String, $deployments: Boolean!, $deploymentsAfter: String,
  $issues: Boolean!, $issuesAfter: String, $labels: [String!], $issueFilter: IssueFilters, $releases: Boolean!, $releasesAfter: String
) {
  node(id: $id) { ... on Repository {
    id databaseId nameWithOwner pushedAt defaultBranchRef { name target { oid } }
    pullRequests(states: MERGED, first: $size, after: $pullsAfter, ${newest}) @include(if: $pulls) { ${page} nodes { ...Pull } }
    deployments(first: $size, after: $deploymentsAfter, ${latest}) @include(if: $deployments) { ${page} nodes { ...Deployment } }
    issues(first: $size, after: $issuesAfter, labels: $labels, filterBy: $issueFilter, ${newest}) @include(if: $issues) { ${page} nodes { ...Issue } }
    releases(first: $size, after: $releasesAfter, ${latest}) @include(if: $releases) { ${page} nodes { ...Release } }
  } }
}
${pull}
${deployment}
${issue}
${release}`

/** What is newest in many repositories at once. */
export const probes = `query Probes($ids: [ID!]!, $pulls: Boolean!, $deployments: Boolean!, $issues: Boolean!, $releases: Boolean!) {
  nodes(ids: $ids) { ... on Repository {
    id databaseId nameWithOwner pushedAt defaultBranchRef { name target { oid } }
    pullRequests(states: MERGED, first: 1, ${newest}) @include(if: $pulls) { nodes { updatedAt } }
    deployments(first: 1, ${latest}) @include(if: $deployments) { nodes { id } }
    issues(first: 1, ${newest}) @include(if: $issues) { nodes { updatedAt } }
    releases(first: 1, ${latest}) @include(if: $releases) { nodes { id updatedAt } }
  } }
}`

/** Things by their ids, wherever they are. */
export const things = `query Things($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename
    ... on PullRequest { ...Pull }
    ... on Deployment { ...Deployment }
    ... on Issue { ...Issue }
    ... on Release { ...Release }
  }
}
${pull}
${deployment}
${issue}
${release}`

export const moreCommits = `query MoreCommits($id: ID!, $after: String) {
  node(id: $id) { ... on PullRequest { commits(first: 100, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { ...PullCommit } } } }
}
${pullCommit}`

/** The merge commits of pull requests that issues name as their cause. */
export function mergeCommits(pulls: { owner: string; name: string; number: number }[]): string {
  const parts = pulls.map(
    ({ owner, name, number }, index) =>
      `p${index}: repository(owner: ${JSON.stringify(owner)}, name: ${JSON.stringify(name)}) { pullRequest(number: ${number}) { mergeCommit { oid } } }`,
  )
  return `query MergeCommits { ${parts.join('\n')} }`
}
