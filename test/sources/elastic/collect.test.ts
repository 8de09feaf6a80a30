import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Fact } from '../../../server/facts.ts'
import { createElasticSource } from '../../../server/sources/elastic/index.ts'
import type { Context } from '../../../server/sources/source.ts'
import { apiKey, type ElasticFake, startElastic } from '../../fakes/elastic/server.ts'
import { alertOf, at, contextOf, iso, now, optionsOf } from './things.ts'

const source = createElasticSource(1)
let fake: ElasticFake
beforeEach(async () => {
  fake = await startElastic()
})
afterEach(() => fake.stop())

const options = (fields = {}) => optionsOf({ url: fake.url, token: apiKey, ...fields })

async function collect(cursor: string | null = null, { ctx = contextOf(), most = Number.POSITIVE_INFINITY, fields = {} } = {}) {
  const facts: Fact[] = []
  let batches = 0
  for await (const batch of source.collect?.(options(fields), cursor, ctx as Context) ?? []) {
    facts.push(...batch.facts)
    cursor = batch.cursor
    batches += 1
    if (batches === most) break
  }
  return { facts, cursor, ids: facts.map((fact) => ('id' in fact ? String(fact.id) : '')) }
}

/** So many alerts, one a minute, many with the time of another, in no order. */
function many(count: number) {
  const first = now.getTime() - count * 30_000
  const alerts = Array.from({ length: count }, (_, n) => {
    const time = new Date(first + Math.floor(n / 2) * 60_000).toISOString()
    return alertOf({ 'kibana.alert.uuid': `a-${String(n).padStart(5, '0')}`, '@timestamp': time, 'kibana.alert.start': time })
  })
  return alerts.sort((a, b) => String(a['kibana.alert.uuid']).slice(-1).localeCompare(String(b['kibana.alert.uuid']).slice(-1)))
}

describe('alerts', () => {
  test('are collected, open and recovered', async () => {
    fake.alerts = [alertOf(), alertOf({ 'kibana.alert.uuid': 'a-2', 'kibana.alert.status': 'recovered', 'kibana.alert.end': iso('11:00') })]
    const { facts } = await collect()
    expect(facts).toMatchObject([
      { kind: 'incident', source: 'elastic', id: 'a-1', service: 'shop', severity: 'critical', openedAt: at('10:00') },
      { id: 'a-2', openedAt: at('10:00'), resolvedAt: at('11:00') },
    ])
    expect(facts[0]).not.toHaveProperty('resolvedAt')
  })

  test('are read page by page, none lost or doubled, in three requests for 1,200', async () => {
    fake.alerts = many(1200)
    const { ids } = await collect()
    expect(ids).toHaveLength(1200)
    expect(new Set(ids).size).toBe(1200)
    expect(fake.requests).toHaveLength(3)
  })

  test('are gone on with from where a run was cut', async () => {
    fake.alerts = many(1200)
    const cut = await collect(null, { most: 1 })
    const rest = await collect(cut.cursor)
    expect(new Set([...cut.ids, ...rest.ids]).size).toBe(1200)
    expect(rest.ids.length).toBeLessThan(750)
  })

  test('that change are read again, and older ones are not', async () => {
    fake.alerts = [alertOf({ '@timestamp': iso('08:00'), 'kibana.alert.uuid': 'old' }), alertOf()]
    const first = await collect()
    expect(first.ids).toEqual(['old', 'a-1'])
    fake.alerts[1] = alertOf({ '@timestamp': iso('11:30'), 'kibana.alert.status': 'recovered', 'kibana.alert.end': iso('11:30') })
    fake.alerts.push(alertOf({ '@timestamp': iso('10:25'), 'kibana.alert.uuid': 'late' }))
    const second = await collect(first.cursor)
    expect(second.facts).toMatchObject([{ id: 'late' }, { id: 'a-1', resolvedAt: at('11:30') }])
  })

  test('that do not count, or do not say what they must, are told and stop nobody', async () => {
    fake.alerts = [
      alertOf({ 'service.environment': 'test' }),
      alertOf({ 'kibana.alert.uuid': 'a-2', 'kibana.alert.start': 3 }),
      alertOf({ 'kibana.alert.uuid': 'a-3' }),
    ]
    const ctx = contextOf()
    expect((await collect(null, { ctx })).ids).toEqual(['a-3'])
    expect(ctx.notes).toEqual([
      '1 of 3 alerts are no incidents: test is not production.',
      '1 of 3 alerts are no incidents: its document does not say kibana.alert.start.',
    ])
  })

  test('of security are left out unless they are wanted; a query goes along', async () => {
    fake.alerts = [alertOf({ 'kibana.alert.rule.producer': 'siem' })]
    expect((await collect()).ids).toEqual([])
    expect((await collect(null, { fields: { securityAlerts: true, query: 'tags: page' } })).ids).toEqual(['a-1'])
    expect(JSON.stringify(fake.searches.at(-1))).toContain('"query_string":{"query":"tags: page"}')
  })

  test('named by deliveries are asked for', async () => {
    fake.alerts = [alertOf(), alertOf({ 'kibana.alert.uuid': 'a-2' })]
    const facts: Fact[] = []
    for await (const batch of source.refresh?.(options(), ['a-2', 'gone'], null, contextOf()) ?? []) facts.push(...batch.facts)
    expect(facts).toMatchObject([{ id: 'a-2' }])
  })

  test('are shown with what they would be', async () => {
    fake.alerts = [alertOf({ 'service.environment': 'test' }), alertOf({ 'kibana.alert.uuid': 'a-2', 'service.name': null })]
    const preview = await source.preview?.(options(), contextOf())
    expect(preview).toEqual({
      rule: 'Each alert is an incident.',
      rows: [
        { name: 'Latency: shop-production', at: at('10:00'), counted: true, reason: null, group: 'no service' },
        { name: 'Latency: shop-production', at: at('10:00'), counted: false, reason: 'test is not production', group: 'shop' },
      ],
      hints: ['1 alerts belong to no service: name the field that says it in service.'],
    })
  })
})

describe('Elasticsearch', () => {
  test('takes a user with a password, too', async () => {
    fake.alerts = [alertOf()]
    expect((await collect(null, { fields: { token: undefined, user: 'elastic', password: 'changeme' } })).ids).toEqual(['a-1'])
  })

  test('that refuses the key is not one without alerts', async () => {
    await expect(collect(null, { fields: { token: 'wrong' } })).rejects.toThrow(
      'refuses the credentials (401). Make an API key that may read .alerts-*',
    )
  })

  test('that does not show the index is not one without alerts', async () => {
    await expect(collect(null, { fields: { index: 'logs-*' } })).rejects.toThrow('has no index logs-*, or does not show it to this key')
  })

  test('that is busy for a moment is asked again', async () => {
    fake.alerts = [alertOf()]
    fake.faults = [{ status: 429, headers: { 'retry-after': '0' } }, { status: 503 }]
    expect((await collect()).ids).toEqual(['a-1'])
    expect(fake.requests).toHaveLength(3)
  })

  test.each([
    ['stays broken', Array(4).fill({ status: 502 }), 'answers with 502'],
    [
      'answers in part',
      [{ status: 200, body: { timed_out: false, _shards: { failed: 1 }, hits: { hits: [] } } }],
      'a part of the alerts only',
    ],
    ['answers in time only in part', [{ status: 200, body: { timed_out: true, hits: { hits: [] } } }], 'a part of the alerts only'],
    ['answers something else', [{ status: 200, body: { hello: 1 } }], 'is not what its API describes (hits'],
  ])('that %s is a failure', async (_what, faults, message) => {
    fake.faults = faults
    await expect(collect()).rejects.toThrow(message)
  })
})

test('a source that is only sent to collects nothing', async () => {
  const batches: unknown[] = []
  for await (const batch of source.collect?.(optionsOf(), null, contextOf()) ?? []) batches.push(batch)
  expect(batches).toEqual([])
})
