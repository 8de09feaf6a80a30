/** Random lives of a few services: what is written when, and what may be asked in between. */
import fc from 'fast-check'
import type { Config } from '../../server/config.ts'
import type { Fact } from '../../server/facts.ts'
import { change, day, deployment, incident, shaOf, start, withdrawal } from '../collector/facts-fixture.ts'
import { configOf } from './stores.ts'

const names = ['alone', 'handed', 'shared', 'sharing', 'lost'] as const

/** `handed` goes from one team to another on a Thursday, and has witnesses in production; `shared` and `sharing` deliver from one repository. */
export const config: Config = configOf({
  timeZone: 'Europe/Berlin',
  teams: [
    { id: 'all', title: 'All' },
    { id: 'one', title: 'One', parent: 'all' },
    { id: 'two', title: 'Two', parent: 'all' },
  ],
  services: [
    { id: 'alone', teams: [{ team: 'one', from: null }] },
    {
      id: 'handed',
      authority: { production: 'api' },
      teams: [
        { team: 'one', from: null },
        { team: 'two', from: '2026-01-15' },
      ],
    },
    { id: 'shared', teams: [{ team: 'two', from: null }] },
    { id: 'sharing', teams: [{ team: 'two', from: null }] },
    { id: 'lost', teams: [] },
  ].map((service) => ({ title: service.id, was: [], sources: [], ...service })) as unknown as Config['services'],
})

const service = fc.constantFrom(...names)
const onDay = fc.double({ min: 0, max: 40, noNaN: true, noDefaultInfinity: true }).map((days) => Math.round(days * 96) / 96)
const repositoryOf = (name: string) => (name === 'sharing' ? 'shared' : name)

const changes = fc
  .record({ id: fc.integer({ min: 0, max: 25 }), service, merged: onDay, lead: fc.integer({ min: -1, max: 9_000_000 }) })
  .map(
    ({ id, service: name, merged, lead }): Fact =>
      change(`${repositoryOf(name)}-${id}`, [], merged, {
        service: name,
        repository: repositoryOf(name),
        openedAt: start + merged * day - lead * 100,
        ...(id % 3 === 0 ? { firstReviewAt: start + merged * day - lead * 50, approvedAt: start + merged * day - lead * 20 } : {}),
      }),
  )

const deployments = fc
  .record({
    id: fc.integer({ min: 0, max: 14 }),
    service,
    at: onDay,
    commit: fc.integer({ min: 0, max: 5 }),
    status: fc.constantFrom('succeeded', 'succeeded', 'succeeded', 'failed', 'running'),
    environment: fc.constantFrom('production', 'production', 'production', 'prod-eu', 'staging'),
    carries: fc.uniqueArray(fc.integer({ min: 0, max: 25 }), { maxLength: 6 }),
    unplanned: fc.boolean(),
    source: fc.constantFrom('api', 'api', 'seen'),
  })
  .map(({ id, service: name, at, commit, status, environment, carries, unplanned, source }): Fact => {
    const repository = repositoryOf(name)
    return deployment(`${name}-${id}`, null, at, {
      source: name === 'handed' ? source : 'api',
      service: name,
      repository,
      commit: shaOf(commit),
      status: status as 'succeeded',
      environment,
      changes: carries.map((n) => `${repository}-${n}`),
      ...(unplanned ? { unplanned } : {}),
      ...(status === 'running' ? { startedAt: start + at * day, finishedAt: undefined } : {}),
    })
  })

const incidents = fc
  .record({
    id: fc.integer({ min: 0, max: 8 }),
    services: fc.uniqueArray(service, { minLength: 1, maxLength: 2 }),
    at: onDay,
    lasts: fc.option(fc.integer({ min: 0, max: 200_000 })),
    names: fc.option(fc.integer({ min: 0, max: 14 })),
  })
  .map(({ id, services, at, lasts, names: named }): Fact => {
    const resolvedAt = lasts === null ? {} : { resolvedAt: start + at * day + lasts * 1000 }
    const culprit = named === null ? {} : { deployment: `${services[0]}-${named}` }
    return incident(`i${id}`, at, { source: 'api', services, ...resolvedAt, ...culprit })
  })

const withdrawals = fc
  .record({ id: fc.integer({ min: 0, max: 14 }), service, kind: fc.constantFrom('deployment', 'change', 'incident') })
  .map(
    ({ id, service: name, kind }): Fact =>
      withdrawal(kind as 'change', kind === 'incident' ? `i${id % 9}` : `${kind === 'change' ? repositoryOf(name) : name}-${id}`),
  )

export const batch = fc.array(fc.oneof({ weight: 5, arbitrary: deployments }, { weight: 5, arbitrary: changes }, incidents, withdrawals), {
  minLength: 1,
  maxLength: 25,
})

export const scopes = ['org', 'team:all', 'team:one', 'team:two', 'service:alone', 'service:shared']
export const windows = [
  { from: '2026-01-12', to: '2026-02-09', bucket: 'week' as const },
  { from: '2026-01-07', to: '2026-01-30', bucket: 'day' as const },
  { from: '2026-01-01', to: '2026-02-20', bucket: 'month' as const },
]

/** Batches, each ingested at a time of its own: the clock moves on. Each is followed by a few questions. */
export const life = fc.array(
  fc.record({
    facts: batch,
    days: fc.double({ min: 0, max: 6, noNaN: true }),
    asked: fc.array(fc.tuple(fc.constantFrom(...scopes), fc.constantFrom(...windows)), { minLength: 2, maxLength: 4 }),
    judges: fc.boolean(),
  }),
  { minLength: 1, maxLength: 5 },
)
