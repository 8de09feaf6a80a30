import { describe, expect, test } from 'vitest'
import { elasticReceiver } from '../../../server/sources/elastic/receive.ts'
import { alertOf, arriving, at, iso, now, optionsOf, secret } from './things.ts'

const filing = { sourceId: 'elastic', service: 'elastic', receivedAt: now.getTime() }
const accept = (delivery: ReturnType<typeof arriving>, options = {}) => elasticReceiver.accept(optionsOf(options), delivery)
const read = (body: unknown, options = {}) => elasticReceiver.read(optionsOf(options), arriving(body), filing)

/** What the template of docs/sources/elastic.md becomes. */
const rendered = {
  'kibana.alert.uuid': 'a-1',
  'kibana.alert.status': 'recovered',
  'kibana.alert.start': iso('10:00'),
  'kibana.alert.end': iso('11:00'),
  'kibana.alert.severity': 'critical',
  'kibana.alert.instance.id': 'shop-production',
  'kibana.alert.url': 'https://kibana.example.org/app/observability/alerts/a-1',
  'kibana.alert.rule.name': 'Latency',
  'kibana.alert.rule.tags': 'page,shop',
  'service.name': 'shop',
  'service.environment': '',
  '@timestamp': iso('11:00'),
}

describe('a delivery', () => {
  test('is kept under a name that an equal one has too', () => {
    const first = accept(arriving(rendered))
    expect(first).toEqual({ key: expect.stringMatching(/^sha256:/), keep: true, reply: null })
    expect(accept(arriving(rendered)).key).toBe(first.key)
    expect(accept(arriving({ ...rendered, more: 1 })).key).not.toBe(first.key)
  })

  test.each([
    ['no secret', { headers: { authorization: '' } }, {}],
    ['another', { headers: { authorization: 'Bearer other' } }, {}],
    ['one where none was agreed', {}, { webhook: undefined, url: 'http://es:9200' }],
  ])('with %s is refused', (_what, more, options) => {
    expect(() => accept(arriving(rendered, more), options)).toThrow(expect.objectContaining({ code: 'unauthorized' }))
  })

  test('may show its secret in the address, by a header, or as user and password', () => {
    expect(accept(arriving(rendered, { headers: { authorization: '' }, query: { token: secret } }))).toMatchObject({ keep: true })
    const header = { webhook: { header: 'X-Shiplog', value: 'one' } }
    expect(accept(arriving(rendered, { headers: { 'x-shiplog': 'one' } }), header)).toMatchObject({ keep: true })
    const basic = `Basic ${Buffer.from('kibana:two').toString('base64')}`
    const login = { webhook: { user: 'kibana', password: 'two' } }
    expect(accept(arriving(rendered, { headers: { authorization: basic } }), login)).toMatchObject({ keep: true })
  })

  test.each(['', '[]', '3', 'not json', '{}', '{"alerts":[{}]}'])('of %j is refused', (body) => {
    expect(() => accept(arriving(body))).toThrow(expect.objectContaining({ code: 'invalid' }))
  })

  test('without any alert is not kept', () => {
    expect(accept(arriving({ alerts: [] }))).toMatchObject({ keep: false, reply: 'It holds no alert.' })
  })
})

describe('what it says', () => {
  test('is the same as what is collected of the alert', () => {
    const collected = read(alertOf({ 'kibana.alert.status': 'recovered', 'kibana.alert.end': iso('11:00') }))
    expect(read(rendered)).toEqual(collected)
    expect(collected.facts).toMatchObject([{ id: 'a-1', openedAt: at('10:00'), resolvedAt: at('11:00') }])
  })

  test('may be several alerts', () => {
    const { facts } = read({ alerts: [alertOf(), alertOf({ 'kibana.alert.uuid': 'a-2' })] })
    expect(facts.map((fact) => 'id' in fact && fact.id)).toEqual(['a-1', 'a-2'])
  })

  test('is asked for where Kibana does not tell an action when the alert began', () => {
    const without = { ...rendered, 'kibana.alert.start': '' }
    expect(read(without, { url: 'http://es:9200' })).toEqual({ facts: [], changed: ['a-1'] })
    expect(() => read(without)).toThrow('kibana.alert.start')
  })

  test('of a watch may be its whole context', () => {
    const ctx = {
      watch_id: 'disk',
      id: 'disk_1',
      execution_time: iso('10:00'),
      metadata: { service: 'shop' },
      payload: { hits: { total: 3 } },
    }
    const facts = [expect.objectContaining({ id: 'watch:disk:disk_1', service: 'shop', openedAt: at('10:00') })]
    expect(read(ctx).facts).toEqual(facts)
    expect(read({ ctx }).facts).toEqual(facts)
  })

  test('may be nothing that counts', () => {
    expect(read(alertOf({ 'service.environment': 'test' }))).toEqual({ facts: [], changed: [] })
  })
})
