/** The fake of GitHub against the real Octokit: lists, conditional requests, limits, faults and Apps. */
import { createHmac } from 'node:crypto'
import { Octokit } from '@octokit/rest'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { addDeployment, addStatus } from './change-deliveries.ts'
import { renameRepository } from './change-issues.ts'
import { mergePull, openPull, pushCommit } from './change-pulls.ts'
import { type GithubFake, startGithub } from './start-github.ts'
import { deliver, pingEvent } from './webhook-event.ts'
import { addRepository, createWorld, type Repository, type World } from './world.ts'

let world: World
let repository: Repository
let github: GithubFake
let octokit: Octokit
let time: number
const at = { owner: 'acme', repo: 'shop' }

beforeEach(async () => {
  world = createWorld()
  repository = addRepository(world, { owner: 'acme', name: 'shop' })
  time = Date.parse('2026-06-01T00:00:00Z')
  pushCommit(world, repository, '2026-01-01T10:00:00Z', { message: 'Start' })
  github = await startGithub(world, { clock: () => time, app: { installations: [{ account: 'acme' }] } })
  octokit = client(github.token)
})
afterEach(() => github.stop())

function client(auth: string): Octokit {
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  return new Octokit({ baseUrl: github.baseUrl, auth, log })
}

function pulls(count: number) {
  for (let n = 1; n <= count; n++) {
    const day = `2026-02-01T00:${String(n % 60).padStart(2, '0')}:00Z`
    const { item } = openPull(world, repository, day, { title: `Change ${n}` })
    mergePull(world, repository, item, day, { method: 'squash' })
  }
}

it('pages a list by the Link header, which names ids', async () => {
  pulls(45)
  const list = await octokit.paginate('GET /repos/{owner}/{repo}/pulls', { ...at, state: 'all', per_page: 20 })
  expect(new Set(list.map((pull) => pull.number)).size).toBe(45)
  expect(github.requests.map((request) => request.path)).toEqual([
    '/repos/acme/shop/pulls?state=all&per_page=20',
    `/repositories/${repository.id}/pulls?state=all&per_page=20&page=2`,
    `/repositories/${repository.id}/pulls?state=all&per_page=20&page=3`,
  ])
  expect(github.counts()).toMatchObject({ rest: 3, charged: 3, failed: 0 })
})

it('answers 304 to a known ETag, without a charge', async () => {
  const first = await octokit.rest.repos.get(at)
  expect(first.headers['x-ratelimit-remaining']).toBe('4999')
  const again = octokit.rest.repos.get({ ...at, headers: { 'if-none-match': first.headers.etag } })
  await expect(again).rejects.toMatchObject({ status: 304 })
  expect(github.requests.at(-1)).toMatchObject({ status: 304, charged: false })
  expect(github.budget('user octocat', 'core').remaining).toBe(4999)
  pushCommit(world, repository, '2026-01-02T10:00:00Z')
  expect((await octokit.rest.repos.get({ ...at, headers: { 'if-none-match': first.headers.etag } })).status).toBe(200)
})

it('refuses when the budget is spent, until the hour is over by its own clock', async () => {
  github.setLimit('core', { remaining: 1 })
  await octokit.rest.repos.get(at)
  const refused = await octokit.rest.repos.get(at).catch((error) => error)
  expect(refused.status).toBe(403)
  expect(refused.message).toContain('API rate limit exceeded')
  expect(refused.response.headers['x-ratelimit-remaining']).toBe('0')
  expect(Number(refused.response.headers['x-ratelimit-reset'])).toBe(time / 1000 + 3600)
  const { data } = await octokit.rest.rateLimit.get()
  expect(data.resources.core.remaining).toBe(0)
  expect(data.resources.graphql?.remaining).toBe(5000)
  time += 3_600_000
  expect((await octokit.rest.repos.get(at)).headers['x-ratelimit-remaining']).toBe('4999')
})

it('fails as it is told to', async () => {
  github.fault = (_request, n) => (n === 1 ? { kind: 'secondary-limit', status: 429, retryAfterSeconds: 7 } : undefined)
  const limited = await octokit.rest.repos.get(at).catch((error) => error)
  expect(limited.status).toBe(429)
  expect(limited.message).toContain('exceeded a secondary rate limit')
  expect(limited.response.headers['retry-after']).toBe('7')
  github.fault = { kind: 'status', status: 502 }
  await expect(octokit.rest.repos.get(at)).rejects.toMatchObject({ status: 502 })
  github.fault = { kind: 'truncated' }
  // Octokit takes a body that it cannot read for an empty one.
  expect(await octokit.rest.repos.get(at)).toMatchObject({ status: 200, data: '' })
  await expect(fetch(`${github.baseUrl}/meta`).then((response) => response.text())).rejects.toThrow()
  github.fault = { kind: 'reset' }
  await expect(octokit.rest.repos.get(at)).rejects.toThrow()
  github.fault = { kind: 'no-answer' }
  await expect(octokit.rest.repos.get({ ...at, request: { signal: AbortSignal.timeout(50) } })).rejects.toThrow()
  github.fault = null
  await expect(client('wrong').rest.repos.get(at)).rejects.toMatchObject({
    status: 401,
    message: expect.stringContaining('Bad credentials'),
  })
  await expect(octokit.rest.repos.get(at)).resolves.toMatchObject({ status: 200 })
})

it('names the permission that is missing', async () => {
  github.permissions.deployments = 'none'
  const refused = await octokit.rest.repos.listDeployments(at).catch((error) => error)
  expect(refused.status).toBe(403)
  expect(refused.message).toContain('Resource not accessible by personal access token')
  expect(refused.response.headers['x-accepted-github-permissions']).toBe('deployments=read')
})

it('redirects from a former name and hides what is not visible', async () => {
  renameRepository(world, repository, '2026-03-01T00:00:00Z', 'store')
  const { data } = await octokit.rest.repos.get(at)
  expect(data.full_name).toBe('acme/store')
  expect(github.requests.map((request) => request.status)).toEqual([301, 200])
  repository.hidden = true
  await expect(octokit.rest.repos.get({ owner: 'acme', repo: 'store' })).rejects.toMatchObject({ status: 404 })
})

it('lets the world change between two pages', async () => {
  pulls(3)
  github.beforeRequest = (n) => {
    if (n === 2) openPull(world, repository, '2026-05-01T00:00:00Z', { title: 'Late' })
    return undefined
  }
  const list = await octokit.paginate(octokit.rest.pulls.list, { ...at, state: 'all', per_page: 2 })
  expect(list.map((pull) => pull.number)).toEqual([3, 2, 2, 1])
})

it('compares, lists commits and tells the statuses of a deployment', async () => {
  const first = repository.branches.main as string
  pulls(2)
  const { item } = addDeployment(world, repository, '2026-02-02T00:00:00Z', { environment: 'production' })
  addStatus(world, repository, item, '2026-02-02T00:05:00Z', 'success')
  const { data } = await octokit.rest.repos.compareCommitsWithBasehead({ ...at, basehead: `${first}...main` })
  expect(data).toMatchObject({ status: 'ahead', ahead_by: 2, behind_by: 0, total_commits: 2 })
  expect(data.commits.at(-1)?.sha).toBe(item.oid)
  expect((await octokit.rest.repos.compareCommitsWithBasehead({ ...at, basehead: `main...${first}` })).data.status).toBe('behind')
  const commits = await octokit.rest.repos.listCommits({ ...at, since: '2026-01-15T00:00:00Z' })
  expect(commits.data).toHaveLength(2)
  const statuses = await octokit.rest.repos.listDeploymentStatuses({ ...at, deployment_id: item.id })
  expect(statuses.data[0]).toMatchObject({ state: 'success', created_at: '2026-02-02T00:05:00Z' })
})

it('gives an installation a token for an hour, and none when suspended', async () => {
  const jwt = (iat: number) => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const text = `${part({ alg: 'RS256' })}.${part({ iss: 4711, iat, exp: iat + 600 })}`
    return `${text}.${createHmac('sha256', 'unchecked').update(text).digest('base64url')}`
  }
  const app = client(jwt(time / 1000 - 30))
  const [installation] = (await app.rest.apps.listInstallations()).data
  const { data } = await app.rest.apps.createInstallationAccessToken({ installation_id: installation?.id ?? 0 })
  expect(data.expires_at).toBe('2026-06-01T01:00:00Z')
  const installed = client(data.token)
  expect((await installed.rest.apps.listReposAccessibleToInstallation()).data.repositories[0]?.full_name).toBe('acme/shop')
  time += 3_600_000
  await expect(installed.rest.repos.get(at)).rejects.toMatchObject({ status: 401 })
  await expect(app.rest.apps.getAuthenticated()).rejects.toThrow(/'exp'/)
  const suspended = github.app?.installations[0]
  if (suspended) suspended.suspended = true
  const again = client(jwt(time / 1000)).rest.apps.createInstallationAccessToken({ installation_id: installation?.id ?? 0 })
  await expect(again).rejects.toThrow(/This installation has been suspended/)
})

it('signs webhooks', () => {
  const { headers, body } = deliver(pingEvent(world, repository), { secret: 'known to both' })
  expect(headers['X-GitHub-Event']).toBe('ping')
  expect(headers['X-Hub-Signature-256']).toBe(`sha256=${createHmac('sha256', 'known to both').update(body).digest('hex')}`)
  expect(JSON.parse(body).repository.full_name).toBe('acme/shop')
})
