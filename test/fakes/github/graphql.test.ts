/** GraphQL of the fake, asked by the real Octokit: shapes, pages by cursor, prices, limits and partial errors. */
import { Octokit } from '@octokit/rest'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { addDeployment, addStatus, addTag, publishRelease } from './change-deliveries.ts'
import { closeIssue, labelIssue, openIssue, renameRepository, reopenIssue } from './change-issues.ts'
import { mergePull, newCommit, openPull, pushCommit, reviewPull, setDraft } from './change-pulls.ts'
import { type GithubFake, startGithub } from './start-github.ts'
import { addRepository, createWorld, type Repository, type World } from './world.ts'

let world: World
let repository: Repository
let github: GithubFake
let octokit: Octokit

beforeEach(async () => {
  world = createWorld([{ id: 5, login: 'import-1', type: 'Mannequin' }])
  repository = addRepository(world, { owner: 'acme', name: 'shop' })
  pushCommit(world, repository, '2026-01-01T10:00:00Z', { message: 'Start' })
  github = await startGithub(world)
  octokit = new Octokit({ baseUrl: github.baseUrl, auth: github.token })
})
afterEach(() => github.stop())

// biome-ignore lint/suspicious/noExplicitAny: an answer has the shape of its query
type Answer = any

function ask(selection: string, variables: Record<string, unknown> = {}): Promise<Answer> {
  return octokit.graphql(`query { repository(owner: "acme", name: "shop") { ${selection} } }`, variables)
}

async function failed(query: string, variables: Record<string, unknown> = {}): Promise<Answer> {
  return octokit.graphql(query, variables).then(
    () => expect.unreachable(),
    (error) => error.response,
  )
}

it('tells all about a pull request', async () => {
  const start = repository.branches.main as string
  const one = newCommit(world, '2026-02-01T09:00:00Z', { parents: [start], message: 'One' })
  const two = newCommit(world, '2026-02-01T10:00:00Z', { parents: [one.oid], message: 'Two', authoredDate: '2026-01-31T10:00:00Z' })
  const fields = { title: 'Cart', author: 'dependabot[bot]', draft: true, commits: [one, two], labels: ['area: cart'] }
  const { item: pull } = openPull(world, repository, '2026-02-01T11:00:00Z', fields)
  setDraft(world, repository, pull, '2026-02-01T12:00:00Z', false)
  reviewPull(world, repository, pull, '2026-02-01T13:00:00Z', { author: 'import-1', state: 'APPROVED' })
  mergePull(world, repository, pull, '2026-02-02T11:00:00Z', { by: 'octocat' })
  const { pullRequest } = (
    await ask(`pullRequest(number: 1) {
      databaseId number state merged mergedAt updatedAt isDraft author { __typename login }
      mergeCommit { oid parents { totalCount } } headRefOid labels(first: 10) { nodes { name } }
      commits(first: 1) { totalCount pageInfo { hasNextPage endCursor } nodes { commit {
        oid authoredDate committedDate parents(first: 3) { nodes { oid } } author { name email user { login } } } } }
      reviews(first: 10, states: [APPROVED]) { totalCount nodes { state submittedAt author { __typename login } } }
      timelineItems(first: 10, itemTypes: [READY_FOR_REVIEW_EVENT, CLOSED_EVENT]) {
        nodes { __typename ... on ReadyForReviewEvent { createdAt } ... on ClosedEvent { createdAt actor { login } } } } }`)
  ).repository
  expect(pullRequest).toMatchObject({
    number: 1,
    state: 'MERGED',
    mergedAt: '2026-02-02T11:00:00Z',
    updatedAt: '2026-02-02T11:00:00Z',
    isDraft: false,
    author: { __typename: 'Bot', login: 'dependabot' },
    mergeCommit: { oid: repository.branches.main, parents: { totalCount: 2 } },
    headRefOid: two.oid,
    labels: { nodes: [{ name: 'area: cart' }] },
    commits: {
      totalCount: 2,
      pageInfo: { hasNextPage: true },
      nodes: [{ commit: { oid: one.oid, parents: { nodes: [{ oid: start }] } } }],
    },
    reviews: { totalCount: 1, nodes: [{ state: 'APPROVED', author: { __typename: 'Mannequin', login: 'import-1' } }] },
    timelineItems: {
      nodes: [
        { __typename: 'ReadyForReviewEvent', createdAt: '2026-02-01T12:00:00Z' },
        { __typename: 'ClosedEvent', createdAt: '2026-02-02T11:00:00Z', actor: { login: 'octocat' } },
      ],
    },
  })
})

it('pages by cursors that hold while the list changes', async () => {
  const pulls = ['01', '02', '03', '04'].map((day) => openPull(world, repository, `2026-02-${day}T00:00:00Z`, { title: day }).item)
  const page = (after: string | null) =>
    octokit.graphql<Answer>(
      `query ($after: String) { repository(owner: "acme", name: "shop") {
        pullRequests(first: 2, after: $after, orderBy: {field: UPDATED_AT, direction: ASC}) {
          totalCount pageInfo { hasNextPage endCursor } nodes { number } } } }`,
      { after },
    )
  const first = (await page(null)).repository.pullRequests
  expect(first).toMatchObject({ totalCount: 4, nodes: [{ number: 1 }, { number: 2 }] })
  labelIssue(world, repository, pulls[0] as Answer, '2026-02-10T00:00:00Z', 'late')
  const second = (await page(first.pageInfo.endCursor)).repository.pullRequests
  expect(second.nodes).toEqual([{ number: 3 }, { number: 4 }])
  const third = (await page(second.pageInfo.endCursor)).repository.pullRequests
  expect(third).toMatchObject({ nodes: [{ number: 1 }], pageInfo: { hasNextPage: false } })
})

it('tells deployments, releases, tags, issues and history', async () => {
  const { item: old } = addDeployment(world, repository, '2026-02-01T00:00:00Z', {
    environment: 'production',
    payload: { image: 'shop:1' },
  })
  addStatus(world, repository, old, '2026-02-01T00:01:00Z', 'in_progress')
  addStatus(world, repository, old, '2026-02-01T00:05:00Z', 'success', { logUrl: 'https://ci.example/1' })
  const { item: next } = addDeployment(world, repository, '2026-02-02T00:00:00Z', { environment: 'production' })
  addStatus(world, repository, next, '2026-02-02T00:05:00Z', 'success')
  addTag(world, repository, '2026-02-03T00:00:00Z', { name: 'v1', annotated: true })
  publishRelease(world, repository, '2026-02-03T01:00:00Z', { tag: 'v1' })
  const { item: issue } = openIssue(world, repository, '2026-02-04T00:00:00Z', { title: 'Down', labels: ['incident'] })
  closeIssue(world, repository, issue, '2026-02-04T02:00:00Z')
  reopenIssue(world, repository, issue, '2026-02-04T03:00:00Z')
  const answer = (
    await ask(`
    deployments(first: 10, orderBy: {field: CREATED_AT, direction: DESC}) { nodes {
      databaseId state payload ref { name prefix } commitOid creator { login } latestStatus { state }
      statuses(first: 10) { nodes { state createdAt logUrl } } } }
    releases(first: 10) { nodes { tagName publishedAt tagCommit { oid } } }
    refs(refPrefix: "refs/tags/", first: 10, orderBy: {field: TAG_COMMIT_DATE, direction: DESC}) { nodes { name prefix
      target { __typename oid ... on Tag { tagger { date } target { __typename oid ... on Commit { committedDate } } } } } }
    issues(first: 10, labels: ["incident"], filterBy: {since: "2026-02-04T03:00:00Z"}) { totalCount nodes { state stateReason
      timelineItems(first: 10, itemTypes: [CLOSED_EVENT, REOPENED_EVENT]) { nodes { __typename ... on ReopenedEvent { createdAt } } } } }
    defaultBranchRef { name target { oid ... on Commit { history(first: 10) { totalCount nodes { message } } } } }
    object(expression: "main") { ... on Commit { committedDate } }`)
  ).repository
  expect(answer.deployments.nodes.map((node: Answer) => [node.state, node.latestStatus.state])).toEqual([
    ['ACTIVE', 'SUCCESS'],
    ['INACTIVE', 'INACTIVE'],
  ])
  expect(answer.deployments.nodes[1]).toMatchObject({
    payload: '{"image":"shop:1"}',
    ref: { name: 'main', prefix: 'refs/heads/' },
    creator: { login: 'github-actions' },
    statuses: { nodes: [{ state: 'INACTIVE' }, { state: 'SUCCESS', logUrl: 'https://ci.example/1' }, { state: 'IN_PROGRESS' }] },
  })
  expect(answer.releases.nodes).toMatchObject([{ tagName: 'v1', publishedAt: '2026-02-03T01:00:00Z' }])
  expect(answer.refs.nodes[0].target).toMatchObject({
    __typename: 'Tag',
    tagger: { date: '2026-02-03T00:00:00Z' },
    target: { __typename: 'Commit', committedDate: '2026-01-01T10:00:00Z' },
  })
  expect(answer.issues).toMatchObject({ totalCount: 1, nodes: [{ state: 'OPEN', stateReason: 'REOPENED' }] })
  expect(answer.issues.nodes[0].timelineItems.nodes[1]).toEqual({ __typename: 'ReopenedEvent', createdAt: '2026-02-04T03:00:00Z' })
  expect(answer.defaultBranchRef.target.history).toEqual({ totalCount: 1, nodes: [{ message: 'Start' }] })
  expect(answer.object).toEqual({ committedDate: '2026-01-01T10:00:00Z' })
})

it('prices a call as the documentation does', async () => {
  // 1 + 100 + 100 * 50 = 5,101 requests: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
  const answer = await octokit.graphql<Answer>(`query { rateLimit { cost nodeCount remaining limit used }
    organization(login: "acme") { repositories(first: 100) { nodes { id
      issues(first: 50) { nodes { id labels(first: 60) { nodes { id } } } } } } } }`)
  expect(answer.rateLimit).toEqual({ cost: 51, nodeCount: 305_100, remaining: 4949, limit: 5000, used: 51 })
  expect(github.requests.at(-1)).toMatchObject({ kind: 'graphql', status: 200, charged: true, cost: 51 })
  expect(github.budget('user octocat', 'core').used).toBe(0)
})

it('asks many repositories at once, and tells which are missing', async () => {
  addRepository(world, { owner: 'acme', name: 'site' })
  renameRepository(world, repository, '2026-03-01T00:00:00Z', 'store')
  const { data, errors } = await failed(`query {
    r0: repository(owner: "acme", name: "shop") { nameWithOwner }
    r1: repository(owner: "acme", name: "gone") { nameWithOwner }
    r2: repository(owner: "acme", name: "site") { nameWithOwner } }`)
  expect(data).toEqual({ r0: { nameWithOwner: 'acme/store' }, r1: null, r2: { nameWithOwner: 'acme/site' } })
  expect(errors).toMatchObject([
    { type: 'NOT_FOUND', path: ['r1'], message: "Could not resolve to a Repository with the name 'acme/gone'." },
  ])
})

it('refuses what GitHub refuses', async () => {
  github.permissions.deployments = 'none'
  const denied = await failed('query { repository(owner: "acme", name: "shop") { name deployments(first: 1) { totalCount } } }')
  expect(denied.errors).toMatchObject([
    { type: 'FORBIDDEN', path: ['repository', 'deployments'], message: 'Resource not accessible by personal access token' },
  ])
  expect(denied.data).toEqual({ repository: null })

  const unknown = await failed('query { repository(owner: "acme", name: "shop") { nonsense } }')
  expect(unknown.errors).toMatchObject([
    { path: ['query', 'repository', 'nonsense'], message: "Field 'nonsense' doesn't exist on type 'Repository'" },
  ])

  const types = async (selection: string) =>
    (await failed(`query { repository(owner: "acme", name: "shop") { ${selection} } }`)).errors.map((error: Answer) => error.type)
  expect(await types('issues { nodes { id } }')).toEqual(['MISSING_PAGINATION_BOUNDARIES'])
  expect(await types('issues(first: 101) { nodes { id } }')).toEqual(['EXCESSIVE_PAGINATION'])
  const deep = 'pullRequests(first: 100) { nodes { commits(first: 100) { nodes { commit { parents(first: 100) { nodes { oid } } } } } } }'
  expect(await types(deep)).toEqual(['MAX_NODE_LIMIT_EXCEEDED'])
  expect(github.counts().points).toBe(1)
})

it('has a budget of its own', async () => {
  github.setLimit('graphql', { limit: 0 })
  const refused = await failed('query { viewer { login } }')
  expect(refused.errors).toMatchObject([{ type: 'RATE_LIMITED' }])
  expect(github.requests.at(-1)).toMatchObject({ status: 200, charged: false })
  expect((await octokit.rest.repos.get({ owner: 'acme', repo: 'shop' })).status).toBe(200)
})

it('finds objects by their ids', async () => {
  const { item } = openPull(world, repository, '2026-02-01T00:00:00Z', { title: 'Cart' })
  const { data } = await octokit.rest.pulls.get({ owner: 'acme', repo: 'shop', pull_number: item.number })
  const answer = await octokit.graphql<Answer>(`query ($id: ID!) { node(id: $id) { __typename ... on PullRequest { title } } }`, {
    id: data.node_id,
  })
  expect(answer.node).toEqual({ __typename: 'PullRequest', title: 'Cart' })
  const lost = await failed(`query { nodes(ids: ["PR_bm9uZQ", "${data.node_id}"]) { id } }`)
  expect(lost.data.nodes).toEqual([null, { id: data.node_id }])
  expect(lost.errors).toMatchObject([{ type: 'NOT_FOUND', path: ['nodes', 0] }])
})
