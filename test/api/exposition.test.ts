import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { now, openApi, type TestApi, testConfig } from './open-api.ts'
import { commits, deployments, incidents } from './shop-facts.ts'

const token = 'correct-horse-battery-staple'
let api: TestApi

beforeAll(async () => {
  const config = testConfig({ teams: [{ id: 'payments', title: 'Payments' }], services: [] })
  api = await openApi({ config })
  for (const [path, items] of Object.entries({ commits, deployments, incidents }))
    expect((await api.send('POST', path, { items })).status).toBe(200)
})
afterAll(() => api.close())

/** Samples of the text format, by name and labels. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]))
}

const scrape = async (from = api) => samplesOf((await from.get('/metrics')).text)

describe('GET /metrics', () => {
  it('says what the list of services says of the last 28 complete days', async () => {
    const samples = await scrape()
    const { body } = await api.get('services?from=2026-03-04&to=2026-04-01')
    const names = {
      deployment_frequency: 'deployment_frequency_per_week',
      change_lead_time: 'change_lead_time_seconds',
      failed_deployment_recovery_time: 'failed_deployment_recovery_time_seconds',
      change_fail_rate: 'change_fail_ratio',
      deployment_rework_rate: 'deployment_rework_ratio',
    }
    let values = 0
    for (const { id, metrics } of body.services) {
      for (const [metric, name] of Object.entries(names)) {
        const { value } = metrics[metric]
        // Prometheus has no null: what has no value has no sample, and is never 0.
        expect(samples.get(`shiplog_service_${name}{service="${id}"}`), `${id} ${metric}`).toBe(value ?? undefined)
        if (value !== null) values++
      }
    }
    expect(values).toBeGreaterThan(4)
    expect(samples.get('shiplog_service_deployment_frequency_per_week{service="checkout"}')).toBeGreaterThan(0)
  })

  it('counts the deployments of all time that count', async () => {
    const samples = await scrape()
    expect(samples.get('shiplog_deployments_total{service="billing"}')).toBe(5)
    const { body } = await api.get('metrics?scope=service:checkout&from=2020-01-01&to=2026-04-02')
    expect(samples.get('shiplog_deployments_total{service="checkout"}')).toBe(body.metrics.deployment_frequency.n)
  })

  it('is text that Prometheus reads, each name described once', async () => {
    const { headers, text, status } = await api.get('/metrics')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const described = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name)
    expect(new Set(described).size).toBe(described.length)
    for (const line of text.split('\n')) expect(line).toMatch(/^$|^# (?:HELP|TYPE) |^[a-z_][a-z0-9_]*(?:\{.*\})? \S+$/i)
  })

  it('tells the health of the server: sources, requests by route, the process', async () => {
    await api.get('teams')
    const samples = await scrape()
    expect(samples.get('shiplog_source_last_success_age_seconds{source="api"}')).toBe(0)
    expect(samples.get('shiplog_source_failing{source="api"}')).toBe(0)
    expect(samples.get('shiplog_data_timestamp_seconds')).toBe(now.getTime() / 1000)
    expect(samples.get('shiplog_http_request_duration_seconds_count{method="GET",route="/api/v1/teams",status="200"}')).toBeGreaterThan(0)
    expect([...samples.keys()]).toEqual(expect.arrayContaining(['process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds']))
  })

  it('never makes a label of an address', async () => {
    await api.get('/nowhere/1')
    await api.get('services/unknown-1')
    const routes = [...(await scrape()).keys()].flatMap((name) => /route="([^"]*)"/.exec(name)?.[1] ?? [])
    expect(routes).toContain('/api/v1/services/:id')
    expect(routes.filter((route) => /nowhere|unknown/.test(route))).toEqual([])
  })

  it('has no value for what has no data, and names every service and team with its owner', async () => {
    const config = testConfig({
      teams: [{ id: 'payments', title: 'Payments' }],
      services: [{ id: 'quiet', sources: [], teams: [{ team: 'payments', from: null }], was: [] }],
    } as never)
    const quiet = await openApi({ config })
    const samples = await scrape(quiet)
    expect(samples.get('shiplog_service_info{service="quiet",team="payments"}')).toBe(1)
    expect(
      [...samples.keys()].filter((name) => /^shiplog_(?:service|team)_.*(?:quiet|payments)/.test(name) && !name.includes('info')),
    ).toEqual([])
    await quiet.close()
  })

  it('counts deliveries that wait and that failed', async () => {
    const config = testConfig({
      sources: [
        { id: 'am', type: 'prometheus', options: { webhook: { token: 'agreed' }, alerts: true, except: {} }, schedule: '* * * * *' },
      ],
    })
    const receiving = await openApi({ config })
    await receiving.send('POST', 'hooks/am', { alerts: [{ labels: {} }] }, { authorization: 'Bearer agreed' })
    const samples = await scrape(receiving)
    expect(samples.get('shiplog_inbox_deliveries{source="am",state="pending"}')).toBe(1)
    expect(samples.get('shiplog_inbox_deliveries{source="am",state="failed"}')).toBe(0)
    await receiving.close()
  })

  it('follows the data, and is worked out once where several ask', async () => {
    const before = (await scrape()).get('shiplog_deployments_total{service="billing"}') ?? 0
    const { id: _id, ...deployment } = deployments[15] as (typeof deployments)[number]
    await api.send('POST', 'deployments', {
      ...deployment,
      id: 'billing-new',
      version: 'v999',
      finishedAt: '2026-03-30T10:00:00Z',
      startedAt: '2026-03-30T10:00:00Z',
      commit: undefined,
    })
    await expect
      .poll(async () => (await scrape()).get('shiplog_deployments_total{service="billing"}'), { timeout: 30_000 })
      .toBe(before + 1)
    const texts = await Promise.all([1, 2, 3].map(() => scrape()))
    for (const each of texts) expect(each.get('shiplog_deployments_total{service="billing"}')).toBe(before + 1)
  })

  it('is let in by the token as a bearer, and by nothing else', async () => {
    const guarded = await openApi({ settings: { ...api.deps.settings, token } })
    expect((await guarded.get('/metrics')).status).toBe(401)
    expect((await guarded.get('/metrics', { authorization: 'Bearer wrong' })).status).toBe(401)
    expect((await guarded.get('/metrics', { authorization: `Bearer ${token}` })).status).toBe(200)
    await guarded.close()
  })
})
