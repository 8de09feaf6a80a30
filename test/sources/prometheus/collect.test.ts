import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SourceError } from '../../../server/errors.ts'
import { prometheusSource } from '../../../server/sources/prometheus/index.ts'
import { alertOptions, alertsContext, runAlerts, standingIncidents } from '../../fakes/prometheus/run-alerts.ts'
import { type FakeAlert, type PrometheusFake, startPrometheus } from '../../fakes/prometheus/start-prometheus.ts'

let fake: PrometheusFake
beforeEach(async () => {
  fake = await startPrometheus()
})
afterEach(() => fake.stop())

/** On 2 to 5 March 2026. */
const at = (day: number, time: string) => Date.parse(`2026-03-0${day}T${time}Z`)

function alert(alertname: string, from: number, to: number | null, more: Partial<FakeAlert> = {}): FakeAlert {
  return { labels: { alertname, service: 'shop', severity: 'critical' }, from, to, ...more }
}

describe('past alerts', () => {
  test('begin and end as Prometheus evaluated them, to the millisecond', async () => {
    fake.alerts = [alert('Down', at(3, '10:00:07.123'), at(3, '10:05:07.123'))]
    const { facts } = await runAlerts(fake, '2026-03-05T00:00:00Z')
    expect(facts).toEqual([
      {
        kind: 'incident',
        source: 'alerts',
        id: expect.stringMatching(/^[0-9a-f]{16}@2026-03-03T10:00:07\.123Z$/),
        service: 'shop',
        severity: 'critical',
        title: 'Down',
        openedAt: at(3, '10:00:07.123'),
        resolvedAt: at(3, '10:05:07.123'),
        updatedAt: at(3, '10:04:07.123'),
      },
    ])
  })

  test('of one evaluation are seen', async () => {
    fake.alerts = [alert('Down', at(3, '10:00:07.5'), at(3, '10:01:07.5'))]
    const { facts } = await runAlerts(fake, '2026-03-05T00:00:00Z')
    expect(standingIncidents(...facts)).toEqual(['Down of shop: 03-03T10:00:07 to 03-03T10:01:07'])
  })

  test('that fire again at the next evaluation but one are two, and a missed evaluation makes none', async () => {
    fake.alerts = [
      alert('Down', at(3, '10:00:07'), at(3, '10:02:07')),
      alert('Down', at(3, '10:03:07'), at(3, '10:05:07')),
      alert('Slow', at(3, '10:00:07'), at(3, '10:10:07'), { missed: [at(3, '10:03:07'), at(3, '10:04:07')] }),
    ]
    const { facts } = await runAlerts(fake, '2026-03-05T00:00:00Z')
    expect(standingIncidents(...facts)).toEqual([
      'Down of shop: 03-03T10:00:07 to 03-03T10:02:07',
      'Down of shop: 03-03T10:03:07 to 03-03T10:05:07',
      'Slow of shop: 03-03T10:00:07 to 03-03T10:10:07',
    ])
  })

  test('that last over several days are one, and open ones stay open', async () => {
    fake.alerts = [alert('Down', at(2, '12:00:30'), at(4, '18:00:30')), alert('Slow', at(3, '09:00:00'), null)]
    const { facts, coveredFrom } = await runAlerts(fake, '2026-03-05T00:00:00Z')
    expect(standingIncidents(...facts)).toEqual(['Down of shop: 03-02T12:00:30 to 03-04T18:00:30', 'Slow of shop: 03-03T09:00:00 to open'])
    expect(coveredFrom).toEqual([at(2, '00:00'), undefined, undefined])
  })

  test('are asked for a day at a time, by the rule, at the steps of the evaluation', async () => {
    await runAlerts(fake, '2026-03-05T00:00:00Z', {
      alerts: { severity: '^(critical|"page"\\d)$', 'no.label': 'x', zone: 'eu' },
      externalLabels: { zone: 'eu' },
    })
    expect(fake.asked).toHaveLength(3)
    expect(Object.fromEntries(fake.asked[0] ?? [])).toEqual({
      query: 'timestamp(ALERTS{alertstate="firing",severity=~"(?s:.*)(?:^(critical|\\"page\\"\\\\d)$)(?s:.*)"})',
      start: String(at(2, '00:00') / 1000),
      end: String(at(3, '00:00') / 1000),
      step: '60',
    })
  })

  test('of quick rules are read at quick steps, and no answer is too long', async () => {
    fake.evaluationMs = 5000
    fake.alerts = [alert('Down', at(4, '10:00:02'), at(4, '10:00:12'))]
    const { facts } = await runAlerts(fake, '2026-03-05T00:00:00Z')
    expect(standingIncidents(...facts)).toEqual(['Down of shop: 03-04T10:00:02 to 03-04T10:00:12'])
    expect(fake.asked.every((query) => query.get('step') === '5')).toBe(true)
  })

  test('are read where there are no rules to ask for', async () => {
    fake.hasRules = false
    fake.alerts = [alert('Down', at(4, '10:00:02'), at(4, '10:03:02'))]
    expect(standingIncidents(...(await runAlerts(fake, '2026-03-05T00:00:00Z')).facts)).toEqual([
      'Down of shop: 03-04T10:00:02 to 03-04T10:03:02',
    ])
    await runAlerts(fake, '2026-03-05T00:00:00Z', { step: 30 })
    expect(fake.asked.at(-1)?.get('step')).toBe('30')
  })

  test('that the rule does not count are no facts', async () => {
    fake.alerts = [
      alert('Watchdog', at(3, '00:00'), null),
      alert('Down', at(3, '10:00'), at(3, '11:00'), { labels: { alertname: 'Down', severity: 'warning' } }),
    ]
    expect((await runAlerts(fake, '2026-03-05T00:00:00Z')).facts).toEqual([])
  })

  test('of the last minute wait: they may not be stored yet', async () => {
    fake.alerts = [alert('Down', at(4, '23:58:50'), at(4, '23:59:50'))]
    const first = await runAlerts(fake, '2026-03-05T00:00:00Z')
    expect(standingIncidents(...first.facts)).toEqual(['Down of shop: 03-04T23:58:50 to open'])
    const second = await runAlerts(fake, '2026-03-05T00:02:00Z', { cursor: first.cursor })
    expect(standingIncidents(...first.facts, ...second.facts)).toEqual(['Down of shop: 03-04T23:58:50 to 03-04T23:59:50'])
  })
})

describe('the next run', () => {
  test('goes on from the cursor, and knows when an alert began that fires since long', async () => {
    fake.alerts = [alert('Down', at(2, '12:00:30'), at(5, '00:20:30'))]
    const first = await runAlerts(fake, '2026-03-05T00:00:00Z')
    fake.asked.length = 0
    const second = await runAlerts(fake, '2026-03-05T00:30:00Z', { cursor: first.cursor })
    expect(fake.asked).toHaveLength(1)
    expect(Number(fake.asked[0]?.get('start')) * 1000).toBe(at(4, '23:49'))
    expect(second.coveredFrom).toEqual([undefined])
    expect(standingIncidents(...first.facts, ...second.facts)).toEqual(['Down of shop: 03-02T12:00:30 to 03-05T00:20:30'])
  })

  test('sees what was stored late', async () => {
    const first = await runAlerts(fake, '2026-03-05T00:00:00Z')
    fake.alerts = [alert('Down', at(4, '23:52:00'), at(4, '23:55:00'))]
    const second = await runAlerts(fake, '2026-03-05T00:10:00Z', { cursor: first.cursor })
    expect(standingIncidents(...second.facts)).toEqual(['Down of shop: 03-04T23:52:00 to 03-04T23:55:00'])
  })

  test('a moment later has nothing to ask', async () => {
    const first = await runAlerts(fake, '2026-03-05T00:00:00Z')
    const second = await runAlerts(fake, '2026-03-05T00:00:01Z', { cursor: first.cursor })
    expect(second.facts).toEqual([])
  })

  test('withdraws what another rule counted, also where it was stopped within', async () => {
    fake.alerts = [
      alert('Down', at(2, '10:00'), at(2, '11:00')),
      alert('Slow', at(4, '10:00'), at(4, '11:00'), { labels: { alertname: 'Slow', service: 'shop', severity: 'warning' } }),
      alert('Late', at(4, '12:00'), at(4, '13:00'), { labels: { alertname: 'Late', service: 'shop', severity: 'warning' } }),
    ]
    const all = await runAlerts(fake, '2026-03-05T00:00:00Z', { alerts: true })
    expect(standingIncidents(...all.facts)).toHaveLength(3)
    const cut = await runAlerts(fake, '2026-03-05T01:00:00Z', { cursor: all.cursor, stopAfter: 1 })
    const rest = await runAlerts(fake, '2026-03-05T02:00:00Z', { cursor: cut.cursor })
    expect(standingIncidents(...all.facts, ...cut.facts, ...rest.facts)).toEqual(['Down of shop: 03-02T10:00:00 to 03-02T11:00:00'])
  })

  test('tells by another rule whose an alert is, whatever an earlier one said', async () => {
    fake.alerts = [
      alert('Down', at(4, '10:00'), at(4, '11:00'), { labels: { alertname: 'Down', service: 'zoo', owner: 'ape', severity: 'critical' } }),
    ]
    const first = await runAlerts(fake, '2026-03-05T00:00:00Z', { service: 'service' })
    const second = await runAlerts(fake, '2026-03-05T01:00:00Z', { service: 'owner', cursor: first.cursor })
    expect(second.facts.map((fact) => [fact.kind, 'service' in fact ? fact.service : null])).toEqual([
      ['withdrawal', null],
      ['incident', 'ape'],
    ])
  })

  test('begins anew where the cursor is not its own', async () => {
    fake.alerts = [alert('Down', at(3, '10:00'), at(3, '11:00'))]
    for (const cursor of ['', 'x', '{}', '{"version":2}', 'null']) {
      expect((await runAlerts(fake, '2026-03-05T00:00:00Z', { cursor })).facts).toHaveLength(1)
    }
  })
})

describe('nothing is lost or doubled', () => {
  test('wherever a run is cut', async () => {
    fake.evaluationMs = 300_000
    fake.alerts = Array.from({ length: 700 }, (_, n) => {
      const from = at(2, '20:00') + n * 60_000 + 1000
      return alert(`Alert ${n}`, from, n % 7 === 0 ? null : from + 300_000 * (1 + (n % 50)))
    })
    const whole = await runAlerts(fake, '2026-03-05T00:00:00Z')
    expect(whole.facts).toHaveLength(700)
    expect(whole.coveredFrom.length).toBeGreaterThan(3)
    for (const stopAfter of whole.coveredFrom.keys()) {
      const cut = await runAlerts(fake, '2026-03-05T00:00:00Z', { stopAfter: stopAfter + 1 })
      const rest = await runAlerts(fake, '2026-03-05T00:00:00Z', { cursor: cut.cursor })
      expect(standingIncidents(...cut.facts, ...rest.facts)).toEqual(standingIncidents(...whole.facts))
    }
  })
})

describe('a Prometheus that fails', () => {
  test.each([
    ['a slow-down', { status: 429, headers: { 'retry-after': '0' } }],
    ['a fault of its own', { status: 503 }],
    ['a gateway before it', { status: 502 }],
  ])('is asked again after %s', async (_what, fault) => {
    fake.alerts = [alert('Down', at(3, '10:00'), at(3, '11:00'))]
    fake.faults = [fault, fault]
    expect((await runAlerts(fake, '2026-03-05T00:00:00Z')).facts).toHaveLength(1)
  })

  test.each([
    [{ status: 422 }, /answers with 422/],
    [{ status: 403 }, /forbids reading/],
    [{ status: 302, headers: { location: '/login' } }, /sends the question/],
  ])('with %j is an error, never no alert', async (fault, message) => {
    fake.faults = [fault]
    const failed = runAlerts(fake, '2026-03-05T00:00:00Z')
    await expect(failed).rejects.toThrow(SourceError)
    await expect(failed).rejects.toThrow(message)
  })

  test('that gives up keeps what was read before', async () => {
    fake.alerts = [alert('Down', at(2, '10:00'), at(2, '11:00')), alert('Slow', at(4, '10:00'), at(4, '11:00'))]
    const first = await runAlerts(fake, '2026-03-05T00:00:00Z', { stopAfter: 1 })
    fake.faults = Array.from({ length: 4 }, () => ({ status: 500 }))
    await expect(runAlerts(fake, '2026-03-05T00:00:00Z', { cursor: first.cursor })).rejects.toThrow(/answers with 500/)
    const second = await runAlerts(fake, '2026-03-05T00:00:00Z', { cursor: first.cursor })
    expect(second.facts).toHaveLength(1)
  })

  test('that answers in part is an error: an alert that is missing would look resolved', async () => {
    fake.warnings = ['store eu-1 does not answer']
    await expect(runAlerts(fake, '2026-03-05T00:00:00Z')).rejects.toThrow(/answers in part: store eu-1 does not answer.*Check the stores/)
  })

  test.each([
    [{ token: 'secret' }, 'Bearer secret'],
    [{ user: 'ada', password: 'secret' }, `Basic ${Buffer.from('ada:secret').toString('base64')}`],
  ])('lets in who shows %j', async (credentials, header) => {
    fake.credentials = header
    expect((await runAlerts(fake, '2026-03-05T00:00:00Z', credentials)).facts).toEqual([])
    await expect(runAlerts(fake, '2026-03-05T00:00:00Z')).rejects.toThrow(/refuses the credentials \(401\)\. Write token/)
  })

  test('is left at once when the run is told to stop', async () => {
    const stop = new AbortController()
    const ctx = alertsContext('2026-03-05T00:00:00Z', { signal: stop.signal })
    stop.abort()
    await expect(
      prometheusSource
        .collect?.(alertOptions({ url: fake.url }), null, ctx)
        [Symbol.asyncIterator]()
        .next(),
    ).rejects.toThrow()
  })
})

test('without url nothing is asked, and a note says so', async () => {
  const ctx = alertsContext('2026-03-05T00:00:00Z')
  const batches = []
  for await (const batch of prometheusSource.collect?.(alertOptions({ webhook: { token: 'x' } }), null, ctx) ?? []) batches.push(batch)
  expect(batches).toEqual([])
  expect(ctx.notes).toEqual([expect.stringContaining('url')])
})
