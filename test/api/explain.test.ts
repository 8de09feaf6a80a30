import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApi, type TestApi, testConfig } from './open-api.ts'
import { changes, deployments, incidents, services, teams, window } from './why-facts.ts'

let api: TestApi
beforeAll(async () => {
  api = await openApi({ config: testConfig({ services, teams }) })
  for (const [resource, items] of Object.entries({ changes, deployments, incidents })) {
    const { status, text } = await api.send('POST', resource, { items })
    expect(status, text).toBe(200)
  }
})
afterAll(() => api.close())

async function explained(scope: string, metric: string, asked = window) {
  const { status, body, text } = await api.get(`metrics/explain?scope=${scope}&metric=${metric}&${asked}`)
  expect(status, text).toBe(200)
  return body
}

const hour = 3600
const log = (hours: number) => Math.log1p(hours * hour)

interface Part {
  kind: string
  service: string | null
  stage: string | null
  size: number
  name: string
  detail: string
}

describe('GET /metrics/explain of lead time', () => {
  it('splits what a typical change took into mix and within services, by hand', async () => {
    const body = await explained('team:retail', 'change_lead_time')
    // Half of the changes of each before; three quarters of shop's, which took a day and take three; till's take two.
    const [was, is] = [(log(24) + log(48)) / 2, (3 * log(72) + log(48)) / 4]
    const middle = (was + is) / 2
    const parts = {
      'mix shop': 0.25 * ((log(24) + log(72)) / 2 - middle),
      'mix till': -0.25 * (log(48) - middle),
      'within shop': 0.625 * (log(72) - log(24)),
    }
    expect(body).toMatchObject({ clear: true, n: { before: 32, after: 32 } })
    expect(body.services.unit).toBe('log_seconds')
    expect(body.services.before).toBeCloseTo(was, 12)
    expect(body.services.after).toBeCloseTo(is, 12)
    const found = Object.fromEntries((body.services.parts as Part[]).map(({ kind, service, size }) => [`${kind} ${service}`, size]))
    for (const [name, size] of Object.entries(parts)) expect(found[name], name).toBeCloseTo(size, 12)
    expect(found['within till'] ?? 0).toBeCloseTo(0, 12)
    expect(body.text).toBe('A typical change took 2.7 days, before 1.4 days: 1.92 times slower (geometric means).')
    expect(body.sentences[0]).toBe(
      'The services themselves became slower: with the same mix of services it would be 1.99 times slower. Most of that is shop (3 days, before 1 day).',
    )
  })

  it('splits the mean into stages that add up, by hand', async () => {
    const { stages } = await explained('team:retail', 'change_lead_time')
    // An hour each until the review, the approval and the deployment; the rest waits for merge.
    expect([stages.unit, stages.before, stages.after]).toEqual(['seconds', 36 * hour, 66 * hour])
    expect((stages.parts as Part[]).map(({ kind, stage, size }) => [kind, stage, size])).toEqual([
      ['stage', 'coding', 0],
      ['stage', 'pickup', 0],
      ['stage', 'review', 0],
      ['stage', 'merge', 30 * hour],
      ['stage', 'deploy', 0],
      ['unobserved', null, 0],
    ])
    expect(stages.parts[3]).toMatchObject({ name: 'waiting for merge', detail: '2.6 days a change, before 1.4 days' })
  })

  it('holds the comparison of the metric itself, whose windows it explains', async () => {
    for (const asked of [window, 'from=2026-02-02&to=2026-04-02', 'from=2026-02-01&to=2026-03-01&bucket=month']) {
      const { metrics } = (await api.get(`metrics?scope=team:retail&${asked}`)).body
      expect((await explained('team:retail', 'change_lead_time', asked)).comparison).toEqual(metrics.change_lead_time.comparison)
    }
  })

  it('names a backlog release, and what a typical change took without it', async () => {
    const body = await explained('service:frozen', 'change_lead_time')
    expect(body.services).toBeNull()
    expect(body.backlog).toMatchObject({
      window: 'after',
      items: [{ id: 'frozen-thaw', name: 'frozen frozen-thaw', changes: 12, usualChanges: 3, at: '2026-02-06T09:00:00Z' }],
    })
    expect(body.backlog.items[0].waitSeconds).toBeCloseTo(240 * hour, 3)
    expect(body.backlog.items[0].usualWaitSeconds).toBeCloseTo(hour, 6)
    expect(body.backlog.typicalWithoutSeconds).toBeCloseTo(36 * hour, 3)
    expect(body.sentences.at(-1)).toMatch(
      /^frozen frozen-thaw released a backlog: its 12 changes typically waited 10 days from merge to live, where 1 h is usual\. Without it a typical change would have taken 1\.5 days, not /,
    )
  })

  it('tells the longest changes, with titles and addresses, and what they carry', async () => {
    const body = await explained('service:frozen', 'change_lead_time')
    // Means of 24 h and (24 · 36 + 12 · 264) / 36 = 112 h; each of the longest adds (264 - 24) / 36 h.
    const { items, ...few } = body.changes
    expect(few).toMatchObject({ window: 'after', of: 36, most: false })
    expect(few.share).toBeCloseTo((3 * 240) / 36 / 88, 12)
    expect(few.meanWithoutSeconds).toBeCloseTo(((24 * 36 + 9 * 264) / 33) * hour, 6)
    expect(items).toHaveLength(3)
    expect(items[0]).toMatchObject({
      service: 'frozen',
      title: 'frozen-thaw, part 0',
      url: 'https://example.com/frozen-thaw/0',
      seconds: 264 * hour,
      size: (240 / 36) * hour,
    })
  })

  it('counts a service of only one window as mix, and says so', async () => {
    const body = await explained('team:others', 'change_lead_time')
    const late = (body.services.parts as Part[]).filter(({ service }) => service === 'late')
    expect(late.map(({ kind, detail }) => [kind, detail])).toEqual([['mix', '3 % of the changes, before nothing']])
    expect(body.sentences).toContain('late had changes only in this window and counts as mix.')
  })

  it('explains nothing that is not clear, and says why', async () => {
    const nothing = { sentences: [], n: null, services: null, stages: null, changes: null, backlog: null, failures: [] }
    expect(await explained('service:till', 'change_lead_time')).toMatchObject({
      clear: false,
      text: 'There is nothing to explain: the difference from the window before may be chance.',
      ...nothing,
    })
    expect(await explained('service:late', 'change_lead_time')).toMatchObject({
      clear: false,
      text: 'There is nothing to explain yet: not enough data: no data covers the 4 weeks before.',
      ...nothing,
    })
    expect(await explained('org', 'change_lead_time', 'from=1970-01-01&to=1970-02-01')).toMatchObject({ clear: false, ...nothing })
  })
})

describe('GET /metrics/explain of the fail rate', () => {
  it('splits it into mix and within services, and names failures of those that add most, by hand', async () => {
    const body = await explained('team:risk', 'change_fail_rate')
    // risky 0 of 20, then 10 of 20; calm 2 of 20 twice.
    expect(body.services).toMatchObject({ unit: 'ratio', before: 0.05, after: 0.3 })
    expect((body.services.parts as Part[]).map(({ kind, service, size }) => [kind, service, size])).toEqual([['within', 'risky', 0.25]])
    expect(body.text).toBe('12 of 40 judged deployments failed (30 %), before 2 of 40 (5 %): 25 points higher.')
    expect(body).toMatchObject({ stages: null, changes: null, backlog: null })
    const failures = body.failures as { service: string; id: string; evidence: string }[]
    expect(failures.map(({ id }) => id)).toEqual([18, 16, 14, 12, 10].map((n) => `risky-1-${n}`))
    expect(failures[0]?.evidence).toContain('Broken by risky-1-18')
  })
})

describe('the question', () => {
  it('of another metric says which can be explained', async () => {
    const { status, body } = await api.get(`metrics/explain?scope=org&metric=batch_size&${window}`)
    expect(status).toBe(400)
    expect(body.error.message).toBe('metric: must be change_lead_time or change_fail_rate: only these are explained')
    expect((await api.get(`metrics/explain?scope=org&${window}`)).status).toBe(400)
    expect((await api.get(`metrics/explain?scope=team:nobody&metric=change_fail_rate&${window}`)).status).toBe(404)
  })

  it('is answered by 304 where nothing changed', async () => {
    const path = `metrics/explain?scope=team:retail&metric=change_lead_time&${window}`
    const first = await api.get(path)
    const etag = first.headers.get('etag') as string
    expect((await api.get(path, { 'if-none-match': etag })).status).toBe(304)
    expect((await api.get(path.replace('lead_time', 'fail_rate'))).headers.get('etag')).not.toBe(etag)
  })

  it('of every scope has parts that add up', async () => {
    let clear = 0
    for (const scope of ['org', ...teams.map(({ id }) => `team:${id}`), ...services.map(({ id }) => `service:${id}`)]) {
      for (const metric of ['change_lead_time', 'change_fail_rate']) {
        const body = await explained(scope, metric)
        if (body.clear) clear++
        for (const split of [body.services, body.stages]) {
          if (split === null) continue
          const sum = (split.parts as Part[]).reduce((total, { size }) => total + size, 0)
          expect(Math.abs(sum - (split.after - split.before))).toBeLessThanOrEqual(1e-9 * Math.abs(split.after))
        }
      }
    }
    expect(clear).toBeGreaterThan(5)
  })
})
