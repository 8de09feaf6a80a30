import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ShiplogError } from '../../../server/errors.ts'
import { Incident } from '../../../server/facts.ts'
import { GrafanaOptions } from '../../../server/sources/grafana/options.ts'
import { grafanaReceiver } from '../../../server/sources/grafana/receive.ts'

const now = new Date('2026-03-02T11:00:00Z')
const filing = { sourceId: 'graf', service: 'graf', receivedAt: now.getTime() }
const optionsOf = (fields: Record<string, unknown> = {}) => GrafanaOptions.parse({ webhook: { secret: 'agreed' }, ...fields })

const alert = {
  status: 'firing',
  labels: { alertname: 'High latency', service: 'checkout', severity: 'critical', grafana_folder: 'Shop' },
  annotations: { summary: 'p99 above two seconds' },
  startsAt: '2026-03-02T10:40:10Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'https://grafana.example.org/alerting/grafana/abc/view?orgId=1',
  fingerprint: 'c6eadffa33fcdf37',
  silenceURL: 'https://grafana.example.org/alerting/silence/new',
  dashboardURL: '',
  panelURL: '',
  values: { A: 2.31 },
}

function alerts(...sent: unknown[]) {
  return {
    receiver: 'shiplog',
    status: 'firing',
    orgId: 1,
    version: '1',
    state: 'alerting',
    title: '[FIRING:1]',
    truncatedAlerts: 0,
    alerts: sent,
  }
}

/** After `type` happened to the alert group at `time`. */
function onCall(type: string, time: string, group: Record<string, unknown> = {}, more: Record<string, unknown> = {}) {
  return {
    event: { type, time },
    user: null,
    alert_group: {
      id: 'I2NKM1QTN1H2C',
      integration_id: 'CFRPV98RPR1U8',
      route_id: 'R1',
      alerts_count: 2,
      state: 'firing',
      created_at: '2026-03-02T10:41:00.123456Z',
      acknowledged_at: null,
      resolved_at: null,
      title: 'Checkout is slow',
      permalinks: { slack: null, telegram: null, web: 'https://acme.grafana.net/a/grafana-oncall-app/alert-groups/I2NKM1QTN1H2C' },
      labels: {},
      ...group,
    },
    integration: { id: 'CFRPV98RPR1U8', type: 'grafana_alerting', name: 'Shop alerts', team: 'payments' },
    alert_payload: { commonLabels: { service: 'checkout', severity: 'high' }, alerts: [] },
    ...more,
  }
}

const hmac = (text: string | Buffer, secret = 'agreed') => createHmac('sha256', secret).update(text).digest('hex')

function delivery(body: unknown, headers?: Record<string, string>) {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return { headers: headers ?? { 'x-grafana-alerting-signature': hmac(bytes) }, query: {}, body: bytes }
}

const accept = (body: unknown, headers?: Record<string, string>, options = optionsOf()) =>
  grafanaReceiver.accept(options, delivery(body, headers), now)
const read = (body: unknown, options = optionsOf()) => grafanaReceiver.read(options, delivery(body), filing)
const refused = (code: string) => expect.objectContaining({ code })

describe('who sends', () => {
  test('signs the body', () => {
    expect(accept(alerts(alert))).toMatchObject({ keep: true })
    for (const headers of [
      {},
      { 'x-grafana-alerting-signature': hmac('other') },
      { 'x-grafana-alerting-signature': hmac(JSON.stringify(alerts(alert)), 'x') },
    ]) {
      expect(() => accept(alerts(alert), headers as Record<string, string>)).toThrow(refused('unauthorized'))
    }
  })

  test('signs the time as well, where its header is named', () => {
    const options = optionsOf({ webhook: { secret: ['old', 'agreed'], header: 'X-Signed', timestampHeader: 'X-Signed-At' } })
    const body = JSON.stringify(alerts(alert))
    const at = (seconds: number | string, over = `${seconds}:${body}`) => ({ 'x-signed': hmac(over), 'x-signed-at': String(seconds) })
    const second = now.getTime() / 1000
    expect(accept(body, at(second - 10), options)).toMatchObject({ keep: true })
    expect(() => accept(body, at(second - 301), options)).toThrow(/five minutes/)
    expect(() => accept(body, at('soon'), options)).toThrow(refused('unauthorized'))
    expect(() => accept(body, at(second, body), options)).toThrow(refused('unauthorized'))
    expect(() => accept(body, { 'x-signed': hmac(`:${body}`) }, options)).toThrow(refused('unauthorized'))
  })

  test.each([
    [{ token: 'agreed' }, { authorization: 'Bearer agreed' }],
    [{ user: 'grafana', password: 'agreed' }, { authorization: `Basic ${Buffer.from('grafana:agreed').toString('base64')}` }],
    [{ header: 'Authorization', value: 'agreed' }, { authorization: 'agreed' }],
  ])('may show %j', (webhook, headers) => {
    expect(accept(onCall('acknowledge', '2026-03-02T10:45:00Z'), headers as Record<string, string>, optionsOf({ webhook }))).toMatchObject({
      keep: true,
    })
    expect(() => accept(alerts(alert), {}, optionsOf({ webhook }))).toThrow(refused('unauthorized'))
  })
})

describe('a contact point', () => {
  test('sends each alert as an incident', () => {
    expect(read(alerts(alert, { ...alert, fingerprint: 'd1', status: 'resolved', endsAt: '2026-03-02T10:50:00Z' }))).toEqual({
      facts: [
        {
          kind: 'incident',
          source: 'graf',
          id: 'c6eadffa33fcdf37@2026-03-02T10:40:10.000Z',
          service: 'checkout',
          severity: 'critical',
          title: 'High latency: p99 above two seconds',
          url: 'https://grafana.example.org/alerting/grafana/abc/view?orgId=1',
          openedAt: Date.parse('2026-03-02T10:40:10Z'),
          updatedAt: Date.parse('2026-03-02T10:40:10Z'),
        },
        expect.objectContaining({ id: 'd1@2026-03-02T10:40:10.000Z', resolvedAt: Date.parse('2026-03-02T10:50:00Z') }),
      ],
      changed: [],
    })
  })

  test.each(['DatasourceError', 'DatasourceNoData', 'TestAlert'])('that sends %s tells of no incident', (alertname) => {
    expect(accept(alerts({ ...alert, labels: { alertname } }))).toMatchObject({ keep: false, reply: expect.stringContaining('rule') })
  })

  test.each([
    ['nothing', ''],
    ['no object', '[1]'],
    ['a payload of its own', '{"text":"Checkout is slow"}'],
  ])('that sends %s is refused', (_what, body) => {
    expect(() => accept(body)).toThrow(refused('invalid'))
  })

  test('with a field that is wrong is kept, and the field is named', () => {
    const wrong = alerts({ ...alert, labels: null })
    expect(accept(wrong).keep).toBe(true)
    expect(() => read(wrong)).toThrow(/Grafana Alerting is not as its system describes it: alerts\.0\.labels/)
  })
})

describe('an alert group of on-call', () => {
  const created = onCall('alert group created', '2026-03-02T10:41:00.200000+00:00')
  const acknowledged = onCall('acknowledge', '2026-03-02T10:45:00+00:00', {
    state: 'acknowledged',
    acknowledged_at: '2026-03-02T10:45:00Z',
  })
  const resolved = onCall('resolve', '2026-03-02T10:55:00+00:00', {
    state: 'resolved',
    acknowledged_at: '2026-03-02T10:45:00Z',
    resolved_at: '2026-03-02T10:54:59.9Z',
  })

  test('is one incident, as each event leaves it', () => {
    const fact = {
      kind: 'incident',
      source: 'graf',
      id: 'group:I2NKM1QTN1H2C',
      service: 'checkout',
      severity: 'high',
      title: 'Checkout is slow',
      url: 'https://acme.grafana.net/a/grafana-oncall-app/alert-groups/I2NKM1QTN1H2C',
      openedAt: Date.parse('2026-03-02T10:41:00.123Z'),
    }
    expect([created, acknowledged, resolved].map((sent) => read(sent).facts)).toEqual([
      [{ ...fact, updatedAt: Date.parse('2026-03-02T10:41:00.2Z') }],
      [{ ...fact, acknowledgedAt: Date.parse('2026-03-02T10:45:00Z'), updatedAt: Date.parse('2026-03-02T10:45:00Z') }],
      [
        {
          ...fact,
          acknowledgedAt: Date.parse('2026-03-02T10:45:00Z'),
          resolvedAt: Date.parse('2026-03-02T10:54:59.9Z'),
          updatedAt: Date.parse('2026-03-02T10:55:00Z'),
        },
      ],
    ])
  })

  test('that is opened again is open, and a silence does not end it', () => {
    const reopened = onCall('unresolve', '2026-03-02T11:05:00Z', { state: 'firing', resolved_at: '2026-03-02T10:54:59Z' })
    expect(read(reopened).facts[0]).not.toHaveProperty('resolvedAt')
    expect(read(onCall('silence', '2026-03-02T11:05:00Z', { state: 'silenced' })).facts[0]).not.toHaveProperty('resolvedAt')
  })

  test('is told by its own labels before those of its alert, and by its integration and team', () => {
    const labelled = onCall('alert group created', '2026-03-02T10:41:00Z', { labels: { service: 'till' } })
    const service = (sent: unknown, rule: unknown) => read(sent, optionsOf({ service: rule })).facts[0]
    expect(service(labelled, 'service')).toMatchObject({ service: 'till' })
    expect(service(created, ['team'])).toMatchObject({ service: 'payments' })
    expect(service(created, { label: 'integration', pattern: '^(\\w+) alerts$' })).toMatchObject({ service: 'Shop' })
    expect(
      service(onCall('alert group created', '2026-03-02T10:41:00Z', {}, { integration: null, alert_payload: 'text' }), ['service']),
    ).not.toHaveProperty('service')
  })

  test('counts by the rule', () => {
    const options = optionsOf({ alerts: { severity: '^critical$' } })
    expect(accept(created, undefined, options)).toMatchObject({ keep: false })
    expect(read(created, options).facts).toEqual([])
  })

  test('without its time or its end takes what is known', () => {
    const bare = onCall('resolve', '2026-03-02T10:55:00Z', { state: 'resolved' })
    expect(read(bare).facts[0]).toMatchObject({ resolvedAt: Date.parse('2026-03-02T10:55:00Z') })
    expect(read({ ...bare, event: { type: 'resolve', time: null } }).facts[0]).toMatchObject({
      resolvedAt: now.getTime(),
      updatedAt: now.getTime(),
    })
  })
})

test('whatever is sent, it is refused as invalid or gives facts that can be stored', () => {
  const anything = fc.jsonValue({ maxDepth: 2 })
  const moment = fc.oneof(
    fc.constantFrom('2026-03-02T10:41:00.123456Z', '0001-01-01T00:00:00Z', '9998-01-01T00:00:00+14:00', null),
    anything,
  )
  const texts = fc.oneof(
    fc.dictionary(fc.constantFrom('alertname', 'service', 'severity', '__proto__'), fc.oneof(fc.string({ unit: 'binary' }), anything)),
    anything,
  )
  const someAlert = fc.record(
    { status: fc.constantFrom('firing', 'resolved', null), labels: texts, annotations: texts, startsAt: moment, endsAt: moment },
    { requiredKeys: [] },
  )
  const some = <T>(value: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: anything as fc.Arbitrary<unknown> })
  const group = fc.record({
    event: some(fc.record({ type: fc.constant('resolve'), time: moment })),
    alert_group: some(
      fc.record({
        id: some(fc.string({ unit: 'binary', maxLength: 600 })),
        state: some(fc.constantFrom('firing', 'resolved')),
        created_at: moment,
        acknowledged_at: moment,
        resolved_at: moment,
        title: some(fc.string({ unit: 'binary' })),
        permalinks: some(fc.record({ web: some(fc.webUrl()) })),
        labels: texts,
      }),
    ),
    integration: some(fc.record({ name: some(fc.string()), team: some(fc.string()) })),
    alert_payload: some(fc.record({ commonLabels: texts, labels: texts })),
  })
  const time = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())
  fc.assert(
    fc.property(fc.oneof(group, fc.record({ alerts: fc.array(someAlert, { maxLength: 3 }) }), anything), (body) => {
      try {
        accept(body)
        for (const fact of read(body).facts) {
          const { kind: _kind, ...incident } = fact as { kind: string } & Incident
          const times = {
            openedAt: time(incident.openedAt),
            acknowledgedAt: time(incident.acknowledgedAt),
            resolvedAt: time(incident.resolvedAt),
          }
          expect(Incident.safeParse({ ...incident, ...times, updatedAt: time(incident.updatedAt) }).error).toBeUndefined()
        }
      } catch (error) {
        expect(error).toBeInstanceOf(ShiplogError)
        expect((error as ShiplogError).code).toBe('invalid')
      }
    }),
    { numRuns: 300 },
  )
})
