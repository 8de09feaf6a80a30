import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Preview } from '../../../server/sources/source.ts'
import { type JenkinsFake, startJenkins, token, user } from '../../fakes/jenkins/start-jenkins.ts'
import { contextOf, day, now, optionsOf, source } from '../../support/jenkins-things.ts'

let fake: JenkinsFake
beforeEach(async () => {
  const at = now - day
  const builds = [
    { number: 3, timestamp: at, actions: [{ parameters: [{ name: 'VERSION', value: '1.1' }] }] },
    { number: 2, timestamp: at - 1000, result: 'ABORTED' },
    { number: 1, timestamp: now - 200 * day },
  ]
  fake = await startJenkins([
    { name: 'deploy-shop', builds },
    { name: 'shop', kind: 'multibranch', jobs: [{ name: 'PR-1', builds: [{ number: 1, timestamp: at }] }] },
    { name: 'backup', builds: [{ number: 1, timestamp: at }] },
    { name: 'deploy-nothing', builds: [] },
  ])
})
afterEach(() => fake.close())

async function preview(given: object = {}): Promise<Preview | undefined> {
  return source.preview?.(optionsOf({ url: fake.url, user, token, ...given }), contextOf().ctx)
}

test('lists the builds of the last 90 days, and the jobs that no rule takes', async () => {
  const ended = now - day + 60_000
  expect(await preview()).toEqual({
    rule: 'Each build of the jobs in whose name (?i)deploy is found is a deployment.',
    rows: [
      {
        name: 'deploy-shop #3',
        at: ended,
        counted: true,
        reason: null,
        group: 'deploy-shop',
        deploys: { environment: 'production', version: '1.1' },
      },
      {
        name: 'deploy-shop #2',
        at: ended - 1000,
        counted: false,
        reason: 'it was aborted or not built',
        group: 'deploy-shop',
        deploys: { environment: 'production' },
      },
      { name: 'backup', at: null, counted: false, reason: 'no rule takes the job', group: 'backup' },
      { name: 'shop/PR-1', at: null, counted: false, reason: 'it is of a pull request', group: 'shop/PR-1' },
    ],
    hints: [],
  })
})

test('gives advice where nothing counts', async () => {
  expect((await preview({ deployments: { job: 'release' } }))?.hints).toEqual([
    'No rule takes a job. Jobs here are such as backup, deploy-shop, shop/PR-1.',
  ])
  expect((await preview({ deployments: { job: 'deploy', stage: 'Deploy' } }))?.hints).toEqual([
    'Nothing of the last 90 days is counted: the reasons say why.',
  ])
})

test('needs an address', async () => {
  const options = source.options.parse({ webhook: { token: 'x' } })
  await expect(source.preview?.(options, contextOf().ctx)).rejects.toThrow(/this source has no url/)
})
