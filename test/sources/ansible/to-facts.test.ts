import { describe, expect, test } from 'vitest'
import { Job, Playbook } from '../../../server/sources/ansible/payloads.ts'
import { judgeRun, toldJob, toldPlaybook } from '../../../server/sources/ansible/to-facts.ts'
import { jobOf, optionsOf, playbookOf } from '../../support/ansible-things.ts'

const began = Date.UTC(2026, 1, 1, 9)
const finished = '2026-02-01T09:05:00.250000Z'

const judgeJob = (given: object = {}, options: object = {}) =>
  judgeRun(toldJob(Job.parse(jobOf(46, finished, given)), 'https://awx.example.org'), optionsOf(options), 'awx')
const judgePlaybook = (given: object = {}, options: object = {}) =>
  judgeRun(toldPlaybook(Playbook.parse(playbookOf(given))), optionsOf(options), 'awx')

describe('a job of AWX', () => {
  test('is a deployment of what its template, inventory and variables say', () => {
    expect(judgeJob()).toEqual({
      name: 'Deploy shop, job 46',
      at: began + 300_250,
      reason: null,
      fact: {
        kind: 'deployment',
        source: 'awx',
        id: 'job 46',
        url: 'https://awx.example.org/#/jobs/playbook/46',
        updatedAt: began + 300_250,
        service: 'Deploy shop',
        environment: 'production',
        version: '1.4.0',
        status: 'succeeded',
        startedAt: began,
        finishedAt: began + 300_250,
        labels: ['launch: manual'],
        reported: 'event',
      },
    })
  })

  test.each([
    [{ status: 'failed' }, 'failed', 'it failed'],
    [{ status: 'error' }, 'failed', 'it failed'],
    [{ status: 'canceled' }, 'cancelled', 'it was cancelled'],
    [{ status: 'running', finished: null }, 'running', 'it has not ended'],
    [{ status: 'pending', finished: null, started: null }, undefined, 'it has not started'],
    [{ status: 'waiting', finished: null }, undefined, 'it has not started'],
    [{ status: 'failed', finished: null }, undefined, 'when it ended is not known'],
    [{ job_type: 'check' }, undefined, 'it only checked'],
    [{ job_slice_count: 3, job_slice_number: 1 }, 'succeeded', null],
    [{ job_slice_count: 3, job_slice_number: 2 }, undefined, 'the first slice of its launch counts'],
    [{ summary_fields: { job_template: { name: 'Backup' } } }, undefined, 'no rule takes it'],
  ])('%o is %s', (given, status, reason) => {
    const { fact, reason: said } = judgeJob(given)
    expect([fact?.status, said]).toEqual([status, reason])
  })

  test('that changed nothing says so, and counts nowhere where it is told to', () => {
    const given = { host_status_counts: { ok: 3 } }
    expect(judgeJob(given)).toMatchObject({ reason: null, fact: { status: 'succeeded', labels: ['launch: manual', 'unchanged'] } })
    expect(judgeJob(given, { unchanged: false })).toMatchObject({ reason: 'it changed nothing', fact: { status: 'cancelled' } })
    expect(judgeJob({ host_status_counts: null }, { unchanged: false }).fact?.status).toBe('succeeded')
  })

  test('takes what set_stats told before what it was given', () => {
    const artifacts = { version: '1.4.1', git_sha: 'A'.repeat(40), list: ['x'] }
    expect(judgeJob({ artifacts }).fact).toMatchObject({ version: '1.4.1', commit: 'a'.repeat(40) })
  })

  test('takes service and environment from labels, and the commit of the playbooks where that is what is deployed', () => {
    const summary_fields = {
      job_template: { name: 'Deploy' },
      inventory: { name: 'eu' },
      labels: { results: [{ name: 'app:till' }, { name: 'odd' }] },
    }
    const options = { service: 'label.app', commit: 'scm_revision', environments: { production: '^eu$' } }
    expect(judgeJob({ summary_fields }, options)).toMatchObject({
      reason: null,
      fact: { service: 'till', environment: 'eu', tier: 'production', commit: 'c'.repeat(40) },
    })
  })

  test('is filed under what its rule says first', () => {
    const deployments = { template: '^Deploy', service: 'shop', environment: 'staging' }
    expect(judgeJob({}, { deployments })).toMatchObject({
      reason: 'the environment staging is staging',
      fact: { service: 'shop', environment: 'staging' },
    })
  })

  test('behind a gateway has the address of the gateway', () => {
    const told = toldJob(Job.parse(jobOf(1, finished)), 'https://aap.example.org/api/controller')
    expect(told.url).toBe('https://aap.example.org/#/jobs/playbook/1')
  })
})

describe('a run of ansible-playbook', () => {
  test('is a deployment of what the callback says', () => {
    expect(judgePlaybook().fact).toEqual({
      kind: 'deployment',
      source: 'awx',
      id: 'playbook 5d41402abc4b2a76b9719d911017c592',
      updatedAt: began + 120_000,
      service: 'shop',
      environment: 'production',
      version: '1.4.0',
      commit: 'a'.repeat(40),
      status: 'succeeded',
      startedAt: began,
      finishedAt: began + 120_000,
      labels: [],
      reported: 'event',
    })
  })

  test.each([
    [{ status: 'running', finished: null, changed: null }, 'running', 'it has not ended'],
    [{ status: 'failed' }, 'failed', 'it failed'],
    [{ status: 'canceled' }, 'cancelled', 'it was cancelled'],
    [{ check: true }, undefined, 'it only checked'],
    [{ environment: 'qa', changed: 0 }, 'succeeded', 'the environment qa is staging'],
    [{ playbook: 'patch-hosts.yml' }, undefined, 'no rule takes it'],
  ])('%o is %s', (given, status, reason) => {
    const { fact, reason: said } = judgePlaybook(given)
    expect([fact?.status, said]).toEqual([status, reason])
  })

  test('without a service is of its playbook, and without a place in production', () => {
    expect(judgePlaybook({ service: null, inventory: null }).fact).toMatchObject({ service: 'deploy.yml', environment: 'production' })
  })
})
