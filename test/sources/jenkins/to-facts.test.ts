import { describe, expect, test } from 'vitest'
import type { Job } from '../../../server/sources/jenkins/job-names.ts'
import { Build, Stage } from '../../../server/sources/jenkins/payloads.ts'
import { judgeBuild, rulesFor, toldBuild } from '../../../server/sources/jenkins/to-facts.ts'
import { checkout, optionsOf, sha } from '../../support/jenkins-things.ts'

const began = Date.UTC(2026, 1, 2, 10)
const minute = 60_000
const main: Job = { name: 'acme/shop/main', isBranch: true }

function buildOf(given: object = {}): Build {
  const standard = {
    _class: 'org.jenkinsci.plugins.workflow.job.WorkflowRun',
    number: 7,
    timestamp: began,
    duration: 5 * minute,
    building: false,
  }
  return Build.parse({ ...standard, result: 'SUCCESS', actions: [], ...given })
}

function stageOf(name: string, given: object = {}): Stage {
  return Stage.parse({ id: '9', name, status: 'SUCCESS', startTimeMillis: began + minute, durationMillis: 2 * minute, ...given })
}

function judge(
  build: object,
  { job = main, stages = [] as Stage[], ...given }: { job?: Job; stages?: Stage[]; [key: string]: unknown } = {},
) {
  const options = optionsOf({ deployments: { job: '^acme/' }, ...given })
  return judgeBuild(toldBuild(buildOf(build), job, options), rulesFor(options, job), stages, options, 'ci')
}

const factOf = (...given: Parameters<typeof judge>) => judge(...given)[0]?.fact

describe('a build of a job that a rule takes', () => {
  test('is a deployment with its commit, cause and times', () => {
    const actions = [
      {},
      null,
      { causes: [{ _class: 'hudson.model.Cause$UserIdCause' }] },
      checkout('https://github.com/acme/shop.git', sha('A')),
      {
        parameters: [
          { name: 'VERSION', value: '1.4.0' },
          { name: 'ENV', value: 'prod' },
          { name: 'PASSWORD' },
          { name: 'DRY', value: false },
        ],
      },
    ]
    expect(judge({ actions })).toEqual([
      {
        name: 'acme/shop/main #7',
        at: began + 5 * minute,
        reason: null,
        fact: {
          kind: 'deployment',
          source: 'ci',
          id: 'acme/shop/main#7',
          url: 'https://ci.example.org/job/acme/job/shop/job/main/7/',
          updatedAt: began + 5 * minute,
          service: 'acme/shop',
          environment: 'prod',
          commit: sha('a'),
          version: '1.4.0',
          status: 'succeeded',
          startedAt: began,
          finishedAt: began + 5 * minute,
          labels: ['cause: person'],
          reported: 'event',
        },
      },
    ])
  })

  test.each([
    [{ result: 'SUCCESS' }, 'succeeded', null],
    [{ result: 'UNSTABLE' }, 'succeeded', null],
    [{ result: 'FAILURE' }, 'failed', 'it failed'],
    [{ result: 'ABORTED' }, 'cancelled', 'it was aborted or not built'],
    [{ result: 'NOT_BUILT' }, 'cancelled', 'it was aborted or not built'],
    [{ result: null }, 'cancelled', 'it was aborted or not built'],
    [{ result: null, building: true, duration: 0 }, 'running', 'it has not ended'],
    // A pipeline may know that it fails while it still cleans up.
    [{ result: 'FAILURE', building: true, duration: 0 }, 'running', 'it has not ended'],
    [{ result: null, building: undefined }, 'running', 'it has not ended'],
  ])('%o is %s', (build, status, reason) => {
    const [judged] = judge(build)
    expect([judged?.fact?.status, judged?.reason]).toEqual([status, reason])
    expect(judged?.fact?.finishedAt).toBe(status === 'running' ? undefined : began + 5 * minute)
  })

  test('that is unstable may be a failed attempt', () => {
    expect(factOf({ result: 'UNSTABLE' }, { unstable: 'failed' })).toMatchObject({ status: 'failed', labels: ['unstable'] })
  })

  test('takes service, repository, environment and version from the labels that rules name', () => {
    const actions = [checkout('git@git.acme.test:payments/checkout.git', sha('b')), { parameters: [{ name: 'WHERE', value: 'eu-live' }] }]
    const rules = {
      service: [{ label: 'parameter.APP' }, 'repository'],
      repository: 'repository',
      environment: { label: 'parameter.WHERE', pattern: '^eu-(.+)$' },
      environments: { production: '^live$' },
      version: 'branch',
    }
    expect(factOf({ actions }, rules)).toMatchObject({
      service: 'payments/checkout',
      repository: 'payments/checkout',
      environment: 'live',
      tier: 'production',
      version: 'main',
    })
  })

  test('is filed under what its rule says first', () => {
    const actions = [{ parameters: [{ name: 'ENV', value: 'staging' }] }]
    const deployments = { job: 'shop', service: 'till', environment: 'production-eu' }
    expect(factOf({ actions }, { deployments })).toMatchObject({ service: 'till', environment: 'production-eu' })
  })

  test('whose environment is not production says so', () => {
    const actions = [{ parameters: [{ name: 'ENV', value: 'staging' }] }]
    expect(judge({ actions })[0]?.reason).toBe('the environment staging is staging')
    expect(judge({ actions }, { environments: { production: '^prod' } })[0]?.reason).toBe('no rule maps the environment staging')
  })
})

describe('the commit', () => {
  const library = checkout('https://github.com/acme/pipeline-library.git', sha('c'))
  const shop = checkout('https://github.com/acme/shop.git', sha('d'))
  const other = checkout('https://github.com/acme/other.git', sha('e'))

  test('is that of the only repository, or of that with the name of the project', () => {
    expect(factOf({ actions: [other] })?.commit).toBe(sha('e'))
    expect(factOf({ actions: [library, shop] })?.commit).toBe(sha('d'))
    expect(factOf({ actions: [library, other] })?.commit).toBeUndefined()
  })

  test('is that of the checkout that a rule names', () => {
    expect(factOf({ actions: [library, other] }, { checkout: 'acme/other' })?.commit).toBe(sha('e'))
    expect(factOf({ actions: [library] }, { checkout: 'acme/other' })?.commit).toBeUndefined()
  })

  test('may be told by a parameter, and is none where that is no full commit id', () => {
    const given = (value: string) => ({ actions: [shop, { parameters: [{ name: 'GIT_COMMIT', value }] }] })
    expect(factOf(given(sha('F')), { commit: 'parameter.GIT_COMMIT' })?.commit).toBe(sha('f'))
    expect(factOf(given('v1.2'), { commit: 'parameter.GIT_COMMIT' })?.commit).toBeUndefined()
  })
})

describe('a job', () => {
  test('of a pull request is none unless it is asked for', () => {
    const job = { name: 'acme/shop/PR-12', isBranch: true }
    expect(judge({}, { job })).toMatchObject([{ fact: null, reason: 'it is of a pull request' }])
    expect(factOf({}, { job, pullRequests: true })).toMatchObject({ service: 'acme/shop' })
    expect(factOf({}, { job: { ...job, isBranch: false } })).toMatchObject({ service: 'acme/shop/PR-12' })
  })

  test('that no rule takes is none', () => {
    expect(judge({}, { job: { name: 'tools/backup', isBranch: false } })).toMatchObject([{ fact: null, reason: 'no rule takes the job' }])
  })

  test('is given its branch without the escapes of its name', () => {
    const job = { name: 'acme/shop/feature%2Flogin', isBranch: true }
    expect(factOf({}, { job, version: 'branch' })).toMatchObject({
      version: 'feature/login',
      url: 'https://ci.example.org/job/acme/job/shop/job/feature%252Flogin/7/',
    })
  })
})

describe('a stage that a rule takes', () => {
  const deployments = [
    { job: '^acme/', stage: '^Deploy to production', environment: 'production' },
    { job: '^acme/', stage: '^Deploy to' },
  ]
  const staged = (stages: Stage[], build: object = {}) =>
    judge(build, { stages, deployments, environment: { label: 'stage', pattern: '^Deploy to (.+)$' } })

  test('is the deployment, each with the first rule that takes it', () => {
    const stages = [
      stageOf('Test'),
      stageOf('Deploy to staging'),
      stageOf('Deploy to production EU', { startTimeMillis: began + 3 * minute }),
    ]
    const judged = staged(stages, { actions: [checkout('https://github.com/acme/shop', sha('a'))] })
    expect(
      judged.map(({ fact, reason }) => [fact?.id, fact?.environment, fact?.startedAt, fact?.finishedAt, fact?.commit, reason]),
    ).toEqual([
      ['acme/shop/main#7/Deploy to staging', 'staging', began + minute, began + 3 * minute, sha('a'), 'the environment staging is staging'],
      ['acme/shop/main#7/Deploy to production EU', 'production', began + 3 * minute, began + 5 * minute, sha('a'), null],
    ])
  })

  test('begins after it waited for a person', () => {
    const [judged] = staged([stageOf('Deploy to production', { pauseDurationMillis: minute })])
    expect(judged?.fact).toMatchObject({ startedAt: began + 2 * minute, finishedAt: began + 3 * minute })
  })

  test.each([
    ['SUCCESS', {}, 'succeeded', null],
    ['UNSTABLE', {}, 'succeeded', null],
    ['FAILED', {}, 'failed', 'it failed'],
    ['ABORTED', {}, 'cancelled', 'it was aborted or not built'],
    ['IN_PROGRESS', { building: true, result: null }, 'running', 'it has not ended'],
    ['PAUSED_PENDING_INPUT', { building: true, result: null }, undefined, 'it waits for a person'],
    ['PAUSED_PENDING_INPUT', { result: 'ABORTED' }, 'cancelled', 'it was aborted or not built'],
    ['IN_PROGRESS', { result: 'FAILURE' }, 'failed', 'it failed'],
    ['NOT_EXECUTED', {}, undefined, 'it was not executed'],
    ['ODD', {}, undefined, 'its outcome is not known (ODD)'],
  ])('%s of a build %o is %s', (status, build, expected, reason) => {
    const [judged] = staged([stageOf('Deploy to production', { status })], build)
    expect([judged?.fact?.status, judged?.reason]).toEqual([expected, reason])
  })

  test('has an id of its own where another has its name', () => {
    const judged = staged([stageOf('Deploy to production'), stageOf('Deploy to production')])
    expect(judged.map(({ fact }) => fact?.id)).toEqual(['acme/shop/main#7/Deploy to production', 'acme/shop/main#7/Deploy to production 2'])
  })

  test('is none of a build without such a stage', () => {
    expect(staged([stageOf('Test')])).toMatchObject([{ fact: null, reason: 'none of its stages matches' }])
    expect(staged([], { building: true, result: null })).toMatchObject([
      { fact: null, reason: 'its pipeline has not come to such a stage' },
    ])
    expect(staged([], { _class: 'hudson.model.FreeStyleBuild' })).toMatchObject([
      { fact: null, reason: 'it is no pipeline and has no stages' },
    ])
  })
})
