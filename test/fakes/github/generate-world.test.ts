/** Generated worlds: the same for the same seed, plausible, and consistent over both APIs. */
import { Octokit } from '@octokit/rest'
import { expect, it } from 'vitest'
import { commitGraph } from './commit-graph.ts'
import { generateWorld, type WorldSize } from './generate-world.ts'
import { startGithub } from './start-github.ts'

const size: WorldSize = {
  seed: 7,
  repositories: 4,
  pullsPerRepository: 60,
  deploymentsPerRepository: 50,
  incidentsPerRepository: 12,
  runsPerRepository: 20,
  from: '2026-01-01T00:00:00Z',
  to: '2026-07-01T00:00:00Z',
}

it('is the same for the same seed, and another for another', () => {
  const text = JSON.stringify(generateWorld(size))
  expect(JSON.stringify(generateWorld(size))).toBe(text)
  expect(JSON.stringify(generateWorld({ ...size, seed: 8 }))).not.toBe(text)
})

it('holds what real repositories hold', () => {
  const { repositories } = generateWorld(size)
  const pulls = repositories.flatMap((repository) => repository.pulls)
  const merged = pulls.filter((pull) => pull.mergedAt !== null)
  expect(pulls).toHaveLength(240)
  expect(merged.length).toBeGreaterThan(180)
  expect(merged.length).toBeLessThan(240)
  expect(pulls.some((pull) => pull.author === 'dependabot[bot]')).toBe(true)
  for (const repository of repositories) {
    const graph = commitGraph(repository)
    const reachable = new Set(graph.history(repository.branches.main as string).map((commit) => commit.oid))
    for (const pull of repository.pulls) {
      expect(pull.commits.length).toBeGreaterThan(0)
      expect(pull.commits.every((commit) => commit.committedDate <= pull.createdAt)).toBe(true)
      if (pull.mergedAt === null) continue
      expect(pull.mergedAt >= pull.createdAt && pull.updatedAt >= pull.mergedAt).toBe(true)
      expect(reachable.has(pull.mergeCommit as string)).toBe(true)
    }
    for (const deployment of repository.deployments) expect(reachable.has(deployment.oid)).toBe(true)
    const ids = [...repository.pulls, ...repository.issues].map((item) => item.number)
    expect(new Set(ids).size).toBe(ids.length)
  }
  const incidents = repositories.flatMap((repository) => repository.issues.filter((issue) => issue.labels.includes('incident')))
  expect(incidents).toHaveLength(48)
  expect(incidents.some((issue) => issue.timeline.some((event) => event.type === 'ReopenedEvent'))).toBe(true)
  expect(incidents.some((issue) => issue.body?.includes('Caused by'))).toBe(true)
})

it('tells the same over REST and GraphQL', async () => {
  const github = await startGithub(generateWorld(size))
  const octokit = new Octokit({ baseUrl: github.baseUrl, auth: github.token })
  const repositories = await octokit.paginate(octokit.rest.repos.listForOrg, { org: 'acme', per_page: 3 })
  expect(repositories).toHaveLength(4)
  const at = { owner: 'acme', repo: repositories[0]?.name ?? '' }
  const [deployments, pulls, runs] = await Promise.all([
    octokit.paginate(octokit.rest.repos.listDeployments, { ...at, per_page: 100 }),
    octokit.paginate(octokit.rest.pulls.list, { ...at, state: 'all', per_page: 100 }),
    octokit.paginate(octokit.rest.actions.listWorkflowRuns, { ...at, workflow_id: 'deploy.yml', created: '>=2026-01-01', per_page: 100 }),
  ])
  expect(runs).toHaveLength(20)
  const answer = await octokit.graphql<{
    repository: { deployments: { nodes: { databaseId: number }[] }; pullRequests: { nodes: { number: number; mergedAt: string | null }[] } }
  }>(
    `query ($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) {
      deployments(first: 100, orderBy: {field: CREATED_AT, direction: DESC}) { nodes { databaseId } }
      pullRequests(first: 100, orderBy: {field: CREATED_AT, direction: DESC}) { nodes { number mergedAt } } } }`,
    at,
  )
  expect(answer.repository.deployments.nodes.map((node) => node.databaseId)).toEqual(deployments.map((deployment) => deployment.id))
  expect(answer.repository.pullRequests.nodes).toEqual(pulls.map((pull) => ({ number: pull.number, mergedAt: pull.merged_at })))
  await github.stop()
})
