import { describe, expect, test } from 'vitest'
import { ingest } from '../../server/collector/ingest.ts'
import { resolveScope } from '../../server/store/scope.ts'
import { deployment, now } from '../collector/facts-fixture.ts'
import { configOf, testStore } from '../support/stores.ts'

const config = configOf({
  timeZone: 'Europe/Berlin',
  teams: [
    { id: 'payments', title: 'Payments' },
    { id: 'growth', title: 'Growth' },
  ],
  services: [
    {
      id: 'checkout',
      sources: [],
      was: ['shop'],
      teams: [
        { team: 'payments', from: null },
        { team: 'growth', from: '2026-03-29' },
        { team: 'payments', from: '2026-03-30' },
      ],
    },
    { id: 'search', sources: [], was: [], teams: [{ team: 'growth', from: null }] },
  ],
})

describe('what a scope stands for', () => {
  const open = testStore('pglite')

  test('a team owns services from midnight of its time zone, summer time included', async () => {
    const { services, title } = await resolveScope(open().db, config, 'team:payments')
    expect(title).toBe('Payments')
    expect(services).toEqual([
      { service: 'checkout', from: null, to: Date.parse('2026-03-28T23:00:00Z') },
      { service: 'checkout', from: Date.parse('2026-03-29T22:00:00Z'), to: null },
    ])
  })

  test('a former name finds the service', async () => {
    expect(await resolveScope(open().db, config, 'service:shop')).toMatchObject({
      scope: 'service:checkout',
      services: [{ service: 'checkout' }],
    })
  })

  test('the organisation is every service that is configured or has facts', async () => {
    const store = open()
    await ingest(store, [deployment('d1', null, 1, { service: 'pushed' })], { now, config: configOf(), authority: 'push' })
    const { services } = await resolveScope(store.db, config, 'org')
    expect(services.map(({ service }) => service)).toEqual(['checkout', 'pushed', 'search'])
  })

  test.each([
    ['service:nope', 'not_found', 'checkout, search'],
    ['team:nope', 'not_found', 'payments, growth'],
    ['everything', 'invalid', 'service:ID'],
    ['team:', 'invalid', 'service:ID'],
  ])('%s is %s and told what there is', async (scope, code, hint) => {
    await expect(resolveScope(open().db, config, scope)).rejects.toMatchObject({ code, message: expect.stringContaining(hint) })
  })
})
