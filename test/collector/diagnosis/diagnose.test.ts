import { describe, expect, test } from 'vitest'
import { diagnose } from '../../../server/collector/diagnosis/diagnose.ts'
import type { Finding } from '../../../server/collector/diagnosis/finding.ts'
import { longestGap } from '../../../server/collector/diagnosis/sources.ts'
import { ingest } from '../../../server/collector/ingest.ts'
import type { Config, ServiceConfig, SourceConfig } from '../../../server/config.ts'
import type { Fact } from '../../../server/facts.ts'
import { failDeliveries, saveDeliveries, takeDeliveries } from '../../../server/store/inbox.ts'
import type { Store } from '../../../server/store/open.ts'
import { noteSuccess, setPaused } from '../../../server/store/sources.ts'
import { storeKinds } from '../../support/places.ts'
import { configOf, testStore } from '../../support/stores.ts'
import { deployment as fact, incident } from '../facts-fixture.ts'

const minute = 60_000
const day = 24 * 60 * minute
const now = Date.now()
const clock = () => new Date()

const source = (id: string, more: Partial<SourceConfig> = {}): SourceConfig => ({
  id,
  type: 'github',
  options: {},
  schedule: '*/15 * * * *',
  ...more,
})
const service = (id: string, more: Partial<ServiceConfig> = {}): ServiceConfig => ({ id, sources: [], teams: [], was: [], ...more })

function deployment(id: string, finishedAt: number, more: object = {}): Fact {
  return { ...fact(id, null, 0), finishedAt, ...more } as Fact
}

async function push(store: Store, facts: Fact[], config: Config = configOf()) {
  await ingest(store, facts, { now, config, authority: 'push' })
}

const worse = (findings: Finding[]) => findings.filter(({ state }) => state !== 'good')

describe.each(storeKinds)('on %s', (kind) => {
  const open = testStore(kind)

  test('an empty store has nothing to mend', async () => {
    const found = await diagnose(open(), configOf(), clock)
    expect(worse(found)).toEqual([])
    expect(found.map(({ where }) => where)).toEqual(kind === 'postgres' ? ['Database'] : [])
  })

  test('two sources of one release are a fault until one is named', async () => {
    const store = open()
    const facts = [
      deployment('c1', now - 5 * day, { source: 'ci', version: '1' }),
      deployment('a1', now - 5 * day + minute, { source: 'argo', environment: 'prod', version: '1' }),
      deployment('old', now - 100 * day, { source: 'argo', environment: 'prod' }),
      deployment('c2', now - 100 * day, { source: 'ci' }),
    ]
    const config = configOf({ sources: [source('argo', { type: 'git' }), source('ci', { type: 'git' })], services: [service('shop')] })
    await push(store, facts, config)
    const doubled = (await diagnose(store, config, clock)).filter(({ check }) => check === 'double_counting')
    expect(doubled).toMatchObject([
      {
        where: 'Service shop, production',
        state: 'fault',
        what: expect.stringMatching(/^argo \(1 to prod\) and ci \(1 to production\) .* 1 pair looks like one release/),
        write: 'services: [{ id: shop, ..., authority: { production: argo } }]',
      },
    ])
    const ruled = { ...config, services: [service('shop', { authority: { production: 'argo' } })] }
    await push(store, [deployment('c3', now - day, { source: 'ci' })], ruled)
    const found = await diagnose(store, ruled, clock)
    expect(found.filter(({ check }) => check === 'double_counting')).toEqual([])
    expect(found.filter(({ check }) => check === 'authority')).toMatchObject([
      { state: 'good', what: 'argo reported 1 deployment of the last 90 days; ci saw 2 as witnesses.' },
    ])
  })

  test('a redeployment of the live commit is one already', async () => {
    const store = open()
    await push(store, [
      deployment('c1', now - day, { source: 'ci', version: '1' }),
      deployment('a1', now - day + minute, { source: 'argo', version: '1' }),
    ])
    expect(worse(await diagnose(store, configOf(), clock))).toEqual([])
  })

  test('clocks ahead of time, environments of no tier, services and incidents without a place', async () => {
    const store = open()
    await push(store, [
      deployment('d1', now + 3 * 60 * minute, { source: 'ci' }),
      deployment('d2', now - day, { source: 'ci', environment: 'perf.lab' }),
      deployment('d3', now - day, { source: 'ci', service: 'till' }),
      { ...incident('i1', 0), openedAt: now - day } as Fact,
    ])
    const found = worse(await diagnose(store, configOf({ sources: [source('ci', { type: 'git' })], services: [service('shop')] }), clock))
    expect(found.map(({ check, where, state, what, write }) => ({ check, where, state, what, write }))).toEqual([
      {
        check: 'clock',
        where: 'Source ci',
        state: 'fault',
        what: expect.stringMatching(/^1 deployment lies in the future, by 3 h at most/),
        write: null,
      },
      {
        check: 'mapping',
        where: 'Source ci',
        state: 'advice',
        what: '1 deployment of the last 90 days is in environments of no tier, in no number: perf.lab (1).',
        write: "environments: { staging: '^(perf\\.lab)$' }",
      },
      {
        check: 'mapping',
        where: 'Source ci',
        state: 'advice',
        what: 'It names 1 service that no entry of services has: till.',
        write: 'services: [{ id: till }]',
      },
      {
        check: 'mapping',
        where: 'Source pager',
        state: 'advice',
        what: '1 incident of the last 90 days names no service, so it is in no rate.',
        write: null,
      },
    ])
  })

  test('an environment is mapped where the rules of its source map them', async () => {
    const store = open()
    await push(store, [deployment('d1', now - day, { source: 'hub', environment: 'perf' })])
    const hub = source('hub', { options: { deployments: { environments: true } } })
    const found = (await diagnose(store, configOf({ sources: [hub] }), clock)).filter(({ check }) => check === 'mapping')
    expect(found).toMatchObject([{ write: "deployments: { environments: { staging: '^(perf)$' } }" }])
  })

  test('what was not read in time, is paused, waits or could not be read', async () => {
    const store = open()
    const secret = { webhookSecret: ['x'] }
    const config = configOf({
      sources: [
        source('late', { options: secret }),
        source('fresh', { options: secret }),
        source('paused', { type: 'git' }),
        source('silent'),
      ],
    })
    await store.transaction(async (tx) => {
      await noteSuccess(tx, 'late', now - 46 * minute)
      for (const id of ['fresh', 'silent', 'paused']) await noteSuccess(tx, id, now - 44 * minute)
      await setPaused(tx, 'paused', true)
      const arriving = { headers: {}, body: new Uint8Array([1]) }
      await saveDeliveries(tx, [
        { ...arriving, source: 'late', key: 'k1', receivedAt: now - 20 * minute },
        { ...arriving, source: 'fresh', key: 'k2', receivedAt: now - 10 * minute },
      ])
      const [taken] = await takeDeliveries(tx, { source: 'fresh', now, count: () => 1, bytes: 10 })
      const error = { message: 'The field action is missing.', mend: 'Send the event release.' }
      await failDeliveries(tx, [{ n: taken?.n ?? 0, nextAttemptAt: null, error }])
    })
    const found = worse(await diagnose(store, config, clock))
    expect(found.map(({ where, check, state, what, mend }) => [where, check, state, what, mend])).toEqual([
      [
        'Source late',
        'lag',
        'fault',
        'It was last read 46 min ago. Its schedule */15 * * * * asks for it every 15 min.',
        expect.any(String),
      ],
      ['Source late', 'lag', 'fault', '1 delivery waits to be read, the oldest for 20 min.', expect.any(String)],
      ['Source paused', 'lag', 'advice', 'It is paused.', expect.stringContaining('resume --source paused')],
      [
        'Source fresh',
        'receiving',
        'fault',
        '1 delivery could not be read. The first: The field action is missing.',
        expect.stringMatching(/^Send the event release\. Then try them again: POST .*fresh\/deliveries\/retry/),
      ],
      ['Source silent', 'receiving', 'advice', expect.stringContaining('Nothing is agreed'), expect.any(String)],
    ])
  })
})

describe('the longest time between two runs of a schedule', () => {
  test.each([
    ['*/15 * * * *', 15 * minute],
    ['0 3 * * *', day],
  ])('%s', (schedule, gap) => {
    expect(longestGap(schedule, 'UTC')).toBe(gap)
  })
})
