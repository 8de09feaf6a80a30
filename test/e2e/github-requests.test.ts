/** What a collection asks of GitHub, counted by the fake. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addGit } from '../fakes/github/add-git.ts'
import { addDeployment, addStatus } from '../fakes/github/change-deliveries.ts'
import { mergePull, openPull } from '../fakes/github/change-pulls.ts'
import { generateWorld } from '../fakes/github/generate-world.ts'
import { type GithubFake, startGithub } from '../fakes/github/start-github.ts'
import type { World } from '../fakes/github/world.ts'
import { type GithubCollecting, githubCollecting } from '../support/github-collecting.ts'
import { emptyStore, testStore } from '../support/stores.ts'

const day = 86_400_000
const to = Date.UTC(2026, 5, 1)
const period = { from: new Date(to - 300 * day).toISOString(), to: new Date(to).toISOString() }
const idle = { seed: 2, repositories: 100, pullsPerRepository: 4, deploymentsPerRepository: 4, incidentsPerRepository: 1, ...period }

const store = testStore('pglite')
const folder = mkdtempSync(`${tmpdir()}/shiplog-requests-`)
let github: GithubFake
let collecting: GithubCollecting
let clock: number

beforeEach(async () => {
  await emptyStore(store())
  clock = to + day
})
afterEach(async () => {
  collecting.end()
  await github.stop()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function start(world: World, options: Record<string, unknown> = {}): Promise<void> {
  github = await startGithub(world, { clock: () => clock })
  collecting = githubCollecting(store(), github, () => clock, { owner: 'acme', archived: true, forks: true, ...options })
}

/** Collects, and tells how much was asked for. */
async function requestsOf(what: string) {
  github.requests.length = 0
  const { outcome, counts } = await collecting.collect()
  expect(outcome).toBe('succeeded')
  const asked = github.counts()
  const { rest, graphql, points, git, charged, notModified } = asked
  console.info(
    `${what}: ${rest + graphql} requests (REST ${rest}, of which ${notModified} not modified; GraphQL ${graphql}, ${points} points), ${charged} charged; git ${git}`,
  )
  return { ...asked, api: rest + graphql, counts }
}

describe('the first backfill of 1,000 merged pull requests, 500 deployments and 50 incidents', () => {
  it.each([
    { repositories: 1, git: false },
    { repositories: 4, git: false },
    { repositories: 1, git: true },
    { repositories: 4, git: true },
  ])('takes at most 60 requests: $repositories repositories, git: $git', async ({ repositories, git }) => {
    const world = generateWorld({
      seed: 1,
      repositories,
      pullsPerRepository: 1160 / repositories,
      deploymentsPerRepository: 500 / repositories,
      incidentsPerRepository: Math.ceil(50 / repositories),
      ...period,
    })
    if (git) addGit(world, `${folder}/${repositories}`)
    await start(world, { git })
    const { api, failed, counts } = await requestsOf(`First collection, ${repositories} repositories, git: ${git}`)
    expect(counts.changes).toBeGreaterThanOrEqual(1000)
    expect(counts.deployments).toBeGreaterThanOrEqual(500)
    expect(counts.incidents).toBeGreaterThanOrEqual(50)
    expect(api).toBeLessThanOrEqual(60)
    expect(failed).toBe(0)
  })
})

describe('a poll of 100 repositories', () => {
  it('where nothing is new takes at most 110 requests, and none of REST is charged', async () => {
    await start(generateWorld(idle))
    await requestsOf('First collection of 100 repositories')
    clock += 900_000
    await collecting.collect()
    clock += 900_000
    const { api, rest, notModified, counts } = await requestsOf('Poll of 100 idle repositories')
    expect(counts.accepted).toBe(0)
    expect(api).toBeLessThanOrEqual(110)
    expect(notModified).toBe(rest)
  })

  it('after one new pull request and its deployment takes at most 6 requests', async () => {
    const world = generateWorld(idle)
    await start(world)
    await collecting.collect()
    await collecting.collect()
    const [shop] = world.repositories
    if (shop === undefined) throw new Error('there is a repository')
    const at = (minutes: number) => new Date(clock + minutes * 60_000).toISOString()
    const { item: pull } = openPull(world, shop, at(1), { title: 'Add a cart' })
    mergePull(world, shop, pull, at(2), { method: 'squash' })
    const { item: deployment } = addDeployment(world, shop, at(3), { environment: 'production' })
    addStatus(world, shop, deployment, at(4), 'success')
    clock += 900_000
    const { api, counts } = await requestsOf('Poll after one new pull request and deployment')
    expect(counts.accepted).toBeGreaterThanOrEqual(3)
    expect(api).toBeLessThanOrEqual(6)
  })
})
