import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ShiplogError } from '../../../server/errors.ts'
import { Incident } from '../../../server/facts.ts'
import { prometheusReceiver } from '../../../server/sources/prometheus/receive.ts'
import { alertOptions, runAlerts, standingIncidents } from '../../fakes/prometheus/run-alerts.ts'
import { startPrometheus } from '../../fakes/prometheus/start-prometheus.ts'

const options = alertOptions({ webhook: { token: 'agreed' } })
const now = new Date('2026-03-02T11:00:00Z')
const filing = { sourceId: 'alerts', service: 'alerts', receivedAt: now.getTime() }
const labels = { alertname: 'Down', service: 'shop', severity: 'critical' }
const firing = {
  status: 'firing',
  labels,
  annotations: {},
  startsAt: '2026-03-02T10:00:00.5Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: '',
}

function group(alerts: unknown[], more: Record<string, unknown> = {}) {
  return { version: '4', groupKey: '{}:{}', status: 'firing', receiver: 'shiplog', truncatedAlerts: 0, alerts, ...more }
}

function delivery(body: unknown, headers: Record<string, string> = { authorization: 'Bearer agreed' }, query = {}) {
  return { headers, query, body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) }
}

const accept = (body: unknown, headers?: Record<string, string>, query?: Record<string, string>) =>
  prometheusReceiver.accept(options, delivery(body, headers, query))
const read = (body: unknown) => prometheusReceiver.read(options, delivery(body), filing)

describe('a delivery', () => {
  test.each([
    ['no secret', {}],
    ['another one', { authorization: 'Bearer other' }],
    ['its secret as a user', { authorization: `Basic ${Buffer.from('agreed:').toString('base64')}` }],
  ])('with %s is refused', (_what, headers) => {
    expect(() => accept(group([firing]), headers)).toThrow(expect.objectContaining({ code: 'unauthorized' }))
  })

  test.each([
    [{ token: 'agreed' }, {}, { token: 'agreed' }],
    [{ user: 'am', password: 'agreed' }, { authorization: `Basic ${Buffer.from('am:agreed').toString('base64')}` }, {}],
    [{ header: 'X-Shiplog', value: ['old', 'new'] }, { 'x-shiplog': 'old' }, {}],
  ])('may show %j', (webhook, headers, query) => {
    const receiving = alertOptions({ webhook })
    const { key, keep } = prometheusReceiver.accept(receiving, delivery(group([firing]), headers as Record<string, string>, query))
    expect(keep).toBe(true)
    expect(key).toMatch(/^sha256:/)
  })

  test('is refused where nothing was agreed', () => {
    const { webhook: _webhook, ...none } = alertOptions({ url: 'http://prometheus:9090' })
    expect(() => prometheusReceiver.accept(none, delivery(group([firing])))).toThrow(expect.objectContaining({ code: 'unauthorized' }))
  })

  test.each(['', '[', 'null', '[]', '"x"', '{}', '{"status":"firing"}'])('of %j is none of Alertmanager', (body) => {
    expect(() => accept(body)).toThrow(expect.objectContaining({ code: 'invalid' }))
  })

  test('of alerts that do not count is not kept, and says why', () => {
    const warning = { ...firing, labels: { ...labels, severity: 'warning' } }
    expect(accept(group([warning]))).toMatchObject({ keep: false, reply: expect.stringContaining('rule') })
    expect(accept(group([]))).toMatchObject({ keep: false })
    expect(accept(group([warning, firing]))).toMatchObject({ keep: true })
  })

  test('that is sent again while nothing changes has the same key', () => {
    expect(accept(group([firing])).key).toBe(accept(group([firing])).key)
    expect(accept(group([{ ...firing, status: 'resolved' }])).key).not.toBe(accept(group([firing])).key)
  })

  test('that names a field wrongly is kept, and told by its field', () => {
    const wrong = group([firing, { ...firing, startsAt: 'yesterday' }])
    expect(accept(wrong).keep).toBe(true)
    expect(() => read(wrong)).toThrow(/Alertmanager is not as its system describes it: alerts\.1\.startsAt/)
  })
})

describe('of a group', () => {
  test('each alert is an incident of its own, fires and is over by itself', () => {
    const over = { ...firing, status: 'resolved', endsAt: '2026-03-02T10:20:00Z', labels: { ...labels, zone: 'eu' } }
    const watchdog = { ...firing, labels: { ...labels, alertname: 'Watchdog' } }
    const { facts, changed } = read(group([firing, over, watchdog]))
    expect(standingIncidents(...facts)).toEqual(['Down of shop: 03-02T10:00:00 to 03-02T10:20:00', 'Down of shop: 03-02T10:00:00 to open'])
    expect(new Set(facts.map((fact) => 'id' in fact && fact.id)).size).toBe(2)
    expect(changed).toEqual([])
  })

  test('what is late or sent again never opens it anew', () => {
    const over = read(group([{ ...firing, status: 'resolved', endsAt: '2026-03-02T10:20:00Z' }])).facts
    const late = read(group([firing])).facts
    expect(standingIncidents(...over, ...late)).toEqual(['Down of shop: 03-02T10:00:00 to 03-02T10:20:00'])
  })

  test('alerts that were left out are asked for', () => {
    const cut = group([{ ...firing, labels: { alertname: 'Calm' } }], { truncatedAlerts: 3 })
    expect(accept(cut).keep).toBe(true)
    expect(read(cut)).toEqual({ facts: [], changed: ['truncated'] })
  })
})

describe('what is sent and what is read later', () => {
  test('are one incident, also with labels that Prometheus adds when it sends', async () => {
    const fake = await startPrometheus()
    const from = Date.parse('2026-03-02T10:00:00.500Z')
    fake.alerts = [{ labels, from, to: from + 1_200_000 }]
    const externalLabels = { cluster: 'eu' }
    const pulled = (await runAlerts(fake, '2026-03-02T12:00:00Z', { externalLabels })).facts
    const sent = [
      { ...firing, labels: { ...labels, ...externalLabels } },
      { ...firing, labels: { ...labels, ...externalLabels }, status: 'resolved', endsAt: '2026-03-02T10:20:00.5Z' },
    ]
    const pushed = sent.flatMap((alert) => read(group([alert])).facts)
    fake.stop()
    const expected = ['Down of shop: 03-02T10:00:00 to 03-02T10:20:00']
    expect(standingIncidents(...pulled, ...pushed)).toEqual(expected)
    expect(standingIncidents(...pushed, ...pulled)).toEqual(expected)
    expect(new Set([...pulled, ...pushed].map((fact) => 'id' in fact && fact.id)).size).toBe(1)
  })
})

/** Any JSON at any field. */
const anything = fc.jsonValue({ maxDepth: 2 })
const anyAlert = fc.record(
  {
    status: fc.oneof(fc.constantFrom('firing', 'resolved'), anything),
    labels: fc.oneof(
      fc.dictionary(fc.constantFrom('alertname', 'service', 'severity', '__proto__', 'x'), fc.string({ unit: 'binary' })),
      anything,
    ),
    annotations: fc.oneof(fc.dictionary(fc.constantFrom('summary'), fc.string({ unit: 'binary' })), anything),
    startsAt: fc.oneof(fc.constantFrom('2026-03-02T10:00:00Z', '0001-01-01T00:00:00Z', '9998-12-31T23:59:59+00:00'), anything),
    endsAt: fc.oneof(fc.constantFrom('2026-03-02T09:00:00Z', '0001-01-01T00:00:00Z', '9998-12-31T23:59:59-14:00'), anything),
    generatorURL: fc.oneof(fc.webUrl(), fc.string(), anything),
    fingerprint: fc.oneof(fc.string(), anything),
  },
  { requiredKeys: [] },
)

test('whatever is sent, it is refused as invalid or gives facts that can be stored', () => {
  const any = alertOptions({ webhook: { token: 'agreed' }, alerts: true, except: {} })
  const sent = fc.oneof(
    fc.record({ alerts: fc.array(anyAlert, { maxLength: 3 }), truncatedAlerts: fc.oneof(fc.nat(3), anything) }),
    anything,
  )
  const time = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())
  fc.assert(
    fc.property(sent, (body) => {
      try {
        prometheusReceiver.accept(any, delivery(body))
        for (const fact of prometheusReceiver.read(any, delivery(body), filing).facts) {
          const { kind, ...incident } = fact as { kind: string } & Incident
          expect(kind).toBe('incident')
          const told = {
            ...incident,
            openedAt: time(incident.openedAt),
            resolvedAt: time(incident.resolvedAt),
            updatedAt: time(incident.updatedAt),
          }
          expect(Incident.safeParse(told).error).toBeUndefined()
        }
      } catch (error) {
        expect(error).toBeInstanceOf(ShiplogError)
        expect((error as ShiplogError).code).toBe('invalid')
      }
    }),
    { numRuns: 300 },
  )
})
