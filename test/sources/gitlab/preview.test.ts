import { afterEach, beforeEach, expect, test } from 'vitest'
import { previewGitlab } from '../../../server/sources/gitlab/preview.ts'
import { type FakeProject, fakeProject, type GitlabFake, startGitlab } from '../../fakes/gitlab/start-gitlab.ts'
import { deployment, iso, type Looking, lookingAt } from '../../support/gitlab-things.ts'

let fake: GitlabFake
let shop: FakeProject
let looking: Looking | null = null

beforeEach(async () => {
  shop = fakeProject('acme/shop', {
    environments: [
      { name: 'production', tier: 'production' },
      { name: 'blue', tier: 'other' },
    ],
  })
  fake = await startGitlab([shop])
})
afterEach(async () => {
  looking?.end()
  await fake.stop()
})

async function preview(fields: Record<string, unknown> = {}) {
  looking = lookingAt(fake, fields)
  return previewGitlab(looking.options, looking.ctx, 1)
}

test('tells what counts, and why not the rest', async () => {
  shop.deployments = [
    deployment(1),
    deployment(2, { status: 'failed' }),
    deployment(3, { status: 'blocked' }),
    deployment(4, { environment: { id: 2, name: 'blue' } }),
    deployment(5, { environment: { id: 2, name: 'staging' } }),
    deployment(6, { updated_at: '2025-01-01T00:00:00Z' }),
  ]
  const { rule, rows, hints } = await preview()
  expect(rule).toBe('Each deployment of GitLab counts, its tier that of its environment in GitLab.')
  expect(rows.map(({ name, reason }) => [name, reason])).toEqual([
    ['production main', null],
    ['production main', 'it failed'],
    ['production main', 'it waits for an approval'],
    ['blue main', 'the environment blue has no tier that counts'],
    ['staging main', 'staging is not production'],
  ])
  expect(rows[0]).toMatchObject({ group: 'acme/shop', counted: true, deploys: { environment: 'production' } })
  expect(hints).toEqual([])
})

test('advises where nothing is there or nothing counts', async () => {
  expect((await preview()).hints).toEqual([expect.stringMatching(/Nothing that the rule looks at happened/)])
  shop.deployments = [deployment(4, { environment: { id: 2, name: 'blue' } })]
  expect((await preview()).hints).toEqual([expect.stringMatching(/Nothing is counted/)])
  fake.projects.length = 0
  await expect(preview()).rejects.toThrow(/no group acme/)
})

test('looks at jobs where they are the rule', async () => {
  const job = { id: 5, name: 'deploy', status: 'success', ref: 'main', created_at: iso('10:00') }
  shop.pipelines = [
    { id: 1, ref: 'main', created_at: iso('10:00'), updated_at: iso('10:00'), _jobs: [job, { ...job, id: 6, name: 'test' }] },
  ]
  const { rule, rows } = await preview({ deployments: { jobs: '^deploy' } })
  expect(rule).toBe('Each job whose name matches ^deploy on the default branch is a deployment.')
  expect(rows.map(({ name, counted }) => [name, counted])).toEqual([
    ['deploy 5', true],
    ['test 6', false],
  ])
})
