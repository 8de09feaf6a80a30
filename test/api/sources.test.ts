import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ShiplogError } from '../../server/errors.ts'
import { beginRun, finishRun, progressRun } from '../../server/store/runs.ts'
import { createGitFixture } from '../support/git-fixture.ts'
import { now, openApi, type TestApi, testConfig } from './open-api.ts'

const token = 'never-to-be-seen'
const config = testConfig({
  sources: [
    { id: 'shop', type: 'git', options: { path: '/nowhere/shop', token, deployments: { tags: '^v' } }, schedule: '*/15 * * * *' },
    { id: 'idle', type: 'git', options: { url: `https://user:${token}@example.org/idle.git` }, schedule: '0 * * * *' },
  ],
})
const counts = { accepted: 7, unchanged: 3, commits: 6, deployments: 4, changes: 0, incidents: 0, withdrawn: 0 }
const started = now.getTime() - 3_600_000

let api: TestApi
beforeAll(async () => {
  const opened = await openApi()
  const { store } = opened.deps
  const schedule = {
    stop: async () => {},
    nextRun: (id: string) => (id === 'shop' ? new Date(now.getTime() + 60_000) : null),
    runNow(id: string, onBegun?: (run: number) => void) {
      if (id === 'idle') return 'busy' as const
      const begun = beginRun(store.db, { source: id, startedAt: now.getTime() }).then((run) => onBegun?.(run))
      return begun.then(() => new Promise<never>(() => {}))
    },
  }
  api = await openApi({ store, config, schedule })
  const id = await beginRun(store.db, { source: 'shop', startedAt: started })
  const end = { id, source: 'shop', startedAt: started, counts, notes: ['Takes tags like v1.2.3.'] }
  await finishRun(store, { ...end, outcome: 'succeeded', finishedAt: started + 2000, error: null })
  const failed = await beginRun(store.db, { source: 'shop', startedAt: started + 60_000 })
  const error = { message: 'The repository is gone.', mend: 'Check its path.' }
  await finishRun(store, { ...end, id: failed, outcome: 'failed', startedAt: started + 60_000, finishedAt: started + 61_000, error })
})
afterAll(() => api.close())

describe('GET /sources', () => {
  it('says how fresh each is, and what is wrong with its mend', async () => {
    const { sources } = (await api.get('sources')).body
    expect(sources.map((source: { id: string }) => source.id)).toEqual(['shop', 'idle'])
    expect(sources[0]).toMatchObject({
      type: 'git',
      services: ['shop'],
      schedule: '*/15 * * * *',
      lastSuccess: '2026-04-01T11:00:02Z',
      lagSeconds: 3598,
      nextRun: '2026-04-01T12:01:00Z',
      running: null,
      lastError: { at: '2026-04-01T11:01:01Z', message: 'The repository is gone.', mend: 'Check its path.' },
    })
    expect(sources[1]).toMatchObject({ lastSuccess: null, lagSeconds: null, nextRun: null, lastRun: null, lastError: null })
  })

  it('shows no secret', async () => {
    const { text, body } = await api.get('sources')
    expect(text).not.toContain(token)
    expect(body.sources[0].options).toEqual({ path: '/nowhere/shop', token: '(set)', deployments: { tags: '^v' } })
    expect(body.sources[1].options).toEqual({ url: 'https://example.org/idle.git' })
  })

  it('lists what pushes facts, with what is kept of it', async () => {
    const fact = {
      source: 'ci',
      id: 'd1',
      service: 'shop',
      environment: 'production',
      status: 'succeeded',
      finishedAt: '2026-03-10T10:00:00Z',
    }
    expect((await api.send('POST', 'deployments', fact)).status).toBe(200)
    const { sources } = (await api.get('sources')).body
    expect(sources[2]).toMatchObject({ id: 'ci', type: 'api', services: ['shop'], schedule: null, counts: { deployments: 1 } })
  })
})

describe('runs', () => {
  it('are listed newest first', async () => {
    const { runs } = (await api.get('sources/shop/runs')).body
    expect(runs).toHaveLength(2)
    expect(runs[0]).toMatchObject({ outcome: 'failed', durationSeconds: 1, error: { mend: 'Check its path.' } })
    expect(runs[1]).toMatchObject({
      outcome: 'succeeded',
      accepted: 7,
      unchanged: 3,
      counts: { commits: 6 },
      notes: ['Takes tags like v1.2.3.'],
    })
    expect((await api.get('sources/shop/runs?limit=1')).body.runs).toHaveLength(1)
    expect((await api.get('sources/shop/runs?limit=0')).status).toBe(400)
  })

  it('start on demand, and are followed while they run', async () => {
    const { status, body } = await api.send('POST', 'sources/shop/runs')
    expect(status).toBe(202)
    expect(body).toMatchObject({ source: 'shop', outcome: 'running', startedAt: '2026-04-01T12:00:00Z', finishedAt: null })
    await progressRun(
      api.deps.store.db,
      Number(body.id),
      { step: 'reading commits', done: 10, total: 40, ratePerSecond: 5, secondsLeft: 6 },
      counts,
    )
    const { sources } = (await api.get('sources')).body
    expect(sources[0].running).toMatchObject({
      id: body.id,
      progress: { step: 'reading commits', done: 10, total: 40, ratePerSecond: 5, secondsLeft: 6 },
    })
  })

  it('are not started twice at once', async () => {
    const { status, body } = await api.send('POST', 'sources/idle/runs')
    expect(status).toBe(409)
    expect(body.error.message).toContain('being collected already')
  })

  it.each(['GET', 'POST'])('of an unknown source: %s is a 404 that names the known ones', async (method) => {
    const { status, body } = await api.send(method, 'sources/nothing/runs')
    expect(status).toBe(404)
    expect(body.error.message).toContain('shop, idle')
  })

  it('tell what kept one from beginning', async () => {
    const refuse = async () => {
      throw new ShiplogError('unavailable', 'The database is away. Wait for it.')
    }
    const broken = await openApi({ ...api.deps, schedule: { ...api.deps.schedule, runNow: refuse } })
    const { status, body } = await broken.send('POST', 'sources/shop/runs')
    expect(status).toBe(503)
    expect(body.error.message).toContain('The database is away')
  })
})

describe('a pause', () => {
  it('is told, refuses a run and says how to resume, any number of times', async () => {
    for (let times = 0; times < 2; times++) {
      const { status, body } = await api.send('POST', 'sources/shop/pause')
      expect(status).toBe(200)
      expect(body).toMatchObject({ id: 'shop', paused: true, nextRun: null, schedule: '*/15 * * * *' })
    }
    const refused = await api.send('POST', 'sources/shop/runs')
    expect(refused.status).toBe(409)
    expect(refused.body.error).toMatchObject({ message: expect.stringContaining('/api/v1/sources/shop/resume'), details: { paused: true } })
    expect((await api.get('sources')).body.sources[0]).toMatchObject({ paused: true, nextRun: null })
    for (let times = 0; times < 2; times++) {
      const { status, body } = await api.send('POST', 'sources/shop/resume')
      expect(status).toBe(200)
      expect(body).toMatchObject({ id: 'shop', paused: false, nextRun: '2026-04-01T12:01:00Z' })
    }
    expect((await api.send('POST', 'sources/shop/runs')).status).toBe(202)
  })

  it.each(['pause', 'resume'])('of what is not collected is a 404 that names what is: %s', async (what) => {
    const { status, body } = await api.send('POST', `sources/ci/${what}`)
    expect(status).toBe(404)
    expect(body.error.message).toContain('shop, idle')
  })

  it('that comes between the question and the run refuses it too', async () => {
    const runNow = async () => ({
      ...({} as Awaited<Exclude<ReturnType<typeof api.deps.schedule.runNow>, 'busy'>>),
      id: null,
      outcome: 'paused' as const,
    })
    const other = await openApi({ ...api.deps, schedule: { ...api.deps.schedule, runNow } })
    const { status, body } = await other.send('POST', 'sources/shop/runs')
    expect(status).toBe(409)
    expect(body.error.message).toContain('is paused')
  })
})

describe('unmapped environments', () => {
  it('are listed by source with how often they were deployed to in 90 days', async () => {
    const fact = { source: 'ci', service: 'shop', environment: 'perf-lab', status: 'succeeded' }
    const items = [
      { ...fact, id: 'u1', finishedAt: '2026-03-10T10:00:00Z' },
      { ...fact, id: 'u2', finishedAt: '2026-03-11T10:00:00Z' },
      { ...fact, id: 'u3', finishedAt: '2025-12-01T10:00:00Z' },
    ]
    expect((await api.send('POST', 'deployments', { items })).status).toBe(200)
    const { sources } = (await api.get('sources')).body
    expect(sources[0].unmapped).toEqual([])
    expect(sources[2]).toMatchObject({ id: 'ci', unmapped: [{ environment: 'perf-lab', deployments: 2 }] })
  })
})

describe('a rule that is tried', () => {
  const repository = createGitFixture()
  let git: TestApi
  beforeAll(async () => {
    repository.commit('One')
    for (const tag of ['v1.0.0', 'v1.1.0', 'build-1']) repository.tag(tag)
    const sources = [{ id: 'shop', type: 'git', options: { path: repository.dir, deployments: 'auto' }, schedule: '*/15 * * * *' }]
    git = await openApi({ store: api.deps.store, config: testConfig({ sources }) })
  })
  afterAll(() => repository.remove())
  const preview = (rule: string) => git.get(`sources/shop/preview?${new URLSearchParams({ deployments: rule })}`)

  it('stands in the place of the configured one, which stays', async () => {
    const configured = (await git.get('sources/shop/preview')).body
    expect(configured).toMatchObject({ looked: 3, counted: 2, yaml: 'deployments: auto', reasons: [{ reason: 'does not match', rows: 1 }] })
    const tried = await preview('{ tags: "build-.*" }')
    expect(tried.status).toBe(200)
    expect(tried.body).toMatchObject({ looked: 3, counted: 1, truncated: 0, yaml: "deployments: { tags: 'build-.*' }" })
    expect(tried.body.rows[0]).toMatchObject({ name: 'build-1', counted: true, group: null })
    expect((await git.get('sources/shop/preview')).body).toEqual(configured)
  })

  it('is refused with its field and mend', async () => {
    const { status, body } = await preview('{ tag: "build" }')
    expect(status).toBe(400)
    expect(body.error.message).toBe('deployments.tag: is not a known key; write tags')
    expect(body.error.details).toMatchObject([{ path: 'deployments.tag', mend: 'write tags' }])
    expect((await preview('x'.repeat(5000))).status).toBe(400)
  })
})

describe('previews', () => {
  it('of a repository that is missing say so, with what to do', async () => {
    const { status, body } = await api.get('sources/shop/preview')
    expect(status).toBe(502)
    expect(body.error.message).toContain('/nowhere/shop')
  })

  it('are of configured sources', async () => {
    expect((await api.get('sources/nothing/preview')).status).toBe(404)
  })
})
