/** What GitHub may do to a collection, and what a person reads of it; what is stored never suffers. */
import { generateKeyPairSync } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyConfig } from '../../../server/collector/apply-config.ts'
import { rows } from '../../../server/store/database.ts'
import { readSource } from '../../../server/store/sources.ts'
import {
  addDeployment,
  addStatus,
  addWorkflow,
  completeRun,
  publishRelease,
  rerun,
  startRun,
} from '../../fakes/github/change-deliveries.ts'
import { closeIssue, openIssue, removeRepository, renameRepository, unlabelIssue } from '../../fakes/github/change-issues.ts'
import { mergePull, openPull, pushCommit, reviewPull } from '../../fakes/github/change-pulls.ts'
import type { Fault } from '../../fakes/github/fault.ts'
import { type GithubFake, startGithub } from '../../fakes/github/start-github.ts'
import { addRepository, createWorld, type Repository, type World } from '../../fakes/github/world.ts'
import { type GithubCollecting, githubCollecting, standingRows } from '../../support/github-collecting.ts'
import { emptyStore, testStore } from '../../support/stores.ts'

const hour = 3_600_000
const day = 24 * hour
const start = Date.UTC(2026, 5, 1)

const store = testStore('pglite')
let world: World
let shop: Repository
let github: GithubFake
let collecting: GithubCollecting
let clock: number

const at = (days: number, hours = 0) => new Date(start + days * day + hours * hour).toISOString()

beforeEach(async () => {
  await emptyStore(store())
  clock = start + 60 * day
  world = createWorld()
  shop = addRepository(world, { owner: 'acme', name: 'shop' })
  pushCommit(world, shop, at(0), { message: 'Start' })
  deliver(shop, 1)
  deliver(shop, 2)
  github = await startGithub(world, { clock: () => clock })
  collecting = collectingOf()
})
afterEach(async () => {
  collecting.end()
  await github.stop()
})

function collectingOf(options?: Record<string, unknown>): GithubCollecting {
  return githubCollecting(store(), github, () => clock, options)
}

/** A pull request that is merged and deployed on that day. */
function deliver(repository: Repository, days: number) {
  const { item: pull } = openPull(world, repository, at(days, 8), { title: `Change of day ${days}` })
  reviewPull(world, repository, pull, at(days, 9), { author: 'kim' })
  mergePull(world, repository, pull, at(days, 10), { method: 'squash' })
  const { item } = addDeployment(world, repository, at(days, 11), { environment: 'production' })
  addStatus(world, repository, item, at(days, 12), 'success')
}

async function kinds(): Promise<Record<string, number>> {
  const found = await rows<{ kind: string; n: number }>(
    store().db,
    sql`select kind, count(*)::int as n from facts where not withdrawn and body is not null group by kind order by kind`,
  )
  return Object.fromEntries(found.map(({ kind, n }) => [kind, n]))
}

async function deployed(): Promise<string[]> {
  const found = await rows<{ id: string }>(
    store().db,
    sql`select s.key || ' ' || d.id as id from deployments d join services s on s.id = d.service_id order by d.at`,
  )
  return found.map(({ id }) => id)
}

describe('a token or an App', () => {
  it.each([
    ['wrong', () => github.tokens.clear(), /refuses the credentials \(401: Bad credentials\)/, /make a new one/],
    [
      'whose rate limit is zero',
      () => github.setLimit('core', { limit: 0, remaining: 0 }),
      /rate limit of this token is zero/,
      /another token or a GitHub App/,
    ],
  ])('%s is told, and what is stored stays', async (_what, change, message, mend) => {
    await collecting.collect()
    const before = await standingRows(store())
    change()
    const run = await collecting.collect()
    expect(run.outcome).toBe('failed')
    expect(run.error?.message).toMatch(message)
    expect(run.error?.mend).toMatch(mend)
    expect(await standingRows(store())).toEqual(before)
  })

  it.each([
    ['deployments', 'Deployments: read'],
    ['pull_requests', 'Pull requests: read'],
    ['issues', 'Issues: read'],
  ] as const)(
    'that may not read %s names the permission, reads the rest, and never looks like one without any',
    async (permission, title) => {
      openIssue(world, shop, at(3), { title: 'Down', labels: ['incident'] })
      github.permissions[permission] = 'none'
      const run = await collecting.collect()
      expect(run.outcome).toBe('failed')
      expect(run.error?.message).toContain(`«${title}»`)
      expect(run.error?.mend).toContain(title)
      const all = { change: 2, deployment: 2, incident: 1 }
      const kind = { deployments: 'deployment', pull_requests: 'change', issues: 'incident' }[permission]
      expect(await kinds()).toEqual(Object.fromEntries(Object.entries(all).filter(([each]) => each !== kind)))
      expect(await readSource(store().db, 'acme')).toMatchObject({ lastSuccessAt: null })

      delete github.permissions[permission]
      expect((await collecting.collect()).outcome).toBe('succeeded')
      expect(await kinds()).toEqual(all)
    },
  )

  it('that loses a permission later keeps what is stored, and reads what was missed once it has it again', async () => {
    await collecting.collect()
    github.permissions.deployments = 'none'
    deliver(shop, 5)
    const run = await collecting.collect()
    expect(run.error?.message).toContain('«Deployments: read»')
    expect(await kinds()).toEqual({ change: 3, deployment: 2 })
    delete github.permissions.deployments
    expect((await collecting.collect()).outcome).toBe('succeeded')
    expect(await kinds()).toEqual({ change: 3, deployment: 3 })
  })

  it('of an App is renewed, and its suspension is told', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = {
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      publicKey: publicKey.export({ type: 'spki', format: 'pem' }),
    }
    await github.stop()
    github = await startGithub(world, {
      clock: () => clock,
      app: { id: 77, publicKey: String(pem.publicKey), installations: [{ account: 'acme' }] },
    })
    collecting.end()
    collecting = collectingOf({ owner: 'acme', token: undefined, app: { id: 77, privateKey: String(pem.privateKey) } })
    expect(await collecting.collect()).toMatchObject({ outcome: 'succeeded', error: null })
    expect(await kinds()).toEqual({ change: 2, deployment: 2 })
    clock += 2 * hour
    deliver(shop, 59)
    expect(await collecting.collect()).toMatchObject({ outcome: 'succeeded' })
    expect(await kinds()).toEqual({ change: 3, deployment: 3 })
    const [installation] = github.app?.installations ?? []
    if (installation) installation.suspended = true
    const run = await collecting.collect()
    expect(run.error?.message).toMatch(/suspended/)
    expect(run.error?.mend).toMatch(/owner of the organisation/)
    expect(await kinds()).toEqual({ change: 3, deployment: 3 })
  })
})

describe('a repository', () => {
  it('that is gone keeps what is stored; the others go on, and the run says it once', async () => {
    const search = addRepository(world, { owner: 'acme', name: 'search' })
    pushCommit(world, search, at(0), { message: 'Start' })
    deliver(search, 3)
    await collecting.collect()
    expect(await deployed()).toHaveLength(3)
    removeRepository(world, search)
    deliver(shop, 6)
    const run = await collecting.collect()
    expect(run).toMatchObject({ outcome: 'succeeded', error: null })
    expect(run.notes.join(' ')).toContain('acme/search is no longer among the repositories')
    expect(await deployed()).toHaveLength(4)
    expect((await collecting.collect()).notes).toEqual([])
  })

  it('that is named and gone fails the run with its name, after the others were read', async () => {
    collecting.end()
    collecting = collectingOf({ owner: undefined, repositories: ['acme/shop', 'acme/nothing'] })
    const run = await collecting.collect()
    expect(run.outcome).toBe('failed')
    expect(run.error?.message).toContain('no repository acme/nothing')
    expect(await kinds()).toEqual({ change: 2, deployment: 2 })
  })

  it('that is renamed stays one service with one history', async () => {
    await collecting.collect()
    renameRepository(world, shop, at(4), 'store')
    deliver(shop, 5)
    expect(await collecting.collect()).toMatchObject({ outcome: 'succeeded' })
    expect((await deployed()).map((line) => line.split(' ')[0])).toEqual(['acme/shop', 'acme/shop', 'acme/shop'])
  })

  it('that is archived or a fork is left out unless it is asked for', async () => {
    const old = addRepository(world, { owner: 'acme', name: 'old', archived: true })
    const fork = addRepository(world, { owner: 'acme', name: 'fork', fork: true })
    for (const repository of [old, fork]) {
      pushCommit(world, repository, at(0), { message: 'Start' })
      deliver(repository, 3)
    }
    await collecting.collect()
    expect(await deployed()).toHaveLength(2)
    collecting.end()
    collecting = collectingOf({ owner: 'acme', archived: true, forks: true, exclude: ['f*'] })
    await collecting.collect()
    expect((await deployed()).map((line) => line.split(' ')[0])).toEqual(['acme/shop', 'acme/shop', 'acme/old'])
  })

  it('is the service that the configuration gives it to, from the start and when that changes', async () => {
    await collecting.collect()
    const services = [{ id: 'checkout', sources: ['acme'], repositories: ['acme/shop'], teams: [], was: [] }]
    collecting.end()
    collecting = githubCollecting(store(), github, () => clock, undefined, services)
    await applyConfig(store(), { config: collecting.deps.config, now: clock })
    deliver(shop, 61)
    openIssue(world, shop, at(61, 13), { title: 'Down', labels: ['incident'] })
    clock += 2 * day
    await collecting.collect()
    expect((await deployed()).map((line) => line.split(' ')[0])).toEqual(['checkout', 'checkout', 'checkout'])
    const [incident] = await rows<{ key: string }>(store().db, sql`select s.key from incidents i join services s on s.id = i.service_id`)
    expect(incident?.key).toBe('checkout')
  })
})

describe('limits and faults', () => {
  it.each<[string, Fault]>([
    ['a secondary limit as 403', { kind: 'secondary-limit', status: 403 }],
    ['a secondary limit as 429 with a time', { kind: 'secondary-limit', status: 429, retryAfterSeconds: 1 }],
    ['502', { kind: 'status', status: 502 }],
    ['a reset connection', { kind: 'reset' }],
    ['a body that ends too early', { kind: 'truncated' }],
    ['no answer', { kind: 'no-answer' }],
  ])('%s now and then only takes time', async (_what, fault) => {
    for (let n = 3; n < 60; n++) deliver(shop, n % 58)
    github.fault = (_request, n) => (n % 3 === 2 ? fault : undefined)
    expect(await collecting.collect()).toMatchObject({ outcome: 'succeeded', error: null })
    expect(await kinds()).toEqual({ change: 59, deployment: 59 })
  })

  it('the primary limit is waited for by the clock of GitHub, even where it is two hours off, which is told', async () => {
    const began = performance.now()
    const base = clock
    await github.stop()
    github = await startGithub(world, { clock: () => base + performance.now() - began })
    collecting.end()
    collecting = collectingOf()
    github.skewMilliseconds = 2 * hour
    github.setLimit('graphql', { limit: 5000, remaining: 0, reset: Math.floor(github.now() / 1000) + 1 })
    const run = await collecting.collect()
    expect(run).toMatchObject({ outcome: 'succeeded', error: null })
    expect(performance.now() - began).toBeLessThan(20_000)
    expect(run.notes.join(' ')).toMatch(/clock of this machine is 120 minutes behind GitHub's/)
  })

  it('a part of the limit is left to others', async () => {
    github.setLimit('graphql', { limit: 100, remaining: 12, reset: Math.floor(github.now() / 1000) + 2 })
    collecting.end()
    collecting = collectingOf({ owner: 'acme', reserve: 0.1 })
    for (let n = 3; n < 40; n++) deliver(shop, n)
    const steps: string[] = []
    collecting.deps.onProgress = (_source, { step }) => steps.push(step)
    expect(await collecting.collect()).toMatchObject({ outcome: 'succeeded' })
    expect(steps.some((step) => step.startsWith('waiting for the rate limit until'))).toBe(true)
  })

  it('a server that stays broken is told, and nothing is concluded from it', async () => {
    await collecting.collect()
    const before = await standingRows(store())
    github.fault = { kind: 'status', status: 500 }
    const run = await collecting.collect()
    expect(run.outcome).toBe('failed')
    expect(run.error?.message).toMatch(/answers with 500/)
    expect(await standingRows(store())).toEqual(before)
  })

  it('a run that is told to stop while it waits ends at once', async () => {
    github.setLimit('core', { limit: 5000, remaining: 0, reset: Math.floor(github.now() / 1000) + 3600 })
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 300)
    const began = performance.now()
    expect((await collecting.collect(stop.signal)).outcome).toBe('interrupted')
    expect(performance.now() - began).toBeLessThan(5000)
  })
})

describe('rules', () => {
  it('that change withdraw the deployments of the former ones', async () => {
    publishRelease(world, shop, at(3), { tag: 'v1.0.0' })
    publishRelease(world, shop, at(4), { tag: 'v1.1.0-rc1', prerelease: true })
    await collecting.collect()
    expect(await deployed()).toHaveLength(2)
    collecting.end()
    collecting = collectingOf({ owner: 'acme', deployments: { releases: true } })
    const run = await collecting.collect()
    expect(run.notes.join(' ')).toContain('rules for deployments of acme/shop are others now')
    expect(await deployed()).toEqual(['acme/shop acme/shop/releases/v1.0.0'])
    collecting.end()
    collecting = collectingOf()
    await collecting.collect()
    expect(await deployed()).toHaveLength(2)
  })

  it('count attempts of a workflow apart, and never skipped or cancelled ones', async () => {
    const workflow = addWorkflow(world, shop, at(0), { path: '.github/workflows/deploy.yml' })
    const conclude = (days: number, conclusion: 'success' | 'failure' | 'skipped' | 'cancelled') => {
      const { item } = startRun(world, shop, workflow, at(days))
      completeRun(world, shop, item, at(days, 1), conclusion)
      return item
    }
    conclude(10, 'success')
    const failed = conclude(11, 'failure')
    rerun(world, shop, failed, at(11, 2))
    completeRun(world, shop, failed, at(11, 3), 'success')
    conclude(12, 'skipped')
    conclude(13, 'cancelled')
    collecting.end()
    collecting = collectingOf({ owner: 'acme', deployments: { workflow: 'deploy.yml' } })
    expect(await collecting.collect()).toMatchObject({ outcome: 'succeeded', error: null })
    const found = await rows<{ status: string; n: number }>(
      store().db,
      sql`select body::json->>'status' as status, count(*)::int as n from facts where kind = 'deployment' and not withdrawn group by 1 order by 1`,
    )
    expect(Object.fromEntries(found.map(({ status, n }) => [status, n]))).toEqual({ cancelled: 2, failed: 1, succeeded: 2 })

    conclude(59, 'success')
    github.reset()
    expect(await collecting.collect()).toMatchObject({ outcome: 'succeeded', error: null })
    expect(await deployed()).toHaveLength(6)
    github.reset()
    await collecting.collect()
    expect(github.counts().charged).toBeLessThanOrEqual(github.counts().graphql)
  })

  it('an incident that loses its label is one no longer', async () => {
    const { item } = openIssue(world, shop, at(5), { title: 'Down', labels: ['incident', 'sev1'], body: 'Caused by #1' })
    await collecting.collect()
    expect(await kinds()).toMatchObject({ incident: 1 })
    closeIssue(world, shop, item, at(60, 1))
    unlabelIssue(world, shop, item, at(60, 2), 'incident')
    clock += day
    await collecting.collect()
    expect(await kinds()).toEqual({ change: 2, deployment: 2 })
  })
})
