import { describe, expect, test } from 'vitest'
import type { Fact } from '../../../server/facts.ts'
import { type Environment, toldBy } from '../../../server/sources/qovery/to-facts.ts'
import { executionOf, minute, optionsOf, read, type ServiceOf, start } from '../../support/qovery-things.ts'

const environment: Environment = { id: 'e1', name: 'live', mode: 'PRODUCTION', project: { id: 'p1', name: 'shop' } }

function told(service: ServiceOf, more: object = {}, options: object = {}, where: Partial<Environment> = {}) {
  const [one] = toldBy(read(executionOf('x1', start, [service], more)), { ...environment, ...where }, optionsOf(options), 'qovery')
  if (one === undefined) throw new Error('nothing is told')
  return one
}

test('a service that is deployed is a deployment', () => {
  expect(told({})).toEqual({
    service: 'till',
    at: start,
    reason: null,
    fact: {
      kind: 'deployment',
      source: 'qovery',
      id: 'x1:s1',
      url: 'https://console.qovery.com/organization/acme/project/p1/environment/e1',
      service: 'till',
      environment: 'live',
      tier: 'production',
      commit: 'a'.repeat(40),
      repository: 'acme/till',
      status: 'succeeded',
      startedAt: start,
      finishedAt: start + 2 * minute,
      updatedAt: start + 2 * minute,
      reported: 'event',
    },
  })
})

test('each service of an execution is one', () => {
  const facts = toldBy(read(executionOf('x1', start, [{ id: 's1' }, { id: 's2', name: 'search' }])), environment, optionsOf(), 'qovery')
  expect(facts.map(({ fact }) => fact && 'id' in fact && fact.id)).toEqual(['x1:s1', 'x1:s2'])
})

describe('the outcome', () => {
  test.each<[ServiceOf, string, string | null]>([
    [{ status: 'ERROR', state: 'DEPLOYMENT_ERROR' }, 'failed', null],
    [{ status: 'ERROR', state: 'BUILD_ERROR' }, 'cancelled', 'the build failed: nothing reached the environment'],
    [{ status: 'CANCELED', state: 'CANCELED' }, 'cancelled', 'it was cancelled'],
    [{ status: 'ONGOING', state: 'DEPLOYING' }, 'running', 'it is under way'],
    [{ status: null, state: 'DEPLOYED' }, 'succeeded', null],
    [{ status: null, state: 'DEPLOYMENT_ERROR' }, 'failed', null],
    [{ status: null, state: 'BUILD_ERROR' }, 'cancelled', 'the build failed: nothing reached the environment'],
    [{ status: null, state: 'BUILDING' }, 'running', 'it is under way'],
  ])('of %j is %s', (service, status, reason) => {
    const { fact, reason: said } = told(service)
    expect(fact).toMatchObject({ status })
    expect(said).toBe(reason)
    expect(fact).toHaveProperty('startedAt', start)
    expect('finishedAt' in (fact as Fact)).toBe(status !== 'running')
  })

  test.each<[ServiceOf, object, string]>([
    [{ action: 'RESTART' }, {}, 'the action is restart, not deploy'],
    [{ action: 'STOP', state: 'STOPPED' }, {}, 'the action is stop, not deploy'],
    [{ action: 'DELETE' }, {}, 'the action is delete, not deploy'],
    [{ status: null }, { trigger_action: 'RESTART' }, 'the action is restart, not deploy'],
    [{}, { trigger_action: 'DEPLOY_DRY_RUN' }, 'a dry run'],
    [{ status: 'SKIPPED' }, {}, 'it was skipped'],
    [{ status: 'NEVER' }, {}, 'it was skipped'],
    [{ status: 'QUEUED' }, {}, 'it waits for its turn'],
    [{ type: 'JOB' }, {}, 'a job is no deployment here'],
    [{ type: 'DATABASE' }, {}, 'a database is no deployment here'],
  ])('of %j in %j is none', (service, more, reason) => {
    expect(told(service, more)).toMatchObject({ fact: null, reason })
  })
})

test('the version is a tag, an image or a chart', () => {
  expect(told({ details: { commit: { git_commit_id: 'a'.repeat(40), tag: 'v1' } } }).fact).toMatchObject({ version: 'v1' })
  expect(told({ details: { image_name: 'acme/till', tag: '1.2' } }).fact).toMatchObject({ version: 'acme/till:1.2' })
  expect(told({ details: { repository: { chart_name: 'till', chart_version: '0.3.0' } } }).fact).toMatchObject({ version: 'till 0.3.0' })
})

test.each([
  ['STAGING', {}, 'staging'],
  ['DEVELOPMENT', {}, 'development'],
  ['PRODUCTION', { environments: { staging: '^live' } }, 'staging'],
  ['PRODUCTION', { environments: { staging: '^stag' } }, null],
  ['PRODUCTION', { environments: true }, undefined],
])('the mode %s with %j is the tier %s', (mode, options, tier) => {
  const { fact } = told({}, {}, options, { mode })
  expect(fact?.kind === 'deployment' && fact.tier).toBe(tier)
})

test('jobs count where that is agreed, and services are named by the rule', () => {
  const options = { deployments: { types: ['JOB'] }, service: [{ label: 'repository', pattern: '^acme/(.+)$' }] }
  expect(told({ type: 'JOB', name: 'nightly' }, {}, options).fact).toMatchObject({ service: 'till' })
})

test('without the time of its end it lasts as long as is told', () => {
  const auditing_data = { created_at: '2026-01-05T09:00:00', updated_at: null }
  const execution = read({ ...executionOf('x1', start), auditing_data })
  for (const service of execution.stages?.[0]?.services ?? []) service.total_duration = 'PT1H30M5.5S'
  const [one] = toldBy(execution, environment, optionsOf(), 'qovery')
  expect(one?.fact).toMatchObject({ startedAt: start, finishedAt: start + 90 * minute + 5500 })
})
