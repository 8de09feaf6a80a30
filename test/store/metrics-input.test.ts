import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ingest } from '../../server/collector/ingest.ts'
import type { Config } from '../../server/config.ts'
import type { LinkedChange } from '../../server/linked.ts'
import { computeMetrics } from '../../server/metrics/compute.ts'
import { readMetricsInput } from '../../server/store/metrics-input.ts'
import { resolveScope } from '../../server/store/scope.ts'
import { commit, deployment, incident, now } from '../collector/facts-fixture.ts'
import { configOf, testStore } from '../support/stores.ts'

const open = testStore('pglite')
const question = { from: '2026-01-01', to: '2026-02-01', bucket: 'week', environment: 'production' } as const

/** Two services of one repository, each with a deployment a day or two and with incidents; a third of another repository. */
const given = [
  ...Array.from({ length: 240 }, (_, n) => commit(n)),
  ...Array.from({ length: 20 }, (_, n) => deployment(`api-${n}`, n * 10 + 5, n + 1, { service: 'api', repository: 'shop' })),
  ...Array.from({ length: 10 }, (_, n) => deployment(`web-${n}`, n * 20 + 8, n * 2 + 1.4, { service: 'web', repository: 'shop' })),
  ...Array.from({ length: 8 }, (_, n) => deployment(`jobs-${n}`, null, n * 3 + 0.5, { service: 'jobs', repository: 'jobs' })),
  incident('slow', 6, { service: 'api', deployment: 'api-5', resolvedAt: Date.UTC(2026, 0, 12) }),
  incident('down', 9.6, { service: 'web', deployment: 'web-4', resolvedAt: Date.UTC(2026, 0, 16) }),
]

const owners = fc
  .uniqueArray(fc.record({ day: fc.integer({ min: 2, max: 28 }), team: fc.constantFrom('commerce', 'payments', 'cards', 'data') }), {
    minLength: 1,
    maxLength: 5,
    selector: ({ day }) => day,
  })
  .map((list) =>
    list
      .sort((a, b) => a.day - b.day)
      .map(({ day, team }, n) => ({ team, from: n === 0 ? null : `2026-01-${String(day).padStart(2, '0')}` })),
  )

function tree(parents: boolean, teams: Config['services'][number]['teams'][]): Config {
  const within = (parent: string) => (parents ? { parent } : {})
  return configOf({
    timeZone: 'America/New_York',
    teams: [
      { id: 'commerce', title: 'Commerce' },
      { id: 'payments', title: 'Payments', ...within('commerce') },
      { id: 'cards', title: 'Cards', ...within('payments') },
      { id: 'data', title: 'Data' },
    ],
    services: ['api', 'web', 'jobs'].map((id, n) => ({ id, sources: [], was: [], teams: teams[n] ?? [] })),
  })
}

async function inputOf(config: Config, scope: string) {
  const { db } = open()
  return readMetricsInput(db, config, await resolveScope(db, config, scope), question)
}

/** Rows that are read by one question come in the order of their times, then of their names. */
function inOrder<T>(rows: T[], at: (row: T) => number | null, name: (row: T) => string): T[] {
  return rows.toSorted((a, b) => (at(a) ?? 0) - (at(b) ?? 0) || (name(a) < name(b) ? -1 : 1))
}

function changeName({ service, key }: LinkedChange): string {
  return `${service} ${key}`
}

test('a team has the rows and the numbers of the teams within it together, whoever owned a service when', async () => {
  await ingest(open(), given, { now, config: configOf(), authority: 'push' })
  await fc.assert(
    fc.asyncProperty(fc.tuple(owners, owners, owners), async (teams) => {
      const parent = await inputOf(tree(true, teams), 'team:commerce')
      const flat = tree(false, teams)
      const each = await Promise.all(['commerce', 'payments', 'cards'].map((id) => inputOf(flat, `team:${id}`)))
      const union = {
        ...parent,
        services: each.flatMap((input) => input.services),
        deployments: each.flatMap((input) => input.deployments),
        changes: each.flatMap((input) => input.changes),
        incidents: each.flatMap((input) => input.incidents),
        waiting: each.flatMap((input) => input.waiting),
      }
      const ordered = (input: typeof parent) => ({
        deployments: inOrder(
          input.deployments,
          (row) => row.finishedAt,
          ({ id }) => id,
        ),
        changes: inOrder(input.changes as LinkedChange[], (row) => row.deployedAt, changeName),
        incidents: inOrder(
          input.incidents,
          (row) => row.openedAt,
          ({ id }) => id,
        ),
      })
      expect(ordered(parent)).toEqual(ordered(union))
      expect(computeMetrics({ ...parent, ...ordered(parent) })).toEqual(computeMetrics({ ...union, ...ordered(union) }))
    }),
    { numRuns: 40 },
  )
})

test('a change that one team delivered counts once in the team above, at the first deployment', async () => {
  await ingest(open(), given, { now, config: configOf(), authority: 'push' })
  const config = tree(true, [[{ team: 'payments', from: null }], [{ team: 'cards', from: null }], [{ team: 'data', from: null }]])
  const { metrics, pooled } = computeMetrics(await inputOf(config, 'team:commerce'))
  const api = computeMetrics(await inputOf(config, 'service:api')).metrics.change_lead_time.n
  const web = computeMetrics(await inputOf(config, 'service:web')).metrics.change_lead_time.n
  expect(pooled?.services).toBe(2)
  expect(metrics.deployment_frequency.n).toBe(30)
  expect(metrics.change_lead_time.n).toBeGreaterThanOrEqual(Math.max(api, web))
  expect(metrics.change_lead_time.n).toBeLessThan(api + web)
})
