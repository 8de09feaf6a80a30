import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ingest } from '../../server/collector/ingest.ts'
import { now, openApi, sha, type TestApi, testConfig } from './open-api.ts'
import { commits, deployments, incidents, window } from './shop-facts.ts'

let api: TestApi
const config = testConfig({
  services: [
    { id: 'checkout', sources: [], teams: [{ team: 'payments', from: null }], was: ['till'] },
    {
      id: 'billing',
      sources: [],
      teams: [
        { team: 'payments', from: null },
        { team: 'platform', from: '2026-02-16' },
      ],
      was: [],
    },
  ],
  teams: [
    { id: 'payments', title: 'Payments', parent: 'commerce' },
    { id: 'platform', title: 'Platform' },
    { id: 'commerce', title: 'Commerce' },
  ],
})

beforeAll(async () => {
  api = await openApi({ config })
  for (const [resource, items] of Object.entries({ commits, deployments, incidents })) {
    expect((await api.send('POST', resource, { items })).status, resource).toBe(200)
  }
  // What waits is told by the tip of the branch, which only collectors report.
  const tip = { kind: 'head' as const, source: 'git', repository: 'shop', branch: 'main', sha: commits.at(-1)?.sha ?? '' }
  await ingest(api.deps.store, [tip], { now: now.getTime(), config, authority: 'push' })
})
afterAll(() => api.close())

const scopes = ['service:checkout', 'service:billing', 'team:payments', 'team:commerce', 'team:platform', 'org']
const environments = ['production', 'staging']

/** Every row, page by page. */
async function allRows(route: string, limit: number) {
  const items: Record<string, unknown>[] = []
  let cursor: string | null = null
  let pages = 0
  do {
    const { status, body, text } = await api.get(`${route}&limit=${limit}${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)
    expect(status, text).toBe(200)
    expect(body.totals === null).toBe(pages > 0)
    items.push(...body.items)
    cursor = body.next
    pages++
  } while (cursor !== null)
  return items
}

describe('the evidence adds up to the tile', () => {
  it.each(scopes.flatMap((scope) => environments.map((environment) => [scope, environment] as const)))(
    '%s in %s',
    async (scope, environment) => {
      const asked = `scope=${scope}&${window}&environment=${environment}`
      const { metrics } = (await api.get(`metrics?${asked}`)).body
      for (const [route, metric] of [
        ['deployments', 'deployment_frequency'],
        ['deployments', 'change_fail_rate'],
        ['deployments', 'failed_deployment_recovery_time'],
        ['deployments', 'deployment_rework_rate'],
        ['deployments', 'batch_size'],
        ['changes', 'change_lead_time'],
        ['incidents', 'incident_time_to_restore'],
      ] as const) {
        const { body } = await api.get(`${route}?${asked}&metric=${metric}&limit=1000`)
        const included = body.items.filter((row: { included: boolean }) => row.included)
        const name = `${metric} of ${scope}`
        expect(included.length, name).toBe(metrics[metric].n)
        expect(body.totals.included, name).toBe(metrics[metric].n)
        expect(body.totals.rows, name).toBe(body.items.length)
        for (const row of body.items) expect(row.included, name).toBe(row.reason === null)
        const reasons: Record<string, number> = {}
        for (const { reason } of body.items) if (reason !== null) reasons[reason] = (reasons[reason] ?? 0) + 1
        expect(body.totals.excluded, name).toEqual(reasons)
        if ('count' in metrics[metric]) {
          expect(body.items.filter((row: { counts: boolean }) => row.counts).length, name).toBe(metrics[metric].count)
          expect(body.totals.counts, name).toBe(metrics[metric].count)
        }
        if ('pending' in metrics[metric]) expect(reasons.pending ?? 0, name).toBe(metrics[metric].pending)
      }
      const waiting = (await api.get(`changes?${asked}&state=waiting&limit=1000`)).body
      expect(waiting.items.length).toBe(metrics.change_lead_time.waiting.count)
    },
  )

  it('a change that two services deliver counts once in a roll-up, at the first, be it before the window', async () => {
    // checkout delivers this commit on day 20, before the window; billing on day 33, in it.
    const asked = 'scope=org&from=2026-01-26&to=2026-02-16'
    const { items } = (await api.get(`changes?${asked}&limit=1000`)).body
    const late = items.filter((row: { service: string; key: string }) => row.service === 'billing' && row.key === sha(18))
    expect(late).toMatchObject([{ deployment: { id: 'billing-33' }, included: false, reason: 'already_delivered' }])
    const { metrics } = (await api.get(`metrics?${asked}`)).body
    expect(metrics.change_lead_time.n).toBe(items.filter((row: { included: boolean }) => row.included).length)
    expect((await api.get(`metrics?${asked.replace('org', 'service:billing')}`)).body.metrics.change_lead_time.n).toBeGreaterThan(0)
  })

  it('and the values follow from the rows', async () => {
    const asked = `scope=service:checkout&${window}`
    const { metrics } = (await api.get(`metrics?${asked}`)).body
    const changes = (await api.get(`changes?${asked}&limit=1000`)).body.items.filter((row: { included: boolean }) => row.included)
    const seconds = changes.map((row: { leadTimeSeconds: number }) => row.leadTimeSeconds).sort((a: number, b: number) => a - b)
    const middle = (seconds.length - 1) / 2
    expect(metrics.change_lead_time.value).toBe((seconds[Math.floor(middle)] + seconds[Math.ceil(middle)]) / 2)
    const distribution = (await api.get(`distribution?${asked}`)).body
    expect(distribution.n).toBe(changes.length)
    expect(distribution.median).toBe(metrics.change_lead_time.value)
    expect(distribution.p90).toBe(metrics.change_lead_time.quantiles.p90)
    expect(distribution.points).toHaveLength(changes.length)
    const binned = distribution.bins.reduce((sum: number, bin: { n: number }) => sum + bin.n, distribution.zero)
    expect(binned).toBe(changes.length)
    for (const each of seconds)
      expect(distribution.bins.some((bin: { from: number; to: number }) => each >= bin.from - 1e-6 && each < bin.to + 1e-6)).toBe(true)
  })
})

describe('a row says', () => {
  const rows = async (metric: string) => {
    const { body } = await api.get(`deployments?scope=service:checkout&${window}&metric=${metric}&limit=1000`)
    return new Map<string, Record<string, unknown>>(body.items.map((row: { id: string }) => [row.id, row]))
  }

  it('what kind of deployment it is, and why it is left out', async () => {
    const found = await rows('deployment_frequency')
    expect(found.get('checkout-0')).toMatchObject({ kind: 'baseline', included: true })
    expect(found.get('checkout-26-again')).toMatchObject({ kind: 'redeploy', included: false, reason: 'redeploy' })
    expect(found.get('checkout-failed')).toMatchObject({ reason: 'failed_attempt' })
    expect(found.get('checkout-cancelled')).toMatchObject({ reason: 'cancelled' })
    expect(found.get('checkout-config')).toMatchObject({ reason: 'config' })
    expect(found.has('checkout-staging')).toBe(false)
  })

  it('what it is held to be, by which rule, how surely and on what evidence', async () => {
    const failed = (await rows('change_fail_rate')).get('checkout-52') as { failure: { rule: string; evidence: unknown[] } }
    expect(failed).toMatchObject({
      included: true,
      counts: true,
      failure: { rule: 'incident', confidence: 'possible', recoverySeconds: 18000 },
    })
    expect(failed.failure.evidence).toEqual([
      { signal: 'incident', confidence: 'possible', text: expect.any(String), fact: { kind: 'incident', source: 'api', id: 'INC-1' } },
    ])
  })
})

describe('pages', () => {
  it.each(['deployments', 'changes', 'incidents', 'changes?state=waiting'])(
    'of %s hold every row once, whatever their size',
    async (route) => {
      const asked = `${route}${route.includes('?') ? '&' : '?'}scope=org&${window}`
      const whole = await allRows(asked, 1000)
      expect(whole.length).toBeGreaterThan(2)
      for (const limit of [1, 2, 7]) expect(await allRows(asked, limit)).toEqual(whole)
    },
  )

  it.each(['0', '1001', '-1', 'ten', '1.5', ''])('refuse the limit %j', async (limit) => {
    expect((await api.get(`deployments?scope=org&limit=${limit}`)).status).toBe(400)
  })

  it('refuse a cursor of another kind of row, naming it', async () => {
    const { next } = (await api.get(`deployments?scope=org&${window}&limit=1`)).body
    const { status, body } = await api.get(`incidents?scope=org&${window}&cursor=${next}`)
    expect(status).toBe(400)
    expect(body.error.message).toContain('cursor')
  })
})

describe('filters and orders', () => {
  const asked = `scope=org&${window}`
  const of = (items: Record<string, unknown>[]) =>
    items.map(({ source, id, service, key, deployment }) => [source, id, service, key, deployment])

  it.each([
    ['deployments', 'metric=change_fail_rate'],
    ['deployments', 'metric=batch_size'],
    ['changes', ''],
    ['incidents', ''],
  ])('%s of %s: every row once, among the included or under its reason', async (route, metric) => {
    const route1000 = `${route}?${asked}&${metric}`
    const all = await allRows(route1000, 1000)
    const included = await allRows(`${route1000}&include=included`, 7)
    const excluded = await allRows(`${route1000}&include=excluded`, 7)
    expect(of(included)).toEqual(of(all.filter((row) => row.included)))
    expect(of(excluded)).toEqual(of(all.filter((row) => !row.included)))
    for (const reason of new Set(excluded.map((row) => row.reason))) {
      expect(of(await allRows(`${route1000}&reason=${reason}`, 3))).toEqual(of(all.filter((row) => row.reason === reason)))
    }
    expect(of(await allRows(`${route1000}&sort=oldest`, 7)).length).toBe(all.length)
  })

  it('by the longest: lead time, restore time, recovery time, batch size', async () => {
    const values = async (question: string, value: (row: Record<string, unknown>) => number) => {
      const rows = await allRows(`${question}&${asked}&sort=longest`, 5)
      const found = rows.map(value)
      expect(found, question).toEqual(found.toSorted((a, b) => b - a))
      expect(new Set(found).size, question).toBeGreaterThan(1)
    }
    const recovery = (row: Record<string, unknown>) => {
      const failure = row.failure as { recoverySeconds: number | null } | null
      return failure === null ? -1 : (failure.recoverySeconds ?? 1e12)
    }
    await values('changes?include=included', (row) => row.leadTimeSeconds as number)
    await values('incidents?', (row) => (row.restoreSeconds as number | null) ?? 1e12)
    await values('deployments?metric=failed_deployment_recovery_time', recovery)
    await values('deployments?metric=batch_size', (row) => row.changes as number)
    await values('changes?state=waiting', (row) => row.waitingSeconds as number)
  })

  it('hold for the file too', async () => {
    const { text } = await api.get(`deployments?${asked}&include=excluded&sort=oldest`, { accept: 'text/csv' })
    const [header = '', ...lines] = text.split('\r\n').slice(0, -1)
    const rows = await allRows(`deployments?${asked}&include=excluded&sort=oldest`, 1000)
    const at = header.split(',').indexOf('id')
    expect(lines.map((line) => line.split(',')[at])).toEqual(rows.map((row) => row.id))
  })

  it('totals stay those of the whole window', async () => {
    const { totals } = (await api.get(`changes?${asked}`)).body
    expect((await api.get(`changes?${asked}&include=excluded&sort=longest`)).body.totals).toEqual(totals)
  })

  it.each([
    ['deployments?include=all', /include: .*included.*excluded/],
    ['deployments?reason=bored', /reason: .*redeploy/],
    ['changes?reason=redeploy', /reason: .*baseline.*already_delivered/],
    ['incidents?sort=shortest', /sort: .*newest.*oldest.*longest/],
    ['changes?include=included&reason=baseline', /reason: only excluded rows have one/],
    ['changes?state=waiting&reason=baseline', /reason: a change that waits/],
    ['changes?state=waiting&include=excluded', /include: every change that waits/],
  ])('refuse %s', async (question, message) => {
    const { status, body } = await api.get(`${question}&scope=org`)
    expect(status).toBe(400)
    expect(body.error.message).toMatch(message)
  })

  it('refuse the cursor of another order', async () => {
    const { next } = (await api.get(`deployments?${asked}&limit=1&sort=oldest`)).body
    const { status, body } = await api.get(`deployments?${asked}&limit=1&sort=longest&cursor=${next}`)
    expect(status).toBe(400)
    expect(body.error.message).toContain('order')
  })
})

describe('CSV', () => {
  it.each([
    ['deployments', /^service,source,id,/],
    ['changes', /^service,repository,key,title,/],
    ['incidents', /^service,source,id,title,/],
  ])('of %s holds all rows under their names', async (route, header) => {
    const asked = `${route}?scope=org&${window}`
    const { status, headers, text } = await api.get(`${asked}&limit=1`, { accept: 'text/csv' })
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(headers.get('content-disposition')).toBe(`attachment; filename="shiplog-${route}-org-2026-01-05-2026-04-01.csv"`)
    const lines = text.split('\r\n')
    expect(lines[0]).toMatch(header)
    expect(lines.at(-1)).toBe('')
    expect(lines.length - 2).toBe((await allRows(asked, 1000)).length)
  })

  it('neutralises what a spreadsheet would run', async () => {
    const formula = {
      id: 'INC-9',
      service: 'billing',
      title: '=HYPERLINK("http://evil.example")',
      severity: '-2',
      openedAt: '2026-01-20T00:00:00Z',
    }
    await api.send('POST', 'incidents', formula)
    const { text } = await api.get('incidents?scope=org&from=2026-01-20&to=2026-01-21', { accept: 'text/csv' })
    expect(text).toContain(`"'=HYPERLINK(""http://evil.example"")"`)
    expect(text).toContain(",'-2,")
    expect((await api.send('DELETE', 'incidents/api/INC-9')).status).toBe(200)
  })

  it('answers a fault as JSON', async () => {
    const { status, body } = await api.get('deployments?scope=team:nobody', { accept: 'text/csv' })
    expect(status).toBe(404)
    expect(body.error.message).toContain('payments')
  })
})

describe('GET /metrics', () => {
  const asked = `metrics?scope=service:checkout&${window}`

  it('answers what was asked, in the wire format', async () => {
    const { body } = await api.get(asked)
    expect(body).toMatchObject({
      scope: 'service:checkout',
      from: '2026-01-05',
      to: '2026-04-01',
      timeZone: 'UTC',
      bucket: 'week',
      environment: 'production',
      definition: 'dora@1',
      asOf: '2026-04-01T12:00:00Z',
    })
    expect(body.series).toHaveLength(13)
    expect(Object.keys(body.metrics)).toHaveLength(7)
  })

  it('has defaults, and takes a service by its former name', async () => {
    expect((await api.get('metrics?scope=org')).body).toMatchObject({
      from: '2026-01-05',
      to: '2026-04-02',
      bucket: 'week',
      environment: 'production',
    })
    expect((await api.get('metrics?scope=service:till')).body.scope).toBe('service:checkout')
  })

  it('is unchanged as long as the data is: 304 by ETag', async () => {
    const first = await api.get(asked)
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^W\/"/)
    expect(first.headers.get('cache-control')).toBe('private, no-cache')
    for (const known of [etag, `"x", ${etag}`, etag.slice(2), '*']) {
      const again = await api.get(asked, { 'if-none-match': known })
      expect(again.status, known).toBe(304)
      expect(again.text).toBe('')
      expect(again.headers.get('etag')).toBe(etag)
    }
    expect((await api.get(asked, { 'if-none-match': '"other"' })).status).toBe(200)
    expect((await api.get(`${asked}&bucket=month`)).headers.get('etag')).not.toBe(etag)
  })

  it('has another ETag after a fact, and after another definition', async () => {
    const before = (await api.get(asked)).headers.get('etag')
    await api.send('POST', 'deployments', { ...deployments[0], id: 'staging-2', environment: 'staging', commit: sha(2) })
    const after = (await api.get(asked)).headers.get('etag')
    expect(after).not.toBe(before)
    const { defineMetrics } = await import('../../server/definition.ts')
    const other = await openApi({ store: api.deps.store, config: { ...config, definition: defineMetrics({ failureWindow: '48h' }) } })
    const answer = await other.get(asked)
    expect(answer.headers.get('etag')).not.toBe(after)
    expect(answer.body.definition).toMatch(/^dora@1\+/)
  })

  it.each([
    ['no scope', 'metrics', 400, /scope/],
    ['an unknown parameter', 'metrics?scope=org&form=2026-01-01', 400, /form: is not a known field/],
    ['a scope twice', 'metrics?scope=org&scope=org', 400, /scope/],
    ['an unknown service', 'metrics?scope=service:nobody', 404, /checkout/],
    ['an unknown team', 'metrics?scope=team:nobody', 404, /payments/],
    ['a day that is none', 'metrics?scope=org&from=2026-02-30', 400, /from/],
    ['an end before its beginning', 'metrics?scope=org&from=2026-02-02&to=2026-02-01', 400, /from/],
    ['a window of centuries', 'metrics?scope=org&from=1970-01-01&to=2026-01-01&bucket=day', 400, /years/],
    ['a bucket that is none', 'metrics?scope=org&bucket=hour', 400, /bucket/],
  ])('refuses %s', async (_, route, status, message) => {
    const answer = await api.get(route)
    expect(answer.status).toBe(status)
    expect(answer.body.error.message).toMatch(message)
  })
})

describe('services and teams', () => {
  it('lists services by name with owners, sources and last deployment', async () => {
    const { services } = (await api.get('services')).body
    expect(services.map((service: { id: string }) => service.id)).toEqual(['billing', 'checkout'])
    expect(services[0]).toMatchObject({
      team: 'platform',
      teams: [
        { team: 'payments', from: null },
        { team: 'platform', from: '2026-02-16' },
      ],
      sources: ['api'],
    })
    expect(services[1].lastDeployment).toMatchObject({ id: 'checkout-76', version: 'v76' })
    expect(services[0].metrics).toBeUndefined()
  })

  it('gives each the numbers that it has by itself', async () => {
    const { services, buckets } = (await api.get(`services?${window}`)).body
    expect(buckets).toHaveLength(13)
    for (const service of services) {
      const own = (await api.get(`metrics?scope=service:${service.id}&${window}`)).body
      for (const [id, point] of Object.entries(service.metrics as Record<string, { value: number; n: number }>)) {
        const { value, n, interval, reason } = own.metrics[id]
        expect(point, `${id} of ${service.id}`).toMatchObject({ value, n, interval, reason })
        expect(service.series[id]).toEqual(
          own.series.map((entry: { metrics: Record<string, { value: number }> }) => entry.metrics[id]?.value),
        )
      }
    }
  })

  it('shows one, also by its former name, and names those there are', async () => {
    expect((await api.get('services/till')).body.id).toBe('checkout')
    const { status, body } = await api.get('services/nobody')
    expect(status).toBe(404)
    expect(body.error.message).toContain('billing, checkout')
  })

  it('lists teams with what they own today', async () => {
    expect((await api.get('teams')).body.teams).toEqual([
      { id: 'commerce', title: 'Commerce', parent: null, services: [], allServices: ['checkout'] },
      { id: 'payments', title: 'Payments', parent: 'commerce', services: ['checkout'], allServices: ['checkout'] },
      { id: 'platform', title: 'Platform', parent: null, services: ['billing'], allServices: ['billing'] },
    ])
  })
})

describe('the rest of the numbers', () => {
  it('GET /headline is a sentence about the scope', async () => {
    const { headline, asOf } = (await api.get(`headline?scope=team:payments&${window}`)).body
    expect(headline).toMatch(/Payments .*\.$/)
    expect(asOf).toBe('2026-04-01T12:00:00Z')
  })

  it('GET /definition has words for every metric, kind, signal, reason and parameter', async () => {
    const { body } = await api.get('definition')
    expect(body.version).toBe('dora@1')
    expect(body.metrics.map((metric: { id: string }) => metric.id)).toContain('change_fail_rate')
    for (const list of ['metrics', 'kinds', 'signals', 'reasons', 'parameters']) expect(body[list].length, list).toBeGreaterThan(4)
    expect(body.parameters.some((parameter: { differs: boolean }) => parameter.differs)).toBe(false)
  })
})

describe('verdicts', () => {
  const route = 'deployments/api/checkout-60/verdict'

  it('win over the rules, are kept, and can be withdrawn', async () => {
    const failed = async () => (await api.get(`metrics?scope=service:checkout&${window}`)).body.metrics.change_fail_rate.count
    const before = await failed()
    const put = await api.send('PUT', route, { verdict: 'failed', by: 'Ada', note: 'It was us', recoveredAt: '2026-03-06T20:00:00Z' })
    expect(put.status).toBe(200)
    expect(put.body.standing).toEqual({
      verdict: 'failed',
      by: 'Ada',
      at: '2026-04-01T12:00:00Z',
      note: 'It was us',
      recoveredAt: '2026-03-06T20:00:00Z',
    })
    expect(await failed()).toBe(before + 1)
    const withdrawn = await api.send('DELETE', `${route}?by=Grace`)
    expect(withdrawn.body.standing).toBeNull()
    expect(withdrawn.body.history.map((entry: { verdict: string; by: string }) => [entry.verdict, entry.by])).toEqual([
      ['withdrawn', 'Grace'],
      ['failed', 'Ada'],
    ])
    expect(await failed()).toBe(before)
    expect((await api.send('DELETE', route)).status).toBe(404)
    expect((await api.get(route)).body.history).toHaveLength(2)
  })

  it.each<[string, unknown, RegExp]>([
    ['no name', { verdict: 'failed' }, /^by/],
    ['another verdict', { verdict: 'maybe', by: 'Ada' }, /^verdict/],
    ['a recovery of what did not fail', { verdict: 'not_failed', by: 'Ada', recoveredAt: '2026-03-06T20:00:00Z' }, /^recoveredAt/],
    ['an unknown field', { verdict: 'failed', by: 'Ada', because: 'x' }, /^because/],
    ['broken JSON', '{', /not valid JSON/],
  ])('refuse %s', async (_, body, message) => {
    const answer = await api.send('PUT', route, body)
    expect(answer.status).toBe(400)
    expect(answer.body.error.message).toMatch(message)
  })

  it('are of deployments that are known', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status } = await api.send(
        method,
        'deployments/api/nothing/verdict',
        method === 'PUT' ? { verdict: 'failed', by: 'Ada' } : undefined,
      )
      expect(status, method).toBe(404)
    }
  })
})

describe('reports', () => {
  it('are made once, opened again the same to the byte, in every format', async () => {
    const made = await api.send('POST', 'reports', { scope: 'service:checkout', week: '2026-W10' })
    expect(made.status).toBe(200)
    expect(made.body).toMatchObject({ scope: 'service:checkout', week: '2026-W10', revision: 1, revisions: 1 })
    const again = await api.send('POST', 'reports', { scope: 'service:checkout', week: '2026-W10' })
    expect(again.text).toBe(made.text)
    for (const [format, type, start] of [
      ['json', 'application/json', /^\{/],
      ['md', 'text/markdown', /^#/],
      ['html', 'text/html', /^<!doctype html>/],
      ['csv', 'text/csv', /./],
    ] as const) {
      const one = await api.get(`reports/${made.body.id}?format=${format}&download=true`)
      expect(one.headers.get('content-type')).toContain(type)
      expect(one.headers.get('content-disposition')).toMatch(
        new RegExp(`^attachment; filename="shiplog-service-checkout-2026-W10.*\\.${format}"$`),
      )
      expect(one.text).toMatch(start)
      expect((await api.get(`reports/${made.body.id}?format=${format}`)).status).toBe(200)
    }
    const shown = await api.get(`reports/${made.body.id}?format=html`)
    expect(shown.headers.get('content-security-policy')).toMatch(/default-src 'none'; style-src 'sha256-/)
    expect(shown.headers.get('content-disposition')).toBeNull()
    expect((await api.get('reports?scope=service:checkout')).body.reports).toHaveLength(1)
  })

  it('make a revision on refresh when something changed, and keep the first', async () => {
    const made = await api.send('POST', 'reports', { scope: 'service:checkout', week: '2026-W11' })
    expect((await api.send('POST', `reports/${made.body.id}/refresh`)).body.revision).toBe(1)
    await api.send('POST', 'deployments', {
      ...deployments[0],
      id: 'late',
      commit: undefined,
      startedAt: undefined,
      finishedAt: '2026-03-11T10:00:00Z',
    })
    const refreshed = await api.send('POST', `reports/${made.body.id}/refresh`)
    expect(refreshed.body).toMatchObject({ revision: 2, revisions: 2 })
    expect((await api.get(`reports/${made.body.id}?revision=1`)).body.snapshot).toEqual(made.body.snapshot)
    expect((await api.get(`reports/${made.body.id}?revision=3`)).status).toBe(404)
  })

  it.each<[string, unknown, number, RegExp]>([
    ['a week that is none', { scope: 'org', week: '2026-W54' }, 400, /week/i],
    ['a week to come', { scope: 'org', week: '2027-W01' }, 400, /no data yet/],
    ['an unknown team', { scope: 'team:nobody', week: '2026-W10' }, 404, /payments/],
    ['no week', { scope: 'org' }, 400, /^week/],
  ])('refuse %s', async (_, body, status, message) => {
    const answer = await api.send('POST', 'reports', body)
    expect(answer.status).toBe(status)
    expect(answer.body.error.message).toMatch(message)
  })

  it('that are not there are 404', async () => {
    expect((await api.get('reports/nothing')).status).toBe(404)
    expect((await api.send('POST', 'reports/nothing/refresh')).status).toBe(404)
  })
})
