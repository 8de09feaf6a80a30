import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ingest } from '../../server/collector/ingest.ts'
import type { Config } from '../../server/config.ts'
import { defineMetrics } from '../../server/definition.ts'
import { Change, Deployment, type Fact, Incident } from '../../server/facts.ts'
import { makeReport, parseSnapshot } from '../../server/report/make.ts'
import { type ReportFormat, renderReport, reportFormats } from '../../server/report/render.ts'
import { openStore } from '../../server/store/open.ts'
import type { Store } from '../../server/store/store.ts'

const config: Config = {
  timeZone: 'Europe/Berlin',
  definition: defineMetrics(),
  sources: [],
  services: [],
  teams: [],
  demo: false,
  file: null,
}
const now = new Date('2026-11-30T09:00:00Z')
const sha = (digit: number) => String(digit).repeat(40)

let store: Store

function deployment(id: number, at: string, rest: object = {}): Fact {
  const fact = {
    id: `d${id}`,
    service: 'shop',
    environment: 'production',
    commit: sha(id),
    version: `1.${id}.0`,
    status: 'succeeded',
    finishedAt: at,
    ...rest,
  }
  return { kind: 'deployment', ...Deployment.parse(fact) }
}

function change(id: number, title: string, mergedAt: string, rest: object = {}): Fact {
  const fact = { id: `c${id}`, service: 'shop', title, mergedAt, mergeCommit: sha(id), commits: [sha(id)], ...rest }
  return { kind: 'change', ...Change.parse(fact) }
}

function commit(id: number, at: string): Fact {
  const time = Date.parse(at)
  return {
    kind: 'commit',
    source: 'api',
    repository: 'shop',
    sha: sha(id),
    parents: id === 1 ? [] : [sha(id - 1)],
    authoredAt: time,
    committedAt: time,
    author: 'ada',
    message: `change ${id}`,
  }
}

const given: Fact[] = [
  ...[1, 2, 3, 4].map((id) => commit(id, `2026-11-${10 + id}T09:00:00Z`)),
  { kind: 'head', source: 'api', repository: 'shop', branch: 'main', sha: sha(4) },
  change(2, 'Add vouchers', '2026-11-12T12:00:00Z', {
    openedAt: '2026-11-12T09:30:00Z',
    firstReviewAt: '2026-11-12T11:30:00Z',
    approvedAt: '2026-11-12T11:45:00Z',
  }),
  change(3, '=Fix <rounding>', '2026-11-13T12:00:00Z'),
  change(4, 'Split shipments', '2026-11-14T12:00:00Z'),
  deployment(1, '2026-11-02T09:00:00Z'),
  deployment(2, '2026-11-17T10:00:00Z'),
  deployment(3, '2026-11-18T10:00:00Z'),
  {
    kind: 'deployment',
    ...Deployment.parse({
      id: 'back',
      service: 'shop',
      environment: 'production',
      commit: sha(2),
      status: 'succeeded',
      startedAt: '2026-11-18T10:40:00Z',
      finishedAt: '2026-11-18T11:00:00Z',
    }),
  },
  deployment(9, '2026-11-19T10:00:00Z', { environment: 'perf-lab', commit: undefined }),
]

async function add(facts: Fact[]): Promise<void> {
  await ingest(store, facts, { now: now.getTime(), config, authority: 'push' })
}

async function made(week: string, options: { refresh?: boolean; scope?: string; at?: Date } = {}) {
  const { refresh, scope = 'service:shop', at = now } = options
  const stored = await makeReport(store, config, { scope, week, now: at, refresh })
  return { stored, snapshot: parseSnapshot(stored) }
}

beforeAll(async () => {
  store = await openStore({ databaseUrl: null, dataDir: null })
  await add(given)
})
afterAll(() => store.close())

describe('makeReport', () => {
  it('tells the week from its facts', async () => {
    const { content } = (await made('2026-W47')).snapshot
    expect(content).toMatchObject({
      from: '2026-11-16',
      to: '2026-11-23',
      timeZone: 'Europe/Berlin',
      partial: false,
      coverage: { days: 7, of: 7 },
    })
    expect(content.headline).toBe(
      'shop was deployed to production 3 times in 7 days: half of the 2 changes were live within 5 days of their merge, and 1 of 3 judged deployments failed.',
    )
    expect(content.metrics.map(({ id }) => id).slice(0, 5)).toEqual([
      'deployment_frequency',
      'change_lead_time',
      'failed_deployment_recovery_time',
      'change_fail_rate',
      'deployment_rework_rate',
    ])
    expect(content.metrics.map(({ comparison }) => comparison).slice(0, 2)).toEqual([
      'not enough data: 1 of 5 whole weeks',
      'not enough data: 0 of 5 deployments',
    ])
    expect(content.metrics[0]?.before.map(({ week, n }) => [week, n])).toEqual([
      ['2026-W43', 0],
      ['2026-W44', 0],
      ['2026-W45', 1],
      ['2026-W46', 0],
    ])
    expect(content.failures).toMatchObject([{ key: 'api/d3', rule: 'rollback', confidence: 'confirmed', seconds: 3600 }])
    expect(content.failures[0]?.remedies).toEqual(['rolled back by shop 22222222, Wed 18 Nov 2026, 12:00'])
    expect(content.slowest.map(({ change, longest }) => [change.name, longest?.stage])).toEqual([
      ['Add vouchers', 'deploy'],
      ['=Fix <rounding>', 'deploy'],
    ])
    expect(content.waiting).toMatchObject({ count: 1, oldest: [{ change: { name: 'Split shipments' } }] })
    expect(content.health.unmapped).toEqual([{ environment: 'perf-lab', deployments: 1 }])
    expect(content.questions.length).toBeGreaterThanOrEqual(3)
    expect(content.questions.length).toBeLessThanOrEqual(5)
  })

  it('tells the week of a team from the services of the teams within it, in their time', async () => {
    const teams = [
      { id: 'commerce', title: 'Commerce' },
      { id: 'payments', title: 'Payments', parent: 'commerce' },
      { id: 'cards', title: 'Cards', parent: 'commerce' },
    ]
    const owners = [
      { team: 'payments', from: null },
      { team: 'cards', from: '2026-11-18' },
    ]
    const nested = { ...config, teams, services: [{ id: 'shop', sources: [], was: [], teams: owners }] }
    const of = async (scope: string) => parseSnapshot(await makeReport(store, nested, { scope, week: '2026-W47', now })).content
    const [commerce, payments, cards] = [await of('team:commerce'), await of('team:payments'), await of('team:cards')]
    expect(commerce.headline).toMatch(/^The services of Commerce were deployed to production 3 times in 7 days/)
    expect(commerce.coverage).toEqual({ days: 7, of: 7 })
    expect([commerce, payments, cards].map(({ metrics }) => metrics[0]?.n)).toEqual([3, 1, 2])
    expect([commerce, payments, cards].map(({ waiting }) => waiting.count)).toEqual([1, 0, 1])
    expect(commerce.failures.map(({ key }) => key)).toEqual(['api/d3'])
  })

  it('opens again the same to the byte in every format, whatever happened since', async () => {
    const texts = (snapshot: Parameters<typeof renderReport>[0]) =>
      reportFormats.map((format: ReportFormat) => renderReport(snapshot, format).text)
    const first = await made('2026-W46')
    await add([change(5, 'Late news', '2026-11-12T13:00:00Z', { mergeCommit: undefined, commits: [] })])
    await add([deployment(8, '2026-11-11T10:00:00Z', { changes: ['c5'] })])
    const again = await made('2026-W46', { at: new Date('2026-12-01T09:00:00Z') })
    expect(again.stored).toEqual(first.stored)
    expect(texts(again.snapshot)).toEqual(texts(first.snapshot))
  })

  it('refreshes into a revision that lists what changed, and into none where nothing did', async () => {
    const { stored } = await made('2026-W46')
    const fresh = await made('2026-W46', { refresh: true })
    expect(fresh.stored.revision).toBe(stored.revision + 1)
    expect(fresh.stored.id).toBe(stored.id)
    expect(fresh.snapshot.changed?.revision).toBe(stored.revision)
    expect(fresh.snapshot.changed?.items).toContain('Deployment frequency: 0 a week is now 1 a week (1 deployment).')
    const same = await made('2026-W46', { refresh: true, at: new Date('2026-12-02T09:00:00Z') })
    expect(same.stored).toEqual(fresh.stored)
  })

  it('tells why a metric moved that differs clearly from the week before', async () => {
    const facts = ['2026-10-26', '2026-11-02'].flatMap((monday, week) =>
      Array.from({ length: 6 }, (_, n) => {
        const at = Date.parse(`${monday}T08:00:00Z`) + n * 43_200_000
        const id = `r${week}-${n}`
        const opened = new Date(at - (week === 0 ? 3600 : 36_000) * 1000).toISOString()
        const rest = { service: 'rapid', openedAt: opened, mergeCommit: undefined, commits: [] }
        const finishedAt = new Date(at).toISOString()
        const carried = { id, service: 'rapid', changes: [`c${id}`], version: id, commit: undefined }
        return [change(0, id, finishedAt, { ...rest, id: `c${id}` }), deployment(0, finishedAt, carried)]
      }).flat(),
    )
    await add(facts)
    const { content } = (await made('2026-W45', { scope: 'service:rapid' })).snapshot
    expect(content.metrics[1]?.comparison).toBe('clear: 10 times slower than the week before')
    expect(content.why?.map(({ id }) => id)).toEqual(['change_lead_time'])
    expect(content.why?.[0]?.sentences[0]).toBe('A typical change took 10 h, before 1 h: 10 times slower (geometric means).')
    const sum = content.why?.[0]?.parts.reduce((total, { size }) => total + size, 0)
    expect(sum).toBeCloseTo(32_400, 6)
    const { content: quiet } = (await made('2026-W44', { scope: 'service:rapid' })).snapshot
    expect(quiet.why).toEqual([])
  })

  it('lists failures that came and recoveries', async () => {
    await made('2026-W48')
    const failed = Incident.parse({ id: 'i1', service: 'shop', title: 'Checkout down', openedAt: '2026-11-24T11:00:00Z', deployment: 'd4' })
    await add([deployment(4, '2026-11-24T10:00:00Z'), { kind: 'incident', ...failed }])
    const open = await made('2026-W48', { refresh: true })
    expect(open.snapshot.changed?.items).toContainEqual(expect.stringMatching(/^New failure: shop 1\.4\.0 \(/))
    expect(open.snapshot.content.failures).toMatchObject([{ recoveredAt: null }])
    await add([
      { kind: 'incident', ...failed, resolvedAt: Date.parse('2026-11-24T12:00:00Z'), updatedAt: Date.parse('2026-11-24T12:00:00Z') },
    ])
    const over = await made('2026-W48', { refresh: true })
    expect(over.snapshot.changed?.items).toContain('The failure of shop 1.4.0 recovered after 2 h.')
  })

  it('says that a week without coverage is not known, never zeros', async () => {
    const { content } = (await made('2026-W30')).snapshot
    expect(content.coverage.days).toBe(0)
    expect(content.metrics.slice(0, 5).map(({ value }) => value)).toEqual([null, null, null, null, null])
    expect(content.headline).toBe('Nothing is known of shop in these days: no data covers them.')
  })

  it('knows ISO week 53', async () => {
    const { content } = (await made('2020-W53')).snapshot
    expect([content.from, content.to]).toEqual(['2020-12-28', '2021-01-04'])
  })

  it('marks a week that is not over', async () => {
    const { content } = (await made('2026-W49')).snapshot
    expect(content.partial).toBe(true)
  })

  it.each([
    ['2026-W50', 'service:shop', 'invalid', /begins on 7 Dec 2026 .* Ask for 2026-W49/],
    ['2026-W54', 'service:shop', 'invalid', /2026 has no week 54/],
    ['2025-W53', 'service:shop', 'invalid', /2025 has no week 53/],
    ['2026-47', 'service:shop', 'invalid', /is not an ISO week/],
    ['2026-W47', 'shop', 'invalid', /scope "shop"/],
    ['2026-W47', 'service:shoop', 'not_found', /no service shoop/],
  ])('refuses week %s of %s', async (week, scope, code, message) => {
    await expect(made(week, { scope })).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('pools the organisation, and hears of incidents without a service', async () => {
    await add([{ kind: 'incident', ...Incident.parse({ id: 'i2', title: 'Edge slow', openedAt: '2026-11-18T11:00:00Z' }) }])
    const { content } = (await made('2026-W47', { scope: 'org' })).snapshot
    expect(content.health.unassigned.map(({ name }) => name)).toEqual(['Edge slow'])
    expect(content.questions.join('\n')).toContain('“Edge slow”')
  })
})
