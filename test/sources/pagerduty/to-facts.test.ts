import { describe, expect, test } from 'vitest'
import { Incident, LogEntry } from '../../../server/sources/pagerduty/payloads.ts'
import { factOf, reasonAgainst } from '../../../server/sources/pagerduty/to-facts.ts'
import { at, entry, incident, iso, optionsOf, resolved, sound } from '../../support/pagerduty-things.ts'

function fact(whole: Record<string, unknown>, fields: Record<string, unknown> = {}) {
  const log = ((whole._log as unknown[]) ?? []).map((one) => LogEntry.parse(one))
  return sound(factOf(Incident.parse(whole), log, optionsOf(fields), 'pager'))
}

describe('an incident', () => {
  test('that is over tells when it was noticed and when it ended', () => {
    expect(fact(resolved('Q1', '10:05', '11:00'))).toEqual({
      kind: 'incident',
      source: 'pager',
      id: 'Q1',
      url: 'https://acme.pagerduty.com/incidents/Q1',
      updatedAt: at('11:00'),
      service: 'Shop',
      title: 'Down Q1',
      severity: 'high',
      openedAt: at('10:00'),
      acknowledgedAt: at('10:05'),
      resolvedAt: at('11:00'),
    })
  })

  test('that is open has no end, also once it was opened again', () => {
    expect(fact(incident('Q1'))).not.toHaveProperty('resolvedAt')
    const reopened = resolved('Q1', '10:05', '11:00', { status: 'triggered', last_status_change_at: iso('11:30') })
    expect(fact(reopened)).toMatchObject({ updatedAt: at('11:30'), acknowledgedAt: at('10:05') })
    expect(fact(reopened)).not.toHaveProperty('resolvedAt')
  })

  test('closed once more ended the last time, and was noticed the first', () => {
    const log = [entry('resolve', '13:00'), entry('acknowledge', '12:30'), entry('resolve', '11:00'), entry('acknowledge', '10:05')]
    expect(fact(resolved('Q1', '10:05', '13:00', { _log: log }))).toMatchObject({ acknowledgedAt: at('10:05'), resolvedAt: at('13:00') })
  })

  test('without a log is told by itself', () => {
    expect(fact(resolved('Q1', '', '11:00', { _log: [] }))).toMatchObject({ resolvedAt: at('11:00') })
    const older = resolved('Q1', '', '11:00', { _log: [], resolved_at: null, updated_at: null })
    expect(fact(older)).toMatchObject({ resolvedAt: at('11:00'), updatedAt: at('11:00') })
    expect(fact(incident('Q1', { status: 'acknowledged', acknowledgements: [{ at: iso('10:04') }], _log: [] }))).toMatchObject({
      acknowledgedAt: at('10:04'),
    })
  })

  test('never ends before it begins', () => {
    expect(fact(resolved('Q1', '09:00', '09:30'))).toMatchObject({ acknowledgedAt: at('10:00'), resolvedAt: at('10:00') })
  })

  test('has the severity of its priority', () => {
    expect(fact(incident('Q1', { priority: { id: 'PP1', summary: 'P1', name: 'P1' } }))).toMatchObject({ severity: 'P1' })
  })

  test('is of the service that a rule says, or of none', () => {
    expect(fact(incident('Q1'), { service: 'escalationPolicy' })).toMatchObject({ service: 'Default' })
    expect(fact(incident('Q1'), { service: [{ label: 'serviceId', pattern: '^PSHOP$', service: 'shop' }] })).toMatchObject({
      service: 'shop',
    })
    expect(fact(incident('Q1', { teams: [{ summary: 'Till' }] }), { service: 'team' })).toMatchObject({ service: 'Till' })
    expect(fact(incident('Q1', { service: null }))).not.toHaveProperty('service')
  })

  test.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    ['of low urgency', { urgency: 'low' }, {}, 'its urgency is low'],
    ['of another priority', { priority: { summary: 'P4' } }, { priorities: ['P1', 'P2'] }, 'its priority is P4'],
    ['without a priority', {}, { priorities: ['P1'] }, 'it has no priority'],
    ['of another service', {}, { services: ['Till', 'PTILL'] }, 'the service Shop is not among services'],
    ['that was merged', { resolve_reason: { type: 'merge_resolve_reason' } }, {}, 'it was merged into another incident'],
  ])('%s does not count, and is withdrawn', (_, more, fields, reason) => {
    expect(reasonAgainst(Incident.parse(incident('Q1', more)), optionsOf(fields))).toBe(reason)
    expect(fact(incident('Q1', more), fields)).toEqual({ kind: 'withdrawal', of: 'incident', source: 'pager', id: 'Q1', ifStanding: true })
  })

  test.each<[Record<string, unknown>, Record<string, unknown>]>([
    [{ urgency: 'low' }, { urgencies: ['high', 'low'] }],
    [{ priority: { summary: 'P2' } }, { priorities: ['P1', 'P2'] }],
    [{}, { services: ['PSHOP'] }],
    [{}, { services: ['Shop'] }],
  ])('of %j counts by %j', (more, fields) => {
    expect(fact(incident('Q1', more), fields)).toMatchObject({ kind: 'incident' })
  })
})
