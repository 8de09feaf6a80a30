/** Comparisons with the window before, over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServiceList } from '../../server/api/services-schema.ts'
import { standingOut } from '../../server/api/standing-out.ts'
import { defineMetrics } from '../../server/definition.ts'
import { type Comparison, metricIds } from '../../server/metrics/answer.ts'
import { openApi, type TestApi } from './open-api.ts'

const start = Date.UTC(2025, 9, 13, 9)
const day = 86_400_000

/** Deployments a week, over twelve weeks and the twelve after; coverage begins with one in the week before. */
function deploymentsOf(service: string, before: number, after: number) {
  const row = (id: string, time: number) => ({
    id,
    service,
    environment: 'production',
    status: 'succeeded',
    finishedAt: new Date(time).toISOString(),
  })
  const rows = [row(`${service}-first`, start - 7 * day)]
  for (let week = 0; week < 24; week++) {
    const count = (week < 12 ? before : after) + (week % 2)
    for (let i = 0; i < count; i++) {
      rows.push(row(`${service}-${week}-${i}`, start + week * 7 * day + i * 3_600_000))
    }
  }
  return rows
}

let api: TestApi

beforeAll(async () => {
  api = await openApi()
  const items = [
    ...deploymentsOf('search', 2, 2),
    ...deploymentsOf('checkout', 3, 3),
    ...deploymentsOf('orders', 2, 6),
    ...deploymentsOf('billing', 4, 4),
  ]
  expect((await api.send('POST', 'deployments', { items })).status).toBe(200)
})
afterAll(() => api.close())

const window = 'from=2026-01-05&to=2026-03-30'

describe('GET /metrics', () => {
  it('compares each metric with the window before', async () => {
    const { body } = await api.get(`metrics?scope=service:orders&${window}`)
    expect(body.metrics.deployment_frequency.comparison).toMatchObject({
      from: '2025-10-13',
      to: '2026-01-05',
      value: 2.5,
      n: 30,
      current: { from: '2026-01-05', to: '2026-03-30' },
      factor: 2.6,
      verdict: 'clear',
      reason: null,
      text: 'clear: 2.6 times more often than the 12 weeks before',
    })
    for (const metric of Object.values(body.metrics) as { comparison: Comparison }[]) expect(metric.comparison.verdict).toBeDefined()
    expect(body.metrics.change_lead_time.comparison.text).toBe('not enough data: 0 of 5 weeks')
  })

  it('of everything rests on the rows that the list rests on', async () => {
    const everything = (await api.get(`metrics?scope=org&${window}`)).body.metrics.deployment_frequency
    expect(everything.n).toBe(12 * (2 + 3 + 6 + 4) + 24)
    expect(everything.comparison).toMatchObject({ n: 12 * (2 + 3 + 2 + 4) + 24, verdict: 'clear' })
  })

  it('up to today is cut at the last whole week', async () => {
    const { body } = await api.get('metrics?scope=service:orders')
    expect(body.metrics.deployment_frequency.comparison).toMatchObject({
      from: '2025-10-13',
      current: { from: '2026-01-05', to: '2026-03-30' },
    })
  })

  it('answers from the first days that there can be', async () => {
    expect((await api.get('metrics?scope=org&from=1970-01-01&to=1970-02-01')).status).toBe(200)
    expect((await api.get('metrics?scope=org&from=2006-04-01&to=2026-04-01&bucket=quarter')).status).toBe(200)
    expect((await api.get('metrics?scope=service:orders&from=2026-04-01&to=2026-04-02')).status).toBe(200)
  })
})

describe('GET /services', () => {
  it('puts those that stand out first, the rest by name, and says how many were compared', async () => {
    const { body } = await api.get(`services?${window}`)
    const list = body as ServiceList
    expect(list.services.map(({ id }) => id)).toEqual(['orders', 'billing', 'checkout', 'search'])
    expect(list.comparison).toEqual({ compared: 4, standOut: 1, text: 'of 4 compared, 1 stands out' })
    expect(list.services.map(({ metrics }) => metrics?.deployment_frequency.comparison?.standsOut)).toEqual([true, false, false, false])
  })

  it('is by name without a window', async () => {
    const { body } = await api.get('services')
    expect((body as ServiceList).services.map(({ id }) => id)).toEqual(['billing', 'checkout', 'orders', 'search'])
    expect(body).not.toHaveProperty('comparison')
  })
})

describe('standing out of a list', () => {
  const services = (ps: (number | null)[], factor = 2) =>
    ps.map((p, i) => {
      const none = { comparison: { p: null, standsOut: false } }
      const metrics = Object.fromEntries(metricIds.map((id) => [id, none]))
      return { id: `s${i}`, metrics: { ...metrics, change_lead_time: { comparison: { p, factor, standsOut: false } } } }
    }) as unknown as ServiceList['services']
  const out = (ps: (number | null)[], factor = 2) => {
    const list = standingOut(services(ps, factor), defineMetrics())
    return { ids: list.items.map(({ id }) => id), ...list.comparison }
  }

  it('is judged over all of it: what would be clear alone may be chance among many', () => {
    const many = Array.from({ length: 99 }, (_, i) => 0.02 + i / 101)
    expect(out([...many, 0.004])).toMatchObject({ compared: 100, standOut: 0 })
    expect(out([...many, 0.0004])).toMatchObject({ compared: 100, standOut: 1, text: 'of 100 compared, 1 stands out' })
    expect(out([...many, 0.0004]).ids.slice(0, 3)).toEqual(['s99', 's0', 's1'])
  })

  it('takes in only what could be compared, and no small difference', () => {
    expect(out([null, 0.001, null, 0.002])).toMatchObject({
      ids: ['s1', 's3', 's0', 's2'],
      compared: 2,
      text: 'of 2 compared, 2 stand out',
    })
    expect(out([0.001], 1.05)).toMatchObject({ compared: 1, standOut: 0 })
    expect(out([])).toMatchObject({ text: 'of 0 compared, 0 stand out' })
  })
})
