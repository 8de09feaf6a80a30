import { describe, expect, test } from 'vitest'
import { Incident } from '../../server/facts.ts'
import { Alert, AlertRule, alertFact, fingerprintOf, whyNoIncident } from '../../server/sources/alert-incident.ts'

const filing = { sourceId: 'alerts', receivedAt: Date.parse('2026-03-02T11:00:00Z') }
const options = { alerts: true as const, except: {}, service: ['service'], severity: 'severity' }

function alert(fields: Record<string, unknown> = {}): Alert {
  return Alert.parse({
    status: 'firing',
    labels: { alertname: 'HighErrorRate', service: 'shop', severity: 'critical' },
    annotations: { summary: 'Five in a hundred requests fail' },
    startsAt: '2026-03-02T10:00:00.123456789Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: 'http://prometheus:9090/graph?g0.expr=up',
    fingerprint: 'aaaaaaaaaaaaaaaa',
    ...fields,
  })
}

describe('the fingerprint of labels', () => {
  test.each([
    ['952a6219e8df7701', { alertname: 'Down', job: 'node' }],
    ['952a6219e8df7701', { job: 'node', alertname: 'Down' }],
    ['91aa1da82a88092a', { alertname: 'HighErrorRate', service: 'shop', severity: 'critical', zone: 'Zürich 北' }],
    ['cbf29ce484222325', {}],
  ])('is %s, as Alertmanager 0.25 has it', (fingerprint, labels) => {
    expect(fingerprintOf(labels)).toBe(fingerprint)
  })
})

describe('an alert', () => {
  test('that fires is an open incident, named by its fingerprint and its start', () => {
    expect(alertFact(alert(), options, filing)).toEqual({
      kind: 'incident',
      source: 'alerts',
      id: 'aaaaaaaaaaaaaaaa@2026-03-02T10:00:00.123Z',
      service: 'shop',
      severity: 'critical',
      title: 'HighErrorRate: Five in a hundred requests fail',
      url: 'http://prometheus:9090/graph?g0.expr=up',
      openedAt: Date.parse('2026-03-02T10:00:00.123Z'),
      updatedAt: Date.parse('2026-03-02T10:00:00.123Z'),
    })
  })

  test('that is over is the same incident, resolved', () => {
    const over = alertFact(alert({ status: 'resolved', endsAt: '2026-03-02T11:30:00+01:00' }), options, filing)
    expect(over).toMatchObject({
      id: 'aaaaaaaaaaaaaaaa@2026-03-02T10:00:00.123Z',
      resolvedAt: Date.parse('2026-03-02T10:30:00Z'),
      updatedAt: Date.parse('2026-03-02T10:30:00Z'),
    })
  })

  test('that fires again is another incident', () => {
    const again = alertFact(alert({ startsAt: '2026-03-02T12:00:00Z' }), options, filing)
    expect(again).toMatchObject({ id: 'aaaaaaaaaaaaaaaa@2026-03-02T12:00:00.000Z' })
  })

  test('without a fingerprint has that of its labels', () => {
    expect(alertFact(alert({ fingerprint: null, labels: { alertname: 'Down', job: 'node' } }), options, filing)).toMatchObject({
      id: '952a6219e8df7701@2026-03-02T10:00:00.123Z',
    })
  })

  test.each([
    [{ status: null, endsAt: '0001-01-01T00:00:00Z' }, undefined],
    [{ status: null, endsAt: '2026-03-02T10:59:59Z' }, '2026-03-02T10:59:59Z'],
    [{ status: null, endsAt: '2026-03-02T11:00:01Z' }, undefined],
    [{ status: 'resolved', endsAt: '0001-01-01T00:00:00Z' }, '2026-03-02T11:00:00Z'],
    [{ status: 'resolved', endsAt: '2026-03-02T09:00:00Z' }, '2026-03-02T10:00:00.123Z'],
    [{ status: 'firing', endsAt: '2026-03-02T10:30:00Z' }, undefined],
  ])('of %j is over at %s', (fields, resolvedAt) => {
    const { resolvedAt: told } = alertFact(alert(fields), options, filing) as Incident
    expect(told).toBe(resolvedAt === undefined ? undefined : Date.parse(resolvedAt))
  })

  test.each([
    ['a NUL and half a character', { alertname: 'Down\0', service: 'shop\ud800' }, { title: 'Down\ufffd', service: 'shop\ufffd' }],
    ['long texts', { alertname: 'x'.repeat(2000), severity: 's'.repeat(200) }, { title: 'x'.repeat(1000), severity: 's'.repeat(100) }],
    ['no name', {}, { title: 'An alert without a name' }],
  ])('with %s is one that can be stored', (_what, labels, expected) => {
    const { kind: _kind, ...fact } = alertFact(alert({ labels, annotations: {} }), options, filing) as { kind: string } & Incident
    expect(fact).toMatchObject(expected)
    const time = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())
    const sent = { ...fact, openedAt: time(fact.openedAt), resolvedAt: time(fact.resolvedAt), updatedAt: time(fact.updatedAt) }
    expect(Incident.safeParse(sent).error).toBeUndefined()
  })

  test.each(['', 'javascript:alert(1)', 'http://', 'http://a b', `http://x/${'a'.repeat(2000)}`, 'not an address'])(
    'leaves out the address %j',
    (generatorURL) => {
      expect(alertFact(alert({ generatorURL }), options, filing)).not.toHaveProperty('url')
    },
  )

  test('that began before 1970 is none', () => {
    expect(Alert.safeParse({ ...alert(), startsAt: '0001-01-01T00:00:00Z', endsAt: null }).success).toBe(false)
  })
})

describe('a rule', () => {
  const rule = { alerts: { severity: '^(critical|page)$', env: '^prod' }, except: { alertname: '^Watchdog$' } }

  test.each([
    [{ severity: 'critical', env: 'production' }, null],
    [{ severity: 'warning', env: 'production' }, 'Its label severity is warning.'],
    [{ severity: 'page' }, 'It has no label env.'],
    [{ severity: 'page', env: 'prod', alertname: 'Watchdog' }, 'Its label alertname is what `except` leaves out.'],
  ])('says of %j: %s', (labels, reason) => {
    expect(whyNoIncident(rule, labels as Record<string, string>)).toBe(reason)
  })

  test('of true counts all', () => {
    expect(whyNoIncident({ alerts: true, except: {} }, {})).toBeNull()
  })

  test.each([[{}], [{ severity: '(' }], ['critical'], [false]])('of %j is refused with what to write', (given) => {
    expect(AlertRule.safeParse(given).error?.issues[0]?.message).toMatch(/severity|RE2/)
  })
})
