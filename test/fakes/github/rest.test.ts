/** REST lists of the fake, asked by the real Octokit: filters, order, the ends of lists. */
import { Octokit } from '@octokit/rest'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { addTag, addWorkflow, completeRun, publishRelease, rerun, startRun } from './change-deliveries.ts'
import { closeIssue, openIssue } from './change-issues.ts'
import { mergePull, openPull, pushCommit, reviewPull } from './change-pulls.ts'
import { type GithubFake, startGithub } from './start-github.ts'
import { addRepository, createWorld, type Repository, type World } from './world.ts'

let world: World
let repository: Repository
let github: GithubFake
let octokit: Octokit
const at = { owner: 'acme', repo: 'shop' }

beforeEach(async () => {
  world = createWorld()
  repository = addRepository(world, { owner: 'acme', name: 'shop' })
  pushCommit(world, repository, '2026-01-01T10:00:00Z', { message: 'Start' })
  github = await startGithub(world)
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  octokit = new Octokit({ baseUrl: github.baseUrl, auth: github.token, log })
})
afterEach(() => github.stop())

it('lists the repositories of an owner in the order that is asked for', async () => {
  addRepository(world, { owner: 'acme', name: 'Alpha', pushedAt: '2026-03-01T00:00:00Z', private: false })
  addRepository(world, { owner: 'other', name: 'else' })
  const names = async (parameters: { sort?: 'pushed' | 'full_name'; type?: 'public' }) =>
    (await octokit.rest.repos.listForOrg({ org: 'acme', ...parameters })).data.map((one) => one.name)
  expect(await names({ sort: 'pushed' })).toEqual(['Alpha', 'shop'])
  expect(await names({ sort: 'full_name' })).toEqual(['Alpha', 'shop'])
  expect(await names({ type: 'public' })).toEqual(['Alpha'])
  await expect(octokit.rest.repos.listForOrg({ org: 'nobody' })).rejects.toMatchObject({ status: 404 })
})

it('lists issues by label and last change, pull requests among them', async () => {
  const { item: old } = openIssue(world, repository, '2026-02-01T00:00:00Z', { title: 'Old', labels: ['incident'] })
  openIssue(world, repository, '2026-02-02T00:00:00Z', { title: 'Wish', labels: ['enhancement'] })
  openPull(world, repository, '2026-02-03T00:00:00Z', { title: 'Repair', labels: ['incident'] })
  closeIssue(world, repository, old, '2026-02-04T00:00:00Z')
  const query = { ...at, labels: 'Incident', state: 'all', sort: 'updated', direction: 'asc' } as const
  const { data } = await octokit.rest.issues.listForRepo(query)
  expect(data.map((issue) => [issue.title, issue.pull_request !== undefined])).toEqual([
    ['Repair', true],
    ['Old', false],
  ])
  const since = await octokit.rest.issues.listForRepo({ ...query, since: '2026-02-04T00:00:00Z' })
  expect(since.data).toMatchObject([{ title: 'Old', state_reason: 'completed', closed_at: '2026-02-04T00:00:00Z' }])
})

it('tells the commits and reviews of a pull request, and the pull requests of a commit', async () => {
  const { item: pull } = openPull(world, repository, '2026-02-01T00:00:00Z', { title: 'Cart' })
  reviewPull(world, repository, pull, '2026-02-01T01:00:00Z', { author: 'ada' })
  mergePull(world, repository, pull, '2026-02-01T02:00:00Z')
  const numbered = { ...at, pull_number: pull.number }
  expect((await octokit.rest.pulls.get(numbered)).data).toMatchObject({ merged: true, merge_commit_sha: pull.mergeCommit, commits: 1 })
  expect((await octokit.rest.pulls.listCommits(numbered)).data.map((commit) => commit.sha)).toEqual([pull.headOid])
  expect((await octokit.rest.pulls.listReviews(numbered)).data).toMatchObject([{ state: 'APPROVED', user: { login: 'ada' } }])
  const found = await octokit.rest.repos.listPullRequestsAssociatedWithCommit({ ...at, commit_sha: pull.mergeCommit ?? '' })
  expect(found.data.map((one) => one.number)).toEqual([pull.number])
})

it('reaches 1,000 filtered runs and no more', async () => {
  const workflow = addWorkflow(world, repository, '2026-01-01T00:00:00Z', { path: '.github/workflows/deploy.yml' })
  for (let n = 0; n < 1100; n++) startRun(world, repository, workflow, new Date(Date.UTC(2026, 1, 1, 0, n)).toISOString())
  const query = { ...at, workflow_id: 'deploy.yml', per_page: 100 }
  const all = await octokit.paginate(octokit.rest.actions.listWorkflowRuns, query)
  expect(all).toHaveLength(1100)
  const capped = await octokit.paginate(octokit.rest.actions.listWorkflowRuns, { ...query, created: '>=2026-02-01' })
  expect(capped).toHaveLength(1000)
  const count = async (created: string) => (await octokit.rest.actions.listWorkflowRuns({ ...query, created })).data.total_count
  expect(await count('2026-02-01T00:00:00Z..2026-02-01T00:59:00Z')).toBe(60)
  expect(await count('2026-02-01')).toBe(1100)
  expect(await count('<2026-02-01')).toBe(0)
})

it('tells the jobs of each attempt', async () => {
  const workflow = addWorkflow(world, repository, '2026-01-01T00:00:00Z', { path: '.github/workflows/deploy.yml' })
  const { item: run } = startRun(world, repository, workflow, '2026-02-01T00:00:00Z')
  completeRun(world, repository, run, '2026-02-01T00:05:00Z', 'failure', [{ name: 'deploy' }])
  rerun(world, repository, run, '2026-02-01T00:10:00Z')
  completeRun(world, repository, run, '2026-02-01T00:15:00Z', 'success', [{ name: 'deploy' }])
  const one = { ...at, run_id: run.id }
  const first = await octokit.rest.actions.listJobsForWorkflowRunAttempt({ ...one, attempt_number: 1 })
  expect(first.data.jobs).toMatchObject([{ name: 'deploy', conclusion: 'failure', run_attempt: 1 }])
  const last = await octokit.rest.actions.listJobsForWorkflowRun(one)
  expect(last.data.jobs).toMatchObject([{ conclusion: 'success', started_at: '2026-02-01T00:10:00Z' }])
  expect((await octokit.rest.actions.listWorkflowRunsForRepo({ ...at, status: 'success' })).data.workflow_runs).toMatchObject([
    { id: run.id, run_attempt: 2 },
  ])
})

it('lists releases without drafts, and tags', async () => {
  publishRelease(world, repository, '2026-02-01T00:00:00Z', { tag: 'v1' })
  publishRelease(world, repository, '2026-02-02T00:00:00Z', { tag: 'v2', draft: true })
  addTag(world, repository, '2026-02-03T00:00:00Z', { name: 'w1', annotated: true })
  expect((await octokit.rest.repos.listReleases(at)).data.map((release) => release.tag_name)).toEqual(['v1'])
  expect((await octokit.rest.repos.listTags(at)).data.map((tag) => tag.name)).toEqual(['w1', 'v1'])
  const refs = await octokit.rest.git.listMatchingRefs({ ...at, ref: 'tags/w' })
  expect(refs.data.map((ref) => ref.object.type)).toEqual(['tag'])
  const tag = await octokit.rest.git.getTag({ ...at, tag_sha: refs.data[0]?.object.sha ?? '' })
  expect(tag.data.tagger.date).toBe('2026-02-03T00:00:00Z')
})

it('has no limits where a server has none', async () => {
  const server = await startGithub(world, { limits: null })
  const client = new Octokit({ baseUrl: server.baseUrl, auth: server.token, log: { debug() {}, info() {}, warn() {}, error() {} } })
  expect((await client.rest.repos.get(at)).headers['x-ratelimit-remaining']).toBeUndefined()
  await expect(client.rest.rateLimit.get()).rejects.toMatchObject({ status: 404 })
  expect(await client.graphql('{ rateLimit { cost } }')).toEqual({ rateLimit: null })
  expect((await client.rest.meta.get()).data).toMatchObject({ installed_version: '3.18.0' })
  await server.stop()
})
