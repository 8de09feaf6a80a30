/** Several services of one repository, told apart by paths, from the collection to the answers. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { applyConfig } from '../../server/collector/apply-config.ts'
import { collectSource } from '../../server/collector/collect.ts'
import { ingest } from '../../server/collector/ingest.ts'
import { previewSource } from '../../server/collector/preview.ts'
import { rebuild } from '../../server/collector/rebuild.ts'
import { setVerdict } from '../../server/collector/set-verdict.ts'
import type { Config, ServiceConfig } from '../../server/config.ts'
import type { Fact } from '../../server/facts.ts'
import { sources } from '../../server/sources/index.ts'
import { type Answered, openApi } from '../api/open-api.ts'
import { createGitFixture, type GitFixture } from '../support/git-fixture.ts'
import { storeKinds } from '../support/places.ts'
import { configOf, testStore } from '../support/stores.ts'
import { derivedOf } from './facts-fixture.ts'

const now = Date.UTC(2026, 2, 1)
const day = (n: number) => `2026-01-${String(n).padStart(2, '0')}T10:00:00Z`

function service(id: string, more: Partial<ServiceConfig> = {}): ServiceConfig {
  return { id, sources: ['shop'], teams: [], was: [], ...more }
}

describe.each(storeKinds)('services of one repository on %s', (kind) => {
  const store = testStore(kind)
  let repo: GitFixture
  let dataDir: string

  beforeEach(() => {
    repo = createGitFixture()
    dataDir = mkdtempSync(join(tmpdir(), 'shiplog-monorepo-'))
    commit('start', 1, ['till/a', 'web/a'])
    release('v1', 2)
    commit('till 1', 3, ['till/b'])
    commit('both', 4, ['till/b', 'web/b'])
    release('v2', 5)
    commit('web 1', 6, ['web/c'])
    release('v3', 7)
    commit('till 2', 8, ['till/d'])
    commit('docs', 9, ['README.md'])
  })
  afterEach(() => {
    repo.remove()
    rmSync(dataDir, { recursive: true, force: true })
  })

  function commit(message: string, at: number, files: string[]) {
    return repo.commit(message, { at: day(at), files: Object.fromEntries(files.map((name) => [name, `${message}\n`])) })
  }
  function release(name: string, at: number) {
    repo.tag(name, 'HEAD', day(at))
  }

  function configured(services: ServiceConfig[], tags = 'v\\d+', more: Partial<Config> = {}): Config {
    const options = sources.git?.options.parse({ path: repo.dir, deployments: { tags } })
    return configOf({ sources: [{ id: 'shop', type: 'git', options, schedule: '0 * * * *' }], services, ...more })
  }

  async function collect(config: Config) {
    await applyConfig(store(), { now, config })
    const deps = { store: store(), config, dataDir, now: () => new Date(now), log: pino({ level: 'silent' }) }
    const result = await collectSource(deps, 'shop', new AbortController().signal)
    expect(result.error).toBeNull()
    return result
  }

  async function ask(config: Config, path: string): Promise<Answered> {
    const api = await openApi({ store: store(), config, now: () => new Date(now) })
    return api.get(path)
  }
  const window = 'from=2026-01-01&to=2026-02-01'

  /** `id kind: titles of what counts` of a service's deployments, oldest first. */
  async function deliveries(config: Config, id: string): Promise<string[]> {
    const { body } = await ask(config, `deployments?scope=service:${id}&${window}`)
    const { body: changes } = await ask(config, `changes?scope=service:${id}&${window}`)
    return body.items.toReversed().map((row: { id: string; kind: string }) => {
      const own = changes.items.filter(
        (change: { deployment: { id: string }; included: boolean }) => change.included && change.deployment.id === row.id,
      )
      return `${row.id} ${row.kind}: ${own.map(({ title }: { title: string }) => title).sort()}`
    })
  }

  const till = service('till', { paths: ['till/**'], teams: [{ team: 'money', from: null }] })
  const web = service('web', { paths: ['web'] })

  test('share each tag, and one that touched nothing of a service is empty for it', async () => {
    const config = configured([till, web])
    await collect(config)
    expect(await deliveries(config, 'till')).toEqual(['v1:till baseline: ', 'v2:till code: both,till 1', 'v3:till empty: '])
    expect(await deliveries(config, 'web')).toEqual(['v1:web baseline: ', 'v2:web code: both', 'v3:web code: web 1'])
    const { body } = await ask(config, `metrics?scope=org&${window}`)
    expect(body.metrics.change_lead_time.n).toBe(3)
    const waiting = await ask(config, `changes?scope=service:till&state=waiting&${window}`)
    expect(waiting.body.items.map(({ title }: { title: string }) => title)).toEqual(['till 2'])
    expect((await ask(config, 'services')).body.services.map(({ id }: { id: string }) => id)).toEqual(['till', 'web'])
    expect((await ask(config, 'sources')).body.sources[0].services).toEqual(['till', 'web'])
  })

  test('have tags of their own where they say so; the rest is of those that say nothing', async () => {
    release('till-v9', 10)
    const own = service('till', { paths: ['till/**'], deployments: { tags: 'till-v.*' } })
    const config = configured([own, web], '(till-)?v\\d+')
    await collect(config)
    expect(await deliveries(config, 'till')).toEqual(['till-v9 baseline: '])
    expect(await deliveries(config, 'web')).toEqual(['v1 baseline: ', 'v2 code: both', 'v3 code: web 1'])
    const source = config.sources[0]
    if (!source) throw new Error('there is a source')
    const preview = await previewSource({ config, dataDir, now: new Date(now) }, source, new AbortController().signal)
    expect(preview.rows.map(({ name, group, counted }) => `${name} ${group} ${counted}`)).toEqual([
      'till-v9 till true',
      'v3 web true',
      'v2 web true',
      'v1 web true',
    ])
  })

  test('take over the history of what was one service, and read its lists of files once', async () => {
    const whole = configured([])
    await collect(whole)
    await setVerdict(store(), { now, config: whole }, { ref: { source: 'shop', id: 'v2' }, input: { verdict: 'failed', by: 'Kim' } })
    const config = configured([till, web])
    await applyConfig(store(), { now, config })
    const early = await ask(config, `changes?scope=service:till&${window}`)
    expect(early.body.items.filter(({ filesUnknown }: { filesUnknown: boolean }) => filesUnknown)).toHaveLength(4)
    expect((await collect(config)).counts.commits).toBe(6)
    expect(await deliveries(config, 'till')).toEqual(['v1:till baseline: ', 'v2:till code: both,till 1', 'v3:till empty: '])
    const failed = await ask(config, `deployments?scope=org&${window}`)
    expect(failed.body.items.flatMap((row: { id: string; failure: object | null }) => (row.failure ? [row.id] : [])).sort()).toEqual([
      'v2:till',
      'v2:web',
    ])
    commit('web 2', 11, ['web/z'])
    release('v4', 12)
    expect((await collect(config)).counts).toMatchObject({ commits: 1, deployments: 1 })
    expect((await deliveries(config, 'web')).at(-1)).toBe('v4:web code: web 2')
    expect((await deliveries(config, 'till')).at(-1)).toBe('v4:till code: till 2')
    const derived = await derivedOf(store())
    await rebuild(store(), { now, config })
    expect(await derivedOf(store())).toEqual(derived)
  })

  test('follow globs that are others now, without a collection', async () => {
    await collect(configured([till, web]))
    const config = configured([service('till', { paths: ['**', '!web/**'] }), web])
    await applyConfig(store(), { now, config })
    const waiting = await ask(config, `changes?scope=service:till&state=waiting&${window}`)
    expect(waiting.body.items.map(({ title }: { title: string }) => title)).toEqual(['till 2', 'docs'])
    const one = configured([service('shop')])
    await collect(one)
    expect(await deliveries(one, 'shop')).toEqual(['v1 baseline: ', 'v2 code: both,till 1', 'v3 code: web 1'])
    expect((await ask(one, 'services')).body.services.map(({ id }: { id: string }) => id)).toEqual(['shop'])
  })

  test('are judged each by itself; a word on the whole holds for those without one', async () => {
    const config = configured([till, web])
    await collect(config)
    const say = (id: string, verdict: 'failed' | 'not_failed') =>
      setVerdict(store(), { now, config }, { ref: { source: 'shop', id }, input: { verdict, by: 'Kim' } })
    await say('v2', 'failed')
    await say('v2:web', 'not_failed')
    await expect(say('v2:nobody', 'failed')).rejects.toThrow(/no deployment v2:nobody/)
    const { body } = await ask(config, `deployments?scope=org&${window}`)
    expect(body.items.flatMap((row: { id: string; failure: object | null }) => (row.failure ? [row.id] : []))).toEqual(['v2:till'])
  })

  test('have the incidents that name them; a version names the part of the service that is hit', async () => {
    const config = configured([till, web])
    await collect(config)
    const incident = (id: string, more: object): Fact => {
      return { kind: 'incident', source: 'pager', id, title: id, openedAt: Date.parse(day(6)), ...more }
    }
    await ingest(
      store(),
      [
        incident('i1', { service: 'web', version: 'v2' }),
        incident('i2', { deployment: 'v3:web' }),
        incident('i3', { service: 'till', deployment: 'v2', openedAt: Date.parse(day(20)) }),
      ],
      { now, config, authority: 'push' },
    )
    const { body } = await ask(config, `deployments?scope=org&${window}`)
    const failed = body.items.flatMap((row: { id: string; failure: { incidents: { id: string }[] } | null }) =>
      row.failure ? [`${row.id} ${row.failure.incidents.map(({ id }) => id)}`] : [],
    )
    expect(failed.sort()).toEqual(['v2:till i3', 'v2:web i1', 'v3:web i2'])
  })

  test('keep their history through a rename and a handover: numbers, rows, words of people, incidents and reports', async () => {
    const before = configured([till, web], 'v\\d+', { teams: [{ id: 'money', title: 'Money' }] })
    await collect(before)
    const context = { now, config: before }
    await setVerdict(store(), context, { ref: { source: 'shop', id: 'v2:till' }, input: { verdict: 'failed', by: 'Kim' } })
    const incident: Fact = {
      kind: 'incident',
      source: 'pager',
      id: 'i1',
      title: 'i1',
      service: 'till',
      deployment: 'v2:till',
      openedAt: Date.parse(day(6)),
    }
    await ingest(store(), [incident], { ...context, authority: 'push' })
    const api = await openApi({ store: store(), config: before, now: () => new Date(now) })
    const report = await api.send('POST', 'reports', { scope: 'service:till', week: '2026-W02' })
    const numbers = (await ask(before, `metrics?scope=service:till&${window}`)).body.metrics

    const owners = [
      { team: 'money', from: null },
      { team: 'sales', from: '2026-01-06' },
    ]
    const after = configured([{ ...till, id: 'register', was: ['till'], teams: owners }, web], 'v\\d+', {
      teams: ['money', 'sales'].map((id) => ({ id, title: id })),
    })
    await collect(after)
    expect((await ask(after, `metrics?scope=service:register&${window}`)).body.metrics).toEqual(numbers)
    expect((await ask(after, `metrics?scope=service:till&${window}`)).body.scope).toBe('service:register')
    expect(await deliveries(after, 'register')).toEqual(['v1:register baseline: ', 'v2:register code: both,till 1', 'v3:register empty: '])
    const { body } = await ask(after, `deployments?scope=service:register&${window}`)
    const culprit = body.items.find(({ id }: { id: string }) => id === 'v2:register')
    expect(culprit).toMatchObject({ verdict: { verdict: 'failed', by: 'Kim' }, failure: { incidents: [{ id: 'i1' }] } })
    const teams = ['money', 'sales'].map((team) => ask(after, `deployments?scope=team:${team}&${window}`))
    expect((await Promise.all(teams)).map((answer) => answer.body.items.map(({ id }: { id: string }) => id))).toEqual([
      ['v2:register', 'v1:register'],
      ['v3:register'],
    ])
    const kept = await ask(after, 'reports?scope=service:register')
    expect(kept.body.reports.map(({ id }: { id: string }) => id)).toEqual([report.body.id])
    const again = await openApi({ store: store(), config: after, now: () => new Date(now) })
    expect((await again.send('POST', 'reports', { scope: 'service:register', week: '2026-W02' })).body.id).toBe(report.body.id)
  })

  test('know the files of commits that somebody sends', async () => {
    const config = configOf({ services: [service('till', { sources: [], paths: ['till'] })] })
    const shas = ['1', '2', '3'].map((digit) => digit.repeat(40))
    const facts: Fact[] = shas.map((sha, n) => ({
      kind: 'commit',
      source: 'api',
      repository: 'shop',
      sha,
      parents: shas.slice(Math.max(0, n - 1), n),
      authoredAt: Date.parse(day(n + 1)),
      committedAt: Date.parse(day(n + 1)),
      message: `commit ${n}`,
      paths: [n === 1 ? 'till/a' : 'web/a'],
    }))
    const deployed = (id: string, commit: string, at: number): Fact => {
      const finishedAt = Date.parse(day(at))
      return {
        kind: 'deployment',
        source: 'api',
        id,
        service: 'till',
        repository: 'shop',
        environment: 'production',
        status: 'succeeded',
        commit,
        finishedAt,
        reported: 'event',
      }
    }
    await ingest(store(), [...facts, deployed('d1', shas[0] ?? '', 5), deployed('d2', shas[2] ?? '', 6)], {
      now,
      config,
      authority: 'push',
    })
    expect(await deliveries(config, 'till')).toEqual(['d1 baseline: ', 'd2 code: commit 1'])
  })

  test('share what is sent for their repository', async () => {
    const own = (id: string) => service(id, { sources: ['hub'], repositories: ['acme/shop'], paths: [id] })
    const config = configOf({ services: [own('till'), own('web')] })
    const at = Date.parse(day(5))
    await ingest(
      store(),
      [
        {
          kind: 'deployment',
          source: 'api',
          id: 'd1',
          service: 'acme/shop',
          environment: 'production',
          status: 'succeeded',
          finishedAt: at,
          reported: 'event',
        },
        { kind: 'incident', source: 'api', id: 'i1', service: 'acme/shop', title: 'Down', openedAt: at + 1000 },
      ],
      { now, config, authority: 'push' },
    )
    expect(await deliveries(config, 'till')).toEqual(['d1:till code: '])
    const { body } = await ask(config, `incidents?scope=service:web&${window}`)
    expect(body.items).toMatchObject([{ id: 'i1', service: 'web', unattributed: 'several_services' }])
  })
})
