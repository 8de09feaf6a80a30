import { describe, expect, test } from 'vitest'
import { flatten } from '../../../server/sources/elastic/payloads.ts'
import { readAlert, readWatch } from '../../../server/sources/elastic/to-facts.ts'
import { alertOf, at, iso, optionsOf } from './things.ts'

const read = (fields: Record<string, unknown>, options = {}) => readAlert(optionsOf(options), 'elastic', flatten(alertOf(fields)))
const watch = (fields: Record<string, unknown>) => readWatch(optionsOf(), 'elastic', flatten({ watch_id: 'disk', id: 'disk_1', ...fields }))

const open = {
  kind: 'incident',
  source: 'elastic',
  id: 'a-1',
  title: 'Latency: shop-production',
  service: 'shop',
  severity: 'critical',
  url: 'https://kibana.example.org/app/observability/alerts/a-1',
  openedAt: at('10:00'),
  updatedAt: at('10:00'),
}

describe('an alert', () => {
  test('that is active is an open incident', () => {
    expect(read({})).toEqual({ fact: open })
  })

  test('that recovered is a resolved one', () => {
    const fields = { 'kibana.alert.status': 'recovered', 'kibana.alert.end': iso('11:00') }
    expect(read(fields)).toEqual({ fact: { ...open, resolvedAt: at('11:00'), updatedAt: at('11:00') } })
  })

  test('reads the same whether its fields are nested or not', () => {
    const alert = { uuid: 'a-1', status: 'active', start: iso('10:00'), rule: { name: 'Latency' }, instance: { id: '*' } }
    const document = flatten({ kibana: { alert }, service: { name: 'shop' } })
    const { severity: _, url: __, ...rest } = open
    expect(readAlert(optionsOf(), 'elastic', document)).toEqual({ fact: { ...rest, title: 'Latency' } })
  })

  test('whose rule was switched off ends when Kibana stopped to look', () => {
    const fields = { 'kibana.alert.status': 'untracked', 'kibana.alert.end': iso('10:20') }
    expect(read(fields)).toEqual({ fact: { ...open, resolvedAt: at('10:20'), updatedAt: at('10:20') } })
  })

  test('is acknowledged and closed by people', () => {
    const time = { 'kibana.alert.workflow_status_updated_at': iso('10:05') }
    expect(read({ 'kibana.alert.workflow_status': 'acknowledged', ...time })).toEqual({
      fact: { ...open, acknowledgedAt: at('10:05'), updatedAt: at('10:05') },
    })
    expect(read({ 'kibana.alert.workflow_status': 'closed', ...time })).toEqual({
      fact: { ...open, acknowledgedAt: at('10:05'), resolvedAt: at('10:05'), updatedAt: at('10:05') },
    })
  })

  test('that ends before it begins, by clocks that differ, ends at once', () => {
    const fields = { 'kibana.alert.status': 'recovered', 'kibana.alert.end': iso('09:59') }
    expect(read(fields)).toEqual({ fact: { ...open, resolvedAt: at('10:00') } })
  })

  test.each([
    [{ 'service.environment': 'staging' }, {}, 'staging is not production'],
    [{ 'service.environment': 'blue' }, { environments: { production: '^green$' } }, 'blue is not production'],
    [{}, { rules: '^prod-' }, 'its rule is not among those of the option rules'],
    [{ 'kibana.alert.rule.producer': 'siem' }, {}, 'it is an alert of security, and securityAlerts is false'],
  ])('%j under %j is none', (fields, options, reason) => {
    expect(read(fields, options)).toEqual({ reason })
  })

  test('of an environment that no rule knows counts', () => {
    expect(read({ 'service.environment': 'blue' })).toEqual({ fact: open })
  })

  test('belongs to the service, and is of the severity, that its fields say', () => {
    const options = {
      service: { label: 'kibana.alert.instance.id', pattern: '^(.+)-production$' },
      severity: { label: 'tags', pattern: 'p(\\d)' },
    }
    expect(read({ 'service.name': 'other', tags: ['page', 'p1'] }, options)).toMatchObject({ fact: { service: 'shop', severity: '1' } })
    expect(read({ 'service.name': null }).valueOf()).not.toHaveProperty('fact.service')
  })

  test.each(['kibana.alert.uuid', 'kibana.alert.start', 'kibana.alert.status'])('without %s is refused', (field) => {
    expect(() => read({ [field]: ' ' })).toThrow(`does not say ${field}`)
  })
})

describe('a watch', () => {
  test('opens an incident with each execution that says no other name', () => {
    expect(watch({ execution_time: iso('10:00'), metadata: { service: 'shop', severity: 2 } })).toEqual({
      fact: {
        kind: 'incident',
        source: 'elastic',
        id: 'watch:disk:disk_1',
        title: 'disk',
        service: 'shop',
        severity: '2',
        openedAt: at('10:00'),
        updatedAt: at('10:00'),
      },
    })
  })

  test('that names what it watches is ended under that name', () => {
    const named = { incident: 'node-7', start: iso('10:00') }
    expect(watch({ ...named, execution_time: iso('10:10') })).toMatchObject({ fact: { id: 'watch:disk:node-7', openedAt: at('10:00') } })
    expect(watch({ ...named, status: 'recovered', execution_time: iso('10:30') })).toMatchObject({
      fact: { id: 'watch:disk:node-7', openedAt: at('10:00'), resolvedAt: at('10:30'), updatedAt: at('10:30') },
    })
  })

  test('that ended and does not say when it began is refused', () => {
    expect(() => watch({ status: 'recovered', execution_time: iso('10:30') })).toThrow('does not say start')
  })
})
