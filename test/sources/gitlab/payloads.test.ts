/** Answers and deliveries that were recorded at GitLab; the folder with them is no part of the project. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import type { JobsRule } from '../../../server/sources/gitlab/options.ts'
import { Job, PipelineListed } from '../../../server/sources/gitlab/payloads.ts'
import { gitlabReceiver } from '../../../server/sources/gitlab/receive.ts'
import { jobFact } from '../../../server/sources/gitlab/to-facts.ts'
import { filingOf, optionsOf, sound } from '../../support/gitlab-things.ts'

const folder = fileURLToPath(new URL('../../../../shared/payloads/gitlab', import.meta.url))
const isThere = existsSync(folder)
if (!isThere) console.info('No recorded payloads beside the repository at ../shared/payloads/gitlab: their tests are left out.')

const seen = new Set<string>()

// biome-ignore lint/suspicious/noExplicitAny: any JSON
function payload(file: string): any {
  seen.add(file)
  return JSON.parse(readFileSync(path.join(folder, file), 'utf8'))
}

const options = optionsOf({ deployments: { jobs: 'format', branch: 'master' }, webhook: { token: 'x' } })

describe.runIf(isThere)('recorded payloads', () => {
  afterAll(() => {
    expect([...seen].sort(), 'every file is read').toEqual(readdirSync(folder).sort())
  })

  test('jobs', () => {
    const facts = payload('rest_jobs.json').map(({ body }: { body: unknown }) =>
      jobFact(Job.parse(body), options.deployments as JobsRule, filingOf()),
    )
    expect(facts).toHaveLength(8)
    expect(sound(facts[0])).toEqual({
      kind: 'deployment',
      source: 'lab',
      id: 'acme/shop/jobs/152',
      url: 'https://gitlab.nddtf.com/merico/pip_test/-/jobs/152',
      updatedAt: Date.parse('2022-08-25T23:00:08.594Z'),
      service: 'acme/shop',
      repository: 'acme/shop',
      environment: 'production',
      tier: 'production',
      commit: '532f453a0942f78d5cf8e6e57ad75a3c1da83212',
      status: 'failed',
      finishedAt: Date.parse('2022-08-25T23:00:08.594Z'),
      reported: 'event',
    })
  })

  test('pipelines, also those without a time of change', () => {
    const listed = payload('rest_pipelines.json').map(({ body }: { body: unknown }) => PipelineListed.parse(body))
    expect(listed[0]).toEqual({
      id: 457474837,
      ref: 'renovate/pin-dependencies',
      source: 'external',
      created_at: '2022-01-27T10:07:09.429Z',
      updated_at: null,
    })
    for (const { body } of payload('rest_pipeline_details.json')) expect(PipelineListed.parse(body).source).toBe('merge_request_event')
  })

  test.each([
    ['webhook_deployment.json', 'Deployment Hook', [], ['30 deployment 15']],
    ['webhook_merge_request.json', 'Merge Request Hook', [], []],
    ['webhook_issue.json', 'Issue Hook', ['1 issue 23'], ['1 issue 23']],
    ['webhook_push.json', 'Push Hook', ['15 push 0'], ['15 push 0']],
    ['webhook_tag_push.json', 'Tag Push Hook', ['1 push 0'], ['1 push 0']],
    ['webhook_pipeline.json', 'Pipeline Hook', ['1 pipeline 31'], []],
    ['webhook_job.json', 'Job Hook', ['31537070 pipeline 743121198'], []],
    ['webhook_build.json', 'Job Hook', ['380 pipeline 2366'], []],
    ['webhook_release.json', 'Release Hook', [], []],
  ])('%s', (file, event, withJobs, withDeployments) => {
    const body = Buffer.from(JSON.stringify(payload(file)))
    const headers = { 'x-gitlab-event': event, 'x-gitlab-token': 'x' }
    expect(gitlabReceiver.accept(options, { headers, query: {}, body }, new Date())).toMatchObject({ keep: event !== 'Release Hook' })
    expect(gitlabReceiver.read(options, { headers, body }).changed).toEqual(withJobs)
    expect(gitlabReceiver.read(optionsOf(), { headers, body }).changed).toEqual(withDeployments)
  })
})
