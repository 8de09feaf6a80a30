/** Answers that were recorded at Jenkins; the folder with them is no part of the project. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import type { Job } from '../../../server/sources/jenkins/job-names.ts'
import { Build, Run } from '../../../server/sources/jenkins/payloads.ts'
import { judgeBuild, rulesFor, toldBuild } from '../../../server/sources/jenkins/to-facts.ts'
import { optionsOf } from '../../support/jenkins-things.ts'

const folder = fileURLToPath(new URL('../../../../shared/payloads/jenkins', import.meta.url))
const isThere = existsSync(folder)
if (!isThere) console.info('No recorded payloads beside the repository at ../shared/payloads/jenkins: their tests are left out.')

const read = new Set<string>()

// biome-ignore lint/suspicious/noExplicitAny: any JSON
function payload(file: string): any[] {
  read.add(file)
  return JSON.parse(readFileSync(path.join(folder, file), 'utf8'))
}

const job: Job = { name: 'cd', isBranch: false }

/** Stages of a build of its own, which has ended with the given result. */
function stagesOf(run: unknown, rule: string, result: string | null) {
  const options = optionsOf({ deployments: { job: '.', stage: rule }, environment: 'stage' })
  const build = Build.parse({
    _class: 'org.jenkinsci.plugins.workflow.job.WorkflowRun',
    number: 1,
    timestamp: 1411556423000,
    duration: result === null ? 0 : 60_000_000_000,
    building: result === null,
    result,
  })
  const { stages } = Run.parse(run)
  return judgeBuild(toldBuild(build, job, options), rulesFor(options, job), stages ?? [], options, 'ci').map(({ fact, reason }) =>
    fact === null ? reason : [fact.environment, fact.status, fact.startedAt, fact.finishedAt],
  )
}

describe.runIf(isThere)('recorded payloads', () => {
  afterAll(() => {
    const recorded = readdirSync(folder).filter((file) => file.endsWith('.json'))
    expect([...read].sort(), 'every file is read').toEqual(recorded.sort())
  })

  // Some have a result while they are building, as a pipeline may.
  test('builds', () => {
    const options = optionsOf({ deployments: { job: '.' }, service: 'repository' })
    const facts = payload('rest_allBuilds_freestyle.json').map(({ body }) => {
      const [judged] = judgeBuild(toldBuild(Build.parse(body), job, options), rulesFor(options, job), [], options, 'ci')
      const { fact } = judged ?? {}
      return [fact?.id, fact?.service, fact?.commit?.slice(0, 7), fact?.status, fact?.startedAt, fact?.finishedAt, fact?.labels?.join()]
    })
    expect(facts).toEqual([
      ['cd#31', 'merico-dev/lake', '0f886c7', 'succeeded', 1650024049161, 1650024050748, 'cause: person'],
      ['cd#21', 'merico-dev/lake', '0f886c7', 'succeeded', 1650022548450, 1650022550571, 'cause: person'],
      ['cd#11', 'merico-dev/lake', 'ceeffdf', 'succeeded', 1650017416514, 1650017431334, 'cause: person'],
      ['cd#23', 'cd', undefined, 'succeeded', 1662647211512, 1662647211573, 'cause: person'],
      ['cd#47', 'cd', undefined, 'succeeded', 1650022556910, 1650022556916, 'cause: person'],
      ['cd#37', 'cd', undefined, 'succeeded', 1650017186253, 1650017186256, 'cause: person'],
      ['cd#27', 'cd', undefined, 'running', 1650017177939, undefined, 'cause: person'],
      ['cd#17', 'cd', undefined, 'succeeded', 1650017153775, 1650017153832, 'cause: person'],
      ['cd#1', 'cd', undefined, 'succeeded', 1662651613681, 1662651618245, 'cause: person'],
      ['cd#10001', 'cd', undefined, 'running', 1650017177939, undefined, 'cause: person'],
      ['cd#10002', 'cd', undefined, 'running', 1650017177939, undefined, 'cause: person'],
      ['cd#10003', 'cd', undefined, 'cancelled', 1650017177939, 1650017177943, 'cause: person'],
      ['cd#10004', 'cd', undefined, 'cancelled', 1650017177939, 1650017177943, 'cause: person'],
      ['cd#10005', 'cd', undefined, 'succeeded', 1650017177939, 1650017177943, 'cause: person,unstable'],
    ])
  })

  test('a history of runs, which waited before it ended', () => {
    const runs = payload('wfapi_01_rest_api_jobHistory.json')
    expect(runs.map((run) => stagesOf(run, '^Deploy$', 'SUCCESS')[0]).slice(0, 2)).toEqual([
      ['Deploy', 'succeeded', 1411556428760 + 30, 1411556428760 + 2824],
      ['Deploy', 'succeeded', 1411556095453, 1411556095453 + 2496],
    ])
  })

  test('a run that was begun again from its middle', () => {
    const [run] = payload('wfapi_03_rest_api_runs_checkpoint_rerun.json')
    expect(stagesOf(run, '^(Dev|QA|Staging)$', 'SUCCESS')).toEqual(['it was not executed', 'it was not executed', 'it was not executed'])
  })

  test('a run that failed', () => {
    const [run] = payload('wfapi_04_rest_api_runs_failed.json')
    expect(stagesOf(run, '^(Dev|Staging|Production)$', 'FAILURE')).toEqual([
      ['Dev', 'succeeded', 1414318349991, 1414318349991 + 3018],
      ['Staging', 'failed', 1414318388797, 1414318388797 + 300],
    ])
  })

  test('a run in progress', () => {
    const [run] = payload('wfapi_07_rest_api_runs_in_progress.json')
    expect(stagesOf(run, '^(Staging|Production)$', null)).toEqual([
      ['Staging', 'succeeded', 1414318278045, 1414318278045 + 10247],
      ['Production', 'running', 1414318288292, undefined],
    ])
  })

  test('a run that is unstable', () => {
    const [run] = payload('wfapi_08_rest_api_unstable_run.json')
    expect(stagesOf(run, '^Production$', 'UNSTABLE')).toEqual([['Production', 'succeeded', 1414318288292, 1414318288292 + 629]])
  })

  test('stages, some without an outcome', () => {
    const stages = payload('wfapi_describe_stages.json').map(({ body }) => body)
    const told = stages.map((stage) => stagesOf({ stages: [stage] }, '.', 'SUCCESS')[0])
    expect(told.map((one) => (Array.isArray(one) ? one[1] : one))).toEqual([
      ...Array(6).fill('succeeded'),
      'failed',
      'failed',
      'cancelled',
      'failed',
      'its outcome is not known (none)',
      'succeeded',
      'cancelled',
      'succeeded',
      'its outcome is not known (none)',
      'succeeded',
      'succeeded',
      'its outcome is not known (none)',
      'succeeded',
      'succeeded',
      'its outcome is not known (NOT_BUILD)',
      'succeeded',
      'failed',
      'cancelled',
    ])
  })
})
