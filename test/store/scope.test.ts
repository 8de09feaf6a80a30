import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ingest } from '../../server/collector/ingest.ts'
import { addDays } from '../../server/metrics/windows.ts'
import { resolveScope, startOfDay } from '../../server/store/scope.ts'
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

/** commerce > payments > cards, and two teams beside. */
const nested = configOf({
  timeZone: 'Europe/Berlin',
  teams: [
    { id: 'cards', title: 'Cards', parent: 'payments' },
    { id: 'commerce', title: 'Commerce' },
    { id: 'payments', title: 'Payments', parent: 'commerce' },
    { id: 'data', title: 'Data' },
    { id: 'people', title: 'People' },
  ],
  services: [
    {
      id: 'checkout',
      sources: [],
      was: [],
      teams: [
        { team: 'commerce', from: null },
        { team: 'cards', from: '2026-02-01' },
        { team: 'payments', from: '2026-03-01' },
      ],
    },
    {
      id: 'ledger',
      sources: [],
      was: [],
      teams: [
        { team: 'payments', from: null },
        { team: 'data', from: '2026-03-29' },
        { team: 'cards', from: '2026-10-26' },
      ],
    },
    { id: 'cards-api', sources: [], was: [], teams: [{ team: 'cards', from: '2026-03-30' }] },
    { id: 'search', sources: [], was: [], teams: [] },
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

  test('a team has what the teams within it own, however deep, and a handover among them leaves no seam', async () => {
    const { services, title } = await resolveScope(open().db, nested, 'team:commerce')
    expect(title).toBe('Commerce')
    expect(services).toEqual([
      { service: 'checkout', from: null, to: null },
      { service: 'ledger', from: null, to: Date.parse('2026-03-28T23:00:00Z') },
      { service: 'ledger', from: Date.parse('2026-10-25T23:00:00Z'), to: null },
      { service: 'cards-api', from: Date.parse('2026-03-29T22:00:00Z'), to: null },
    ])
  })

  test.each([
    ['team:payments', ['checkout', 'ledger', 'ledger', 'cards-api']],
    ['team:cards', ['checkout', 'ledger', 'cards-api']],
    ['team:data', ['ledger']],
    ['team:people', []],
  ])('%s has nothing of the teams above and beside it', async (scope, expected) => {
    expect((await resolveScope(open().db, nested, scope)).services.map(({ service }) => service)).toEqual(expected)
  })

  test('at any instant a service is in its owner and in each team above, once, and in no other', async () => {
    const forest = fc.array(fc.nat({ max: 6 }), { minLength: 7, maxLength: 7 })
    const handovers = fc.array(fc.record({ days: fc.nat({ max: 40 }), owner: fc.nat({ max: 6 }) }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(forest, handovers, fc.nat({ max: 1000 }), async (numbers, given, hours) => {
        // A parent comes before its children, which makes a tree of any numbers.
        const teams = numbers.map((number, n) => ({ id: `t${n}`, title: `t${n}`, ...(number < n ? { parent: `t${number}` } : {}) }))
        const days = new Map(given.map(({ days, owner }) => [addDays('2026-03-10', days), `t${owner}`]))
        const owners = [...days].sort().map(([from, team]) => ({ team, from }))
        const config = configOf({ timeZone: 'Europe/Berlin', teams, services: [{ id: 's', sources: [], was: [], teams: owners }] })
        const at = startOfDay('2026-03-10', config.timeZone) + hours * 3_600_000
        const within = new Set<string>()
        let owner = owners.findLast(({ from }) => startOfDay(from, config.timeZone) <= at)?.team
        for (; owner !== undefined; owner = teams.find(({ id }) => id === owner)?.parent) within.add(owner)
        for (const { id } of teams) {
          const { services } = await resolveScope(open().db, config, `team:${id}`)
          const now = services.filter(({ from, to }) => (from === null || from <= at) && (to === null || at < to))
          expect(now, id).toHaveLength(within.has(id) ? 1 : 0)
          for (const [n, { from }] of services.slice(1).entries()) expect(from).toBeGreaterThan(services[n]?.to ?? Number.POSITIVE_INFINITY)
        }
      }),
    )
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
